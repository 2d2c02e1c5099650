/** A backup of a gigabyte: copying beside a plain copy of the file, verifying, and pages while one is made, by a command and by the program itself. @module */
import { createHash } from "node:crypto";
import { verifyInTwo } from "../../host/verify_in_two.ts";
import { createCapsule, publishBatch } from "../../mesh/publish.ts";
import { backupDatabase } from "../../storage/backup.ts";
import { saveBackupPlan, USUAL_PLAN } from "../../storage/backup_plan.ts";
import { findNewestRehearsal, findNewestTry } from "../../storage/backups.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { makeFolder, runCapsule, serveCapsule, type Served } from "../support/process.ts";
import { type Figure, median, type Row } from "./row.ts";
import { residentMegabytes } from "./start.ts";

const POSTS = 50_000;
const PICTURES = Number(Deno.env.get("CAPSULE_BENCH_PICTURES") ?? 1_000);
const PICTURE_BYTES = 1_000_000;
const TURNS = 5;
const FIRST_MS = Date.UTC(2020, 0, 1);

/** Many posts, and a thousand with a picture of a megabyte. */
function makeLarge(path: string): void {
  using db = openDatabase(path);
  const publisher = { db, now: () => FIRST_MS };
  createCapsule(publisher, { name: "Ann Greenwald", address: null });
  publishManyPosts(publisher, { count: POSTS, fromMs: FIRST_MS, stepMs: 60_000 });
  for (let n = 0; n < PICTURES; n++) {
    const info = { type: "image/jpeg", width: 1, height: 1 };
    const hash = saveBlob(db, noise(n), info, FIRST_MS);
    const pictures = [{ hash, description: "Noise" }];
    publishBatch(publisher, [{ kind: "post", text: `${n}`, pictures, publishedAtMs: FIRST_MS }]);
  }
  db.exec("pragma wal_checkpoint(truncate)");
}

/** Bytes that no disk makes smaller. */
function noise(n: number): Uint8Array {
  const bytes = new Uint8Array(PICTURE_BYTES);
  const seed = createHash("sha512").update(`${n}`).digest();
  for (let at = 0; at < bytes.length; at += seed.length) {
    bytes.set(seed.subarray(0, bytes.length - at), at);
    bytes[at] = (bytes[at] ?? 0) ^ (at >> 6);
  }
  return bytes;
}

/** A plain copy that is on the disk when it is over; milliseconds. */
async function copyPlainly(path: string, target: string): Promise<number> {
  const startedAtMs = performance.now();
  await Deno.copyFile(path, target);
  {
    using file = await Deno.open(target, { read: true, write: true });
    await file.sync();
  }
  const tookMs = performance.now() - startedAtMs;
  await Deno.remove(target);
  return tookMs;
}

/** A backup; milliseconds of copying, which ends on the disk too, and of verifying with two threads. */
async function backUp(path: string, target: string): Promise<{ copyMs: number; verifyMs: number }> {
  const startedAtMs = performance.now();
  let copiedAtMs = 0;
  let verifiedAtMs = 0;
  using handles = new DisposableStack();
  await backupDatabase(path, target, {
    handles,
    verify: async (db: Database) => {
      copiedAtMs = performance.now();
      const verified = await verifyInTwo(db, () => {});
      verifiedAtMs = performance.now();
      return verified;
    },
  });
  await Deno.remove(target);
  return { copyMs: copiedAtMs - startedAtMs, verifyMs: verifiedAtMs - copiedAtMs };
}

type Pages = Readonly<{ ms: number; peak: number }>;

/** The home page until `isOver`: milliseconds of the slowest hundredth, and the server's memory at its most. */
async function measureUntil(served: Served, isOver: () => boolean): Promise<Pages> {
  const taken: number[] = [];
  let peak = 0;
  await (await fetch(served.url)).arrayBuffer();
  while (!isOver()) {
    const startedAtMs = performance.now();
    await (await fetch(served.url)).arrayBuffer();
    taken.push(performance.now() - startedAtMs);
    peak = Math.max(peak, residentMegabytes(served.pid));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const sorted = taken.toSorted((a, b) => a - b);
  return { ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, peak };
}

/** While the serving program makes, verifies and rehearses one by itself. */
async function measurePlanned(folder: string): Promise<Pages> {
  await using served = await serveCapsule([], { cwd: folder });
  using db = openDatabase(`${folder}/capsule.db`);
  saveBackupPlan(db, USUAL_PLAN, Date.now());
  const pages = await measureUntil(served, () => {
    const { state, problem } = findNewestTry(db) ?? {};
    if (state === "failed") throw new Error(`backup: ${problem}`);
    return state !== undefined && findNewestRehearsal(db) !== undefined;
  });
  const problem = findNewestRehearsal(db)?.rehearsalProblem;
  if (problem !== "") throw new Error(`backup: ${problem}`);
  return pages;
}

/** While `capsule backup` makes one beside it. */
async function measureCommand(folder: string): Promise<Pages> {
  await using served = await serveCapsule([], { cwd: folder });
  let isOver = false;
  const command = runCapsule(["backup", "copy.db"], { cwd: folder }).finally(() => isOver = true);
  const pages = await measureUntil(served, () => isOver);
  const { code, stderr } = await command;
  if (code !== 0) throw new Error(`backup: ${stderr}`);
  return pages;
}

/** The row. */
export const backup: Row = {
  name: "backup",
  async run(): Promise<Figure[]> {
    using folder = makeFolder();
    const path = `${folder.path}/capsule.db`;
    makeLarge(path);
    const megabytes = (await Deno.stat(path)).size / 1e6;
    const [copying, verifying, plain]: [number[], number[], number[]] = [[], [], []];
    // The memory that the system keeps written files in is slow at its first use, whoever writes.
    await copyPlainly(path, `${folder.path}/plain.db`);
    for (let turn = 0; turn < TURNS; turn++) {
      const { copyMs, verifyMs } = await backUp(path, `${folder.path}/copy.db`);
      copying.push(megabytes / copyMs * 1000);
      verifying.push(megabytes / verifyMs * 1000);
      plain.push(megabytes / await copyPlainly(path, `${folder.path}/plain.db`) * 1000);
    }
    const what = `backup of ${megabytes.toFixed(0)} MB`;
    const unit = "MB/s";
    const command = await measureCommand(folder.path);
    const { ms, peak } = await measurePlanned(folder.path);
    return [
      {
        what: `${what}: copying, beside a plain copy`,
        value: median(copying),
        baseline: median(plain),
        unit,
        target: { ratioAtLeast: 0.5 },
      },
      {
        what: `${what}: verifying, after that`,
        value: median(verifying),
        unit,
        target: { none: true },
      },
      {
        what: "home page during the command, 99th percentile",
        value: command.ms,
        unit: "ms",
        target: { below: 50 },
      },
      {
        what: "home page during the server's own, 99th percentile",
        value: ms,
        unit: "ms",
        target: { below: 50 },
      },
      { what: "peak resident during its own", value: peak, unit: "MB", target: { none: true } },
    ];
  },
};
