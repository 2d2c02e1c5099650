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
  { now, countRequests, collect = findCollect() }: Readonly<{
    now: () => number;
    countRequests: () => number;
    collect?: Collect | undefined;
  }>,
): () => void {
  let seen = 0;
  let cameAtMs = -Infinity;
  let restedAtMs = -Infinity;
  let isTidy = false;
  return () => {
    const requests = countRequests();
    if (requests !== seen) {
      [seen, cameAtMs, isTidy] = [requests, now(), false];
      return;
    }
    const isDue = now() - cameAtMs >= REST_MS && now() - restedAtMs >= AGAIN_MS;
    if (isTidy || !isDue) return;
    collect?.({ type: "major", flavor: "last-resort" });
    [isTidy, restedAtMs] = [true, now()];
  };
}

function findCollect(): Collect | undefined {
  return (globalThis as { gc?: Collect }).gc;
}
