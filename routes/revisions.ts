/** The visible history of a piece, for both kinds of pieces. @module */
import type { Database } from "../storage/database.ts";
import type { Piece } from "../storage/pieces.ts";
import { listRevisions } from "../storage/revisions.ts";
import type { Markup } from "../views/html.ts";
import type { Site } from "../views/layout.ts";

/** Makes the page at `…/history`. What compares texts is loaded with the first one. */
export async function showHistory(db: Database, site: Site, piece: Piece): Promise<Markup> {
  const { HistoryPage } = await import("../views/revisions.ts");
  return HistoryPage({ site, piece, revisions: listRevisions(db, piece.log, piece.index) });
}
