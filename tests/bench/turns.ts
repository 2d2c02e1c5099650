/**
 * Servers under the same load in turns, so that a busy machine slows all of them. On a machine that does other things too, the answers
 * per second of a server's own processor time say more than those per second.
 * @module
 */
import { processorMs } from "./idle_mirrors.ts";
import { median } from "./row.ts";

const TURNS = 5;
const TURN_SECONDS = 2;

/** A server that runs. */
export type Loaded = Readonly<{
  /** The page. */
  url: string;
  pid: number;
}>;

/** The middle of the turns of one server. */
export type Rates = Readonly<{
  perSecond: number;
  /** Per second of the processor time that it took itself. */
  perProcessorSecond: number;
}>;

/** Loads each for two seconds at a time; the rates stand in the order of the servers. */
export async function loadInTurns(
  servers: readonly Loaded[],
  rate: (url: string, seconds: number) => Promise<number>,
): Promise<Rates[]> {
  const turns = servers.map(() => ({
    perSecond: [] as number[],
    perProcessorSecond: [] as number[],
  }));
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [i, { url, pid }] of servers.entries()) {
      const beforeMs = processorMs(pid);
      const found = await rate(url, TURN_SECONDS);
      const spentMs = processorMs(pid) - beforeMs;
      // The first turn warms up.
      if (turn === 0) continue;
      turns[i]?.perSecond.push(found);
      turns[i]?.perProcessorSecond.push(found * TURN_SECONDS / (spentMs / 1_000));
    }
  }
  return turns.map(({ perSecond, perProcessorSecond }) => ({
    perSecond: median(perSecond),
    perProcessorSecond: median(perProcessorSecond),
  }));
}
