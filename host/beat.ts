/**
 * The one timer behind most of what a serving program looks at now and then. Each waking up costs more than most looks: so they
 * share theirs, and there are fewer while nobody comes.
 * @module
 */

/** How long after the last visit it is quiet. */
const QUIET_AFTER_MS = 15_000;
const BUSY_MS = 500;
const QUIET_MS = 2_000;

/** What it works with. */
export type BeatOptions = Readonly<{
  countVisits: () => number;
  /** Milliseconds that only go forward. */
  tick?: () => number;
}>;

type Work = { readonly everyMs: number; readonly run: () => void; dueMs: number };

/** Runs works, each about as often as it asks for. */
export class Beat {
  readonly #countVisits: () => number;
  readonly #tick: () => number;
  readonly #works = new Set<Work>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seen = 0;
  #cameMs: number;

  constructor({ countVisits, tick = () => performance.now() }: BeatOptions) {
    this.#countVisits = countVisits;
    this.#tick = tick;
    this.#cameMs = tick();
    this.#timer = setTimeout(() => this.wake(), BUSY_MS);
  }

  /** For how long nobody has come. */
  get quietMs(): number {
    return this.#tick() - this.#cameMs;
  }

  /** Runs it so often, or every two seconds where that is longer and nobody comes; the answer ends that. It must not throw. */
  every(everyMs: number, run: () => void): () => void {
    const work: Work = { everyMs, run, dueMs: this.#tick() + everyMs };
    this.#works.add(work);
    return () => void this.#works.delete(work);
  }

  /** Ends all of it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#works.clear();
  }

  /** What the timer calls: runs what is due. Milliseconds until it calls again. */
  wake(): number {
    clearTimeout(this.#timer);
    const visits = this.#countVisits();
    if (visits !== this.#seen) [this.#seen, this.#cameMs] = [visits, this.#tick()];
    const nextMs = this.quietMs < QUIET_AFTER_MS ? BUSY_MS : QUIET_MS;
    this.#timer = setTimeout(() => this.wake(), nextMs);
    for (const work of [...this.#works]) {
      // What is due before the middle of the next pause is not kept waiting for its end.
      if (work.dueMs > this.#tick() + nextMs / 2) continue;
      work.dueMs = this.#tick() + work.everyMs;
      work.run();
    }
    return nextMs;
  }
}
