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

/** No look takes longer. */
const LOOK_MS = 8_000;
const HOUR_MS = 3_600_000;

/** What can be found out on this machine, asking nobody. */
export async function examineHere(parts: ExaminationParts, reach?: Reach): Promise<Finding[]> {
  const { db, dataPath, now, origin, isServer } = parts;
  const nowMs = now();
  const isServed = parts.servedStart !== undefined;
  return await Promise.all([
    limit(
      "Certificate",
      () => judgeCertificate(lookAtCertificate(db, { nowMs, origin, reach, isServed })),
    ),
    limit(
      "Disk",
      async () => judgeDisk(await lookAtDisk(folderOf(dataPath), measureDatabase(db).bytes)),
    ),
    limit("Files", async () => judgeFiles(await lookAtFiles(dataPath, { isTried: !isServer }))),
    limit("Database", () => judgeDatabase(lookAtDatabase(db))),
    limit("Backup", () => judgeBackup(lookAtBackups(db, nowMs))),
    limit("Copies", () => judgeCopies(lookAtCopies(db, { nowMs, isServed }))),
    limit("Followers", () => judgeFollowers(lookAtFollowers(db))),
    limit("Publishing", () => judgePublishing({ outcome: findSigning(db)?.outcome, isServed })),
    limit("Memory", () => judgeMemory(readMemory(parts))),
  ]);
}

/** What only a look from outside, or at others' clocks, shows; and what was seen of the addresses. */
export async function examineOutside(
  parts: ExaminationParts,
): Promise<Readonly<{ findings: Finding[]; reach: Reach | undefined }>> {
  const { origin, isBehindProxy, servedStart } = parts;
  const isPublic = origin !== undefined && origin.startsWith("https:") &&
    !isLoopbackHost(new URL(origin).hostname);
  // Opened for a moment before anybody listens there.
  const tries = isPublic && servedStart === undefined ? await tryPorts() : [];
  const looking = isPublic ? lookAround(parts, origin) : Promise.resolve(undefined);
  const reach = looking.catch(() => undefined);
  const findings = await Promise.all([
    limit("Address", async () => judgeAddress({ origin, reach: await looking })),
    limit(
      "Ports",
      async () => judgePorts({ isPublic, reach: await looking, tries, isBehindProxy }),
    ),
    limit("Clock", () => lookAtTime(parts)),
    limit("Guard", lookAtGuard),
  ]);
  return { findings, reach: await atMost(reach, undefined) };
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

/** What breaks or takes too long is told as such, and keeps nobody else from being looked at. */
async function limit(name: string, look: () => Finding | Promise<Finding>): Promise<Finding> {
  const late = warning(
    name,
    `This could not be found out within ${LOOK_MS / 1000} seconds.`,
    "Look again later.",
  );
  try {
    return await atMost(Promise.resolve(look()), late);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return warning(name, "This could not be found out.", why);
  }
}

async function atMost<T>(work: Promise<T>, late: T): Promise<T> {
  const end = Promise.withResolvers<T>();
  const timer = setTimeout(() => end.resolve(late), LOOK_MS);
  try {
    return await Promise.race([work, end.promise]);
  } finally {
    clearTimeout(timer);
  }
}
