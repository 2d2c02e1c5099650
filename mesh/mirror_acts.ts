/** What the owner tells a mirror to do: rows for the worker, which notices them within a second. @module */
import type { Database } from "../storage/database.ts";
import { hurryMissingContents } from "../storage/missing_contents.ts";
import { countHeldBack, saveEraseAgreed } from "../storage/withdrawals.ts";
import { findMirror, type Mirror, type MirrorChanges, updateMirror } from "../storage/mirrors.ts";
import { INTEGER_MAX } from "./protocol/limits.ts";

/** Entries that "go on" lets a flooding log grow by before the owner is asked again. */
export const GO_ON_ENTRIES = 100_000;

/** Every act that only changes rows. */
export const MIRROR_ACTS = ["ask", "pause", "resume", "go-on", "copy", "erase"] as const;

/** One of them: ask now, pause, go on after a pause, take what floods, copy what is very large, erase what was
 * withdrawn by the hundred. */
export type MirrorAct = typeof MIRROR_ACTS[number];

/**
 * Does what the owner said: "done", "unfit" where the mirror's state does not allow it (nothing changes), "absent" where
 * there is no such mirror.
 */
export function actOnMirror(
  db: Database,
  id: string,
  act: MirrorAct,
  nowMs: number,
): "done" | "unfit" | "absent" {
  return db.transaction(() => {
    const mirror = findMirror(db, id);
    if (mirror === undefined) return "absent";
    if (act === "erase") {
      if (countHeldBack(db, mirror.log) === 0) return "unfit";
      saveEraseAgreed(db, mirror.log);
      return "done";
    }
    const changes = makeChanges(mirror, act, nowMs);
    if (changes === undefined) return "unfit";
    updateMirror(db, mirror.log, changes);
    // What nobody had the last time is asked for again too.
    if (changes.nextPullAtMs !== undefined) hurryMissingContents(db, id, nowMs);
    return "done";
  });
}

function makeChanges(
  mirror: Mirror,
  act: Exclude<MirrorAct, "erase">,
  nowMs: number,
): MirrorChanges | undefined {
  const { state, size, allowedSize = 0 } = mirror;
  const soon = { nextPullAtMs: nowMs, failures: 0 };
  const again = { ...soon, state: size === 0 ? "new" : "current", problem: null } as const;
  switch (act) {
    case "ask":
      if (state === "refused") return again;
      return ["new", "pulling", "current", "unreachable"].includes(state) ? soon : undefined;
    case "pause":
      return ["new", "pulling", "current", "unreachable"].includes(state)
        ? { state: "paused" }
        : undefined;
    case "resume":
      return state === "paused" ? again : undefined;
    case "go-on":
      return state === "flooding"
        ? { ...again, allowedSize: Math.max(size, allowedSize) + GO_ON_ENTRIES }
        : undefined;
    case "copy":
      return state === "large" ? { ...again, allowedSize: INTEGER_MAX } : undefined;
  }
}
