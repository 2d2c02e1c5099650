/** One row of the bench: a figure, what it is compared with, and what it should be. @module */

/** What a row measured. */
export type Figure = Readonly<{
  /** What was measured, where a row measures several things. */
  what: string;
  value: number;
  unit:
    | "requests/s"
    | "pages/s"
    | "entries/s"
    | "articles/s"
    | "ms"
    | "kB"
    | "MB"
    | "MB/s"
    | "bytes"
    | "requests"
    | "times"
    | "%";
  /** The same, measured in the same run, of something that does only what it must. */
  baseline?: number;
  target: Target;
}>;

/** The bound of a figure: by itself, or of its ratio to the baseline. */
export type Target = Readonly<
  { atLeast: number } | { below: number } | { ratioAtLeast: number } | { none: true }
>;

/** A row: one file of this folder. */
export type Row = Readonly<{ name: string; run: () => Promise<Figure[]> }>;

/** The ratio of a figure to its baseline. */
export function ratioOf({ value, baseline }: Figure): number | undefined {
  return baseline === undefined ? undefined : value / baseline;
}

/** True when the figure keeps its bound. */
export function isMet(figure: Figure): boolean {
  const { target, value } = figure;
  if ("atLeast" in target) return value >= target.atLeast;
  if ("below" in target) return value < target.below;
  if ("ratioAtLeast" in target) return (ratioOf(figure) ?? 0) >= target.ratioAtLeast;
  return true;
}

/** The bound in words. */
export function targetText({ target, unit }: Figure): string {
  if ("atLeast" in target) return `at least ${target.atLeast.toLocaleString("en")} ${unit}`;
  if ("below" in target) return `below ${target.below.toLocaleString("en")} ${unit}`;
  if ("ratioAtLeast" in target) return `ratio at least ${target.ratioAtLeast}`;
  return "";
}

/** The middle of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Milliseconds that one call takes: the middle of `times` calls after a few to warm up. */
export async function millisecondsOf(
  work: () => unknown,
  { times, warmUp = 3 }: { times: number; warmUp?: number },
): Promise<number> {
  for (let i = 0; i < warmUp; i++) await work();
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const startedAtMs = performance.now();
    await work();
    taken.push(performance.now() - startedAtMs);
  }
  return median(taken);
}

/** Two kinds of work in turns, so that a busy machine slows both: rounds a second of each, the middle of the turns. */
export async function inTurns(
  one: () => unknown,
  other: () => unknown,
  { turns, roundsPerTurn }: { turns: number; roundsPerTurn: number },
): Promise<[number, number]> {
  const rates: [number[], number[]] = [[], []];
  for (let turn = 0; turn <= turns; turn++) {
    for (const [i, work] of [one, other].entries()) {
      const startedAtMs = performance.now();
      for (let round = 0; round < roundsPerTurn; round++) await work();
      const seconds = (performance.now() - startedAtMs) / 1000;
      // The first turn warms up.
      if (turn > 0) rates[i]?.push(roundsPerTurn / seconds);
    }
  }
  return [median(rates[0]), median(rates[1])];
}
