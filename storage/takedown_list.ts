/** What was taken down here, and for what kind of reason. @module */
import type { Database } from "./database.ts";

/** What was taken down: one entry, one content, one picture, or all of a capsule. */
export type TakedownKind = "entry" | "content" | "blob" | "capsule";

/** Kinds of reason, which the public list shows. */
export const TAKEDOWN_REASONS = [
  "law",
  "copyright",
  "privacy",
  "abuse",
  "spam",
  "other",
] as const;

/** One kind of reason. */
export type TakedownReason = typeof TAKEDOWN_REASONS[number];

/** One act of taking down. */
export type Takedown = Readonly<{
  /** Order of the acts; the cursor of the list. */
  id: number;
  /** What it was. */
  kind: TakedownKind;
  /** Hash in hex, or capsule id: for the owner only. */
  target: string;
  /** Kind of reason: public. */
  reason: TakedownReason;
  /** The owner's own words: private. */
  note: string;
  /** When, Unix milliseconds. */
  atMs: number;
}>;

/** Says whether exactly this was taken down: an entry's, content's or picture's hash (64 hex digits), or a capsule id. */
export function isTakenDown(db: Database, kind: TakedownKind, target: string): boolean {
  return db.prepare("select 1 from takedowns where kind = ? and target = ?")
    .get(kind, target) !== undefined;
}

/** Says whether anything was ever taken down. */
export function hasTakedowns(db: Database): boolean {
  return db.prepare("select 1 from takedowns limit 1").get() !== undefined;
}
