/** Is this machine's clock right? Only those are asked that the capsule speaks to anyway. @module */
import type { Ask, AskTrusted, Reply } from "../../mesh/fetch.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findAuthority } from "../../storage/certificates.ts";
import type { Database } from "../../storage/database.ts";
import { listEntries } from "../../storage/entries.ts";
import { listMirrors } from "../../storage/mirrors.ts";
import { listAskedPeers } from "../../storage/signing.ts";
import { countOf } from "../../views/ages.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { readPlainClock } from "../certificate/clock.ts";

/** What is known of it. */
export type ClockFacts = Readonly<{
  nowMs: number;
  /** How far it is ahead of others (below 0: behind them), milliseconds, and who said so. */
  offsets: readonly Readonly<{ host: string; offMs: number }>[];
  /** The time of the newest entry of the own log; undefined without any. */
  newestMs: number | undefined;
}>;

const NAME = "Clock";
const SMALL_MS = 60_000;
const LARGE_MS = 600_000;
const SET = "Set it; on most systems `timedatectl set-ntp true` keeps it right from then on.";
const PEERS_MAX = 3;
const BYTES_MAX = 256 * 1024;
const ASK_MS = 4_000;

/** Judges it. */
export function judgeClock({ nowMs, offsets, newestMs }: ClockFacts): Finding {
  const sorted = offsets.toSorted((a, b) => a.offMs - b.offMs);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle !== undefined) {
    const { offMs, host } = middle;
    if (Math.abs(offMs) <= SMALL_MS) return fine(NAME, `It agrees with that of ${host}.`);
    const text = `It is ${describeSpan(Math.abs(offMs))} ${offMs < 0 ? "slow" : "fast"}, ` +
      `compared with that of ${host}.`;
    return Math.abs(offMs) <= LARGE_MS ? warning(NAME, text, SET) : problem(
      NAME,
      `${text} Certificates look wrong by it, and your posts get wrong times.`,
      SET,
    );
  }
  if (newestMs !== undefined && newestMs > nowMs + SMALL_MS) {
    return problem(
      NAME,
      `It is slow: your newest post is from ${describeSpan(newestMs - nowMs)} later.`,
      SET,
    );
  }
  return fine(
    NAME,
    "Nothing that is stored here lies in the future. Nobody could be asked for the time.",
  );
}

function describeSpan(ms: number): string {
  if (ms < 2 * 3_600_000) return `about ${countOf(Math.round(ms / 60_000), "minute")}`;
  if (ms < 2 * 86_400_000) return `about ${countOf(Math.round(ms / 3_600_000), "hour")}`;
  return `about ${countOf(Math.round(ms / 86_400_000), "day")}`;
}

/** Asks the authority that gave the certificate, and some of those whom the mesh asks anyway. */
export async function lookAtClock(
  { db, now, ask, askTrusted }: Readonly<
    { db: Database; now: () => number; ask: Ask; askTrusted: AskTrusted }
  >,
): Promise<ClockFacts> {
  const directory = findAuthority(db);
  const peers = new Set([
    ...listAskedPeers(db, PEERS_MAX).map(({ address }) => address),
    ...listMirrors(db, { limit: 20 }).map(({ address }) => address),
  ]);
  const origins = [...peers].filter((address) => address !== null).slice(0, PEERS_MAX);
  const asked = [
    ...(directory === undefined ? [] : [askAuthority(askTrusted, directory, now)]),
    ...origins.map((origin) =>
      compare(
        () => ask({ url: `${origin}/up`, bytesMax: BYTES_MAX, isFresh: true, timeoutMs: ASK_MS }),
        now,
      )
    ),
  ];
  const found = await Promise.all(asked.map((one) => one.catch(() => undefined)));
  const own = findOwnCapsule(db);
  const size = own === undefined ? 0 : findCheckpoint(db, own.log)?.size ?? 0;
  const [newest] = own === undefined || size === 0 ? [] : listEntries(db, own.log, size - 1, 1);
  return {
    nowMs: now(),
    offsets: found.filter((one) => one !== undefined),
    newestMs: newest?.timeMs,
  };
}

type Offset = ClockFacts["offsets"][number];

/** By a clock that is far off no certificate is valid: then it is asked without. */
async function askAuthority(
  ask: AskTrusted,
  directory: string,
  now: () => number,
): Promise<Offset | undefined> {
  const signal = AbortSignal.timeout(ASK_MS);
  try {
    return await compare(() => ask({ url: directory, bytesMax: BYTES_MAX, signal }), now);
  } catch {
    const dateMs = await readPlainClock(ask, directory, signal);
    return dateMs === undefined
      ? undefined
      : { host: new URL(directory).host, offMs: now() - dateMs };
  }
}

/** The middle of the time it took to ask is when the other's clock was read; it tells whole seconds. */
async function compare(
  send: () => Promise<Reply>,
  now: () => number,
): Promise<Offset | undefined> {
  const beforeMs = now();
  const { headers, url } = await send();
  const middleMs = (beforeMs + now()) / 2;
  const dateMs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(dateMs)) return undefined;
  // What a cache has kept was written so many seconds ago.
  const age = Number(headers.get("age") ?? "0");
  return { host: new URL(url).host, offMs: middleMs - dateMs - (age > 0 ? age * 1000 : 0) };
}
