/** Checkpoints that are told before they can be had: which of them make a mirror due at once (docs/protocol.md §12.10). @module */
import type { Database } from "../storage/database.ts";
import { type Mirror, updateMirror } from "../storage/mirrors.ts";

/** The same checkpoint, or a smaller one, hurries again after this long, doubled each time. */
const AGAIN_MS = 60_000;
const DOUBLINGS_MAX = 12;

type Told = Readonly<{ recordN: number; size: number; times: number; atMs: number }>;

/** What a connection remembers of each log until the program ends. */
const toldOf = new WeakMap<Database, Map<number, Told>>();

/**
 * Makes a mirror due because a checkpoint of this size was told. Whoever repeats what everybody may have heard does not make it
 * ask again and again, past every back-off, for what nobody delivers.
 */
export function hurryMirror(
  db: Database,
  { log, recordN }: Pick<Mirror, "log" | "recordN">,
  size: number,
  nowMs: number,
): void {
  const logs = toldOf.get(db) ?? new Map<number, Told>();
  toldOf.set(db, logs);
  const last = logs.get(log);
  const isKnown = last !== undefined && last.recordN === recordN && size <= last.size;
  const ageMs = isKnown ? nowMs - last.atMs : 0;
  if (isKnown && ageMs >= 0 && ageMs < AGAIN_MS * 2 ** last.times) return;
  const times = isKnown ? Math.min(DOUBLINGS_MAX, last.times + 1) : 0;
  logs.set(log, { recordN, size: isKnown ? last.size : size, times, atMs: nowMs });
  updateMirror(db, log, { nextPullAtMs: nowMs });
}
