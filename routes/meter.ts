/** What is counted of requests: how they ended and how long they took. Nothing of who asked for what. @module */

/** Upper ends of the classes of durations, in milliseconds; what takes longer has a class of its own. */
export const DURATIONS_MS: readonly number[] = [1, 5, 25, 100, 500, 2_500, 10_000];

/** Classes of status are 1xx to 5xx; place 0 is for statuses that there are not. */
const STATUS_CLASSES = 6;

/** Counters since the start, on one thread. Counting is some additions: it runs for every page from memory too. */
export class Meter {
  /** Requests by the first digit of their status. */
  readonly statuses: Float64Array = new Float64Array(STATUS_CLASSES);
  /** Requests by duration, not added up; the last place is for all that took longer. */
  readonly durations: Float64Array = new Float64Array(DURATIONS_MS.length + 1);
  /** Milliseconds of all requests together. */
  durationMs = 0;
  /** Requests that are no look at how the program is. */
  visits = 0;
  /** Pages that were answered from the page cache. */
  pageHits = 0;
  /** Pulls of mirrors that ended, good or not. */
  pulls = 0;

  /** Counts one pull of a mirror. */
  countPull(): void {
    this.pulls += 1;
  }

  /** Counts one answer. */
  count(status: number, durationMs: number): void {
    const place = Math.floor(status / 100);
    addOne(this.statuses, place < STATUS_CLASSES ? place : 0);
    let n = 0;
    while (durationMs > (DURATIONS_MS[n] ?? Infinity)) n += 1;
    addOne(this.durations, n);
    this.durationMs += durationMs;
  }

  /** All requests. */
  get requests(): number {
    return this.statuses.reduce((sum, count) => sum + count, 0);
  }

  /** Requests that ended with a status of 500 or more. */
  get failures(): number {
    return this.statuses[5] ?? 0;
  }
}

function addOne(counts: Float64Array, n: number): void {
  counts[n] = (counts[n] ?? 0) + 1;
}
