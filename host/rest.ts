/**
 * Gives memory back when the visitors have gone. The engine tidies while it works; what a page left behind just before a pause
 * would stay for as long as nobody comes, a twentieth of all that the program holds.
 * @module
 */

/** How long nobody has come before it is done. */
export const REST_MS = 15_000;
/** And how long after the last time at the soonest: it takes some tens of milliseconds. */
export const AGAIN_MS = 120_000;

/** What `--expose-gc` gives; absent without that flag. */
type Collect = (options: Readonly<{ type: "major"; flavor: "last-resort" }>) => void;

/** Builds the look: to be called every few seconds. */
export function makeRest(
  { tick, quietMs, collect = findCollect() }: Readonly<{
    /** Milliseconds that only go forward. */
    tick: () => number;
    /** For how long nobody has come. */
    quietMs: () => number;
    collect?: Collect | undefined;
  }>,
): () => void {
  let restedAtMs = -Infinity;
  return () => {
    const isTidy = tick() - quietMs() < restedAtMs;
    if (isTidy || quietMs() < REST_MS || tick() - restedAtMs < AGAIN_MS) return;
    collect?.({ type: "major", flavor: "last-resort" });
    restedAtMs = tick();
  };
}

function findCollect(): Collect | undefined {
  return (globalThis as { gc?: Collect }).gc;
}
