/** Parts of a list, by the cursor of their first piece. @module */
import type { Database } from "../storage/database.ts";
import { listNewer, listPieces, type Piece, type PieceFilter } from "../storage/pieces.ts";
import type { Paging } from "../views/paging.ts";
import { withQuery } from "../views/urls.ts";

/** One part of a list with the paths of its neighbours. */
export type ListPart = Readonly<{
  pieces: Piece[];
  paging: Paging;
  /** The path of this part without the base, for its canonical link. */
  path: string;
}>;

/** Reads `?before=`: undefined when it is absent, "invalid" for anything but a piece's id. */
export function readCursor(typed: string | undefined): number | undefined | "invalid" {
  if (typed === undefined) return undefined;
  const cursor = /^\d{1,16}$/.test(typed) ? Number(typed) : NaN;
  return Number.isSafeInteger(cursor) ? cursor : "invalid";
}

/** Lists the part before a cursor; undefined when a cursor leads to nothing. */
export function listPart(
  db: Database,
  filter: PieceFilter,
  { base = "", path, typed, limit }: {
    /** What stands before the paths of its author's pages: "" unless told. */
    base?: string;
    path: string;
    typed: string | undefined;
    limit: number;
  },
): ListPart | undefined {
  const before = readCursor(typed);
  if (before === "invalid") return undefined;
  const found = listPieces(db, { ...filter, before, limit: limit + 1 });
  const pieces = found.slice(0, limit);
  const [first] = pieces;
  const last = pieces.at(-1);
  if (before !== undefined && first === undefined) return undefined;
  const older = found.length > limit && last !== undefined
    ? withQuery(base + path, { before: last.id })
    : undefined;
  const newer = before === undefined || first === undefined
    ? undefined
    : findNewerPath(db, filter, { path: base + path, after: first.id, limit });
  const own = newer === undefined ? path : withQuery(path, { before });
  return { pieces, paging: { newer, older }, path: own };
}

/** The list's beginning has one address only, however one gets there. */
function findNewerPath(
  db: Database,
  filter: PieceFilter,
  { path, after, limit }: { path: string; after: number; limit: number },
): string | undefined {
  const newer = listNewer(db, { ...filter, after, limit: limit + 1 });
  if (newer.length === 0) return undefined;
  const first = newer.at(-limit);
  return newer.length <= limit || first === undefined
    ? path
    : withQuery(path, { before: first.id + 1 });
}
