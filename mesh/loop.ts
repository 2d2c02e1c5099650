/** The mesh's own schedule: every part has its turn when something is due or anything was committed (docs/architecture.md). @module */
import { runConfirmations } from "./confirm.ts";
import { runDeliveries } from "./deliver.ts";
import { runFeeds } from "./feeds.ts";
import { runHeads } from "./heads.ts";
import { runHoldings } from "./holdings.ts";
import type { Mesh, Part } from "./mesh.ts";
import { runOwnGaps } from "./own_gaps.ts";
import { makePulls } from "./pulls.ts";
import { runRefollows } from "./refollow.ts";
import { runStart } from "./start_round.ts";

/** How often the database is looked at: one cheap question. */
const TICK_MS = 100;
/** A part that failed gets its next turn after this long. */
const TROUBLE_MS = 60_000;

/** Every part of the mesh, each in its own file. */
export function makeParts(): Part[] {
  return [
    { name: "start", round: runStart },
    makePulls(),
    { name: "deliver", round: runDeliveries },
    { name: "confirm", round: runConfirmations },
    { name: "refollow", round: runRefollows },
    { name: "heads", round: runHeads },
    { name: "holdings", round: runHoldings },
    { name: "own gaps", round: runOwnGaps },
    { name: "feeds", round: runFeeds },
  ];
}

/** Runs the parts until the signal fires and what they had begun has ended. */
export async function runLoop(
  mesh: Mesh,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<void> {
  const turns = parts.map((part) => new Turn(mesh, part));
  let mark = "";
  while (!signal.aborted) {
    const newest = mesh.db.changeMark();
    const isChanged = newest !== mark;
    mark = newest;
    for (const turn of turns) turn.take(isChanged, signal);
    await pause(TICK_MS, signal);
  }
  await Promise.all(turns.map((turn) => turn.settle()));
}

/** One part and when it is due; it never runs twice at once. */
class Turn {
  readonly #mesh: Mesh;
  readonly #part: Part;
  #dueAtMs = 0;
  #isAsked = false;
  #running: Promise<void> | undefined;

  constructor(mesh: Mesh, part: Part) {
    this.#mesh = mesh;
    this.#part = part;
  }

  /** Begins a round when one is due, or something was committed, and none runs. */
  take(isChanged: boolean, signal: AbortSignal): void {
    this.#isAsked ||= isChanged;
    const isDue = this.#isAsked || this.#mesh.now() >= this.#dueAtMs;
    if (!isDue || this.#running !== undefined) return;
    this.#isAsked = false;
    this.#running = this.#run(signal).finally(() => {
      this.#running = undefined;
    });
  }

  async settle(): Promise<void> {
    await this.#running;
    await this.#part.settle?.();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { log, now } = this.#mesh;
    try {
      const waitMs = await this.#part.round(this.#mesh, signal);
      this.#dueAtMs = now() + Math.max(0, waitMs);
    } catch (error) {
      this.#dueAtMs = now() + TROUBLE_MS;
      if (signal.aborted) return;
      const fields = { part: this.#part.name };
      log({ level: "error", message: "A part of the mesh failed.", fields, error });
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
