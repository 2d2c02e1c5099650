/** Everything that is looked at, each thing with an end, all side by side. @module */
import { makeTrustedAsk } from "../../mesh/fetch.ts";
import type { Database } from "../../storage/database.ts";
import { measureDatabase } from "../../storage/database_size.ts";
import { findNewestSample } from "../../storage/samples.ts";
import { findSigning } from "../../storage/signing.ts";
import { type Finding, warning } from "../../views/findings.ts";
import { isLoopbackHost } from "../address.ts";
import { makeLazyAsk } from "../mesh.ts";
import { judgeAddress } from "./address.ts";
import { judgeBackup, lookAtBackups } from "./backup.ts";
import { judgeCertificate, lookAtCertificate } from "./certificate.ts";
import { judgeClock, lookAtClock } from "./clock.ts";
import { judgeDatabase, lookAtDatabase } from "./database.ts";
import { judgeDisk, lookAtDisk } from "./disk.ts";
import { folderOf, judgeFiles, lookAtFiles } from "./files.ts";
import { judgeMemory, type MemoryFacts } from "./memory.ts";
import { judgeCopies, judgeFollowers, lookAtCopies, lookAtFollowers, lookAtGuard } from "./mesh.ts";
import { judgePorts, tryPorts } from "./ports.ts";
import { judgePublishing } from "./publishing.ts";
import { lookAtReach, lookBeforeStart, type Reach } from "./reach.ts";
import { judgeUpkeep, lookAtUpkeep } from "./upkeep.ts";

/** What is examined. */
export type ExaminationParts = Readonly<{
  db: Database;
  dataPath: string;
  now: () => number;
  /** The public origin; undefined when none is known. */
  origin: string | undefined;
  /** Random number of the start that serves; undefined when nothing does. */
  servedStart: string | undefined;
  /** True in the serving program itself: it holds the memory, and has shown that it can write. */
  isServer: boolean;
  /** True where the settings say that a proxy stands in front. */
  isBehindProxy: boolean;
  /** http and private addresses are allowed. */
  isDev: boolean;
}>;

/** A look at this machine takes milliseconds; on one that is overloaded, some more. */
const HERE_MS = 3_000;
/** Longer than a name server and whoever is asked may take together (reach.ts, clock.ts). */
const OUTSIDE_MS = 5_000;
const HOUR_MS = 3_600_000;

/** What can be found out on this machine, asking nobody. */
export async function examineHere(parts: ExaminationParts, reach?: Reach): Promise<Finding[]> {
  const { db, dataPath, now, origin, isServer } = parts;
  const nowMs = now();
  const isServed = parts.servedStart !== undefined;
  return await lookAll(HERE_MS, {
    Certificate: () => judgeCertificate(lookAtCertificate(db, { nowMs, origin, reach, isServed })),
    Disk: async () => judgeDisk(await lookAtDisk(folderOf(dataPath), measureDatabase(db).bytes)),
    Files: async () => judgeFiles(await lookAtFiles(dataPath, { isTried: !isServer })),
    Database: () => judgeDatabase(lookAtDatabase(db)),
    Backup: () => judgeBackup(lookAtBackups(db, nowMs)),
    Upkeep: () => judgeUpkeep(lookAtUpkeep(db, { nowMs, isServed })),
    Copies: () => judgeCopies(lookAtCopies(db, { nowMs, isServed })),
    Followers: () => judgeFollowers(lookAtFollowers(db)),
    Publishing: () => judgePublishing({ outcome: findSigning(db)?.outcome, isServed }),
    Memory: () => judgeMemory(readMemory(parts)),
  });
}

/** What only a look from outside, or at others' clocks, shows; and what was seen of the addresses. */
export async function examineOutside(
  parts: ExaminationParts,
): Promise<Readonly<{ findings: Finding[]; reach: Reach | undefined }>> {
  const { origin, isBehindProxy, servedStart } = parts;
  const isPublic = origin !== undefined && origin.startsWith("https:") &&
    !isLoopbackHost(new URL(origin).hostname);
  // Their sockets are closed again before this program answers there itself.
  const trying = isPublic && servedStart === undefined ? tryPorts() : Promise.resolve([]);
  const looking = isPublic ? lookAround(parts, origin) : Promise.resolve(undefined);
  const reach = looking.catch(() => undefined);
  const findings = await lookAll(OUTSIDE_MS, {
    Address: async () => judgeAddress({ origin, reach: await looking }),
    Ports: async () => {
      const tries = await trying;
      return judgePorts({ isPublic, reach: await looking, tries, isBehindProxy });
    },
    Clock: () => lookAtTime(parts),
    Guard: lookAtGuard,
  });
  return { findings, reach: await atMost(0, reach, undefined) };
}

async function lookAround(
  { servedStart, isBehindProxy }: ExaminationParts,
  origin: string,
): Promise<Reach | undefined> {
  if (servedStart !== undefined) return await lookAtReach({ origin, start: servedStart });
  return isBehindProxy ? undefined : await lookBeforeStart(origin);
}

async function lookAtTime({ db, now, isDev }: ExaminationParts): Promise<Finding> {
  const { ask, close } = makeLazyAsk({ isDev });
  using trusted = makeTrustedAsk();
  try {
    return judgeClock(await lookAtClock({ db, now, ask, askTrusted: trusted.ask }));
  } finally {
    await close();
  }
}

function readMemory({ db, now, isServer }: ExaminationParts): MemoryFacts {
  const nowMs = now();
  if (isServer) return { residentBytes: Deno.memoryUsage().rss, atMs: nowMs, nowMs };
  const sample = findNewestSample(db);
  if (sample === undefined) return undefined;
  return { residentBytes: sample.residentBytes, atMs: sample.hour * HOUR_MS, nowMs };
}

type Look = () => Finding | Promise<Finding>;

/** All side by side, under their names. What breaks or takes too long is told as such, and keeps nobody else from being looked at. */
async function lookAll(ms: number, looks: Readonly<Record<string, Look>>): Promise<Finding[]> {
  return await Promise.all(
    Object.entries(looks).map(async ([name, look]) => {
      const text = `This could not be found out within ${ms / 1000} seconds.`;
      try {
        const late = warning(name, text, "Look again later.");
        return await atMost(ms, Promise.resolve(look()), late);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return warning(name, "This could not be found out.", why);
      }
    }),
  );
}

async function atMost<T>(ms: number, work: Promise<T>, late: T): Promise<T> {
  const end = Promise.withResolvers<T>();
  const timer = setTimeout(() => end.resolve(late), ms);
  try {
    return await Promise.race([work, end.promise]);
  } finally {
    clearTimeout(timer);
  }
}
