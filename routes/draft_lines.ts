/** Drafts as lists show them. @module */
import { listDrafts } from "../storage/drafts.ts";
import type { DraftLine } from "../views/drafts.ts";
import { shorten } from "../views/text.ts";
import type { Deps } from "./app.ts";

const TITLE_CHARACTERS = 90;

/** The drafts saved last, each by its title or its first words. */
export function listDraftLines({ db }: Deps, limit: number): DraftLine[] {
  return listDrafts(db, { limit }).map(({ id, kind, fields, updatedAtMs }) => {
    const words = [fields["title"], fields["text"], fields["markdown"]]
      .find((value): value is string => typeof value === "string" && value.trim() !== "");
    const empty = kind === "post" ? "A post without words" : "An article without a title";
    const title = words === undefined ? empty : words.slice(0, 400).replaceAll(/\s+/gu, " ").trim();
    return { id, kind, title: shorten(title, TITLE_CHARACTERS), updatedAtMs };
  });
}
