/** Mirroring a log of 100,000 entries over loopback: speed beside a loop that checks nothing, memory, size, and pages meanwhile. @module */
import { makeLazyAsk, makeMesh } from "../../host/mesh.ts";
import type { Ask } from "../../mesh/fetch.ts";
import { followCapsule } from "../../mesh/follow.ts";
import { createCapsule } from "../../mesh/publish.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { makeFolder, runCapsule, serveCapsule, type Served } from "../support/process.ts";
import { copyPlainly } from "./plain_copy.ts";
import { type Figure, median, type Row } from "./row.ts";
import { residentMegabytes } from "./start.ts";

const ENTRIES = Number(Deno.env.get("CAPSULE_BENCH_ENTRIES") ?? 100_000);
const TURNS = 3;
const FIRST_MS = Date.UTC(2010, 0, 1);

/** A capsule with a long log. */
export function makeAuthor(path: string, entries: number): { id: string; size: number } {
  using db = openDatabase(path);
  const publisher = { db, now: () => FIRST_MS };
  const { id } = createCapsule(publisher, { name: "Ann Greenwald", address: null });
  publishManyPosts(publisher, { count: entries - 1, fromMs: FIRST_MS, stepMs: 3_600_000 });
  return { id, size: entries };
}

/** A fresh database with a capsule of its own. */
function openReader(path: string): Database {
  const db = openDatabase(path);
  createCapsule({ db, now: Date.now }, { name: "Reader", address: null });
  return db;
}

async function pullRate(ask: Ask, path: string, origin: string): Promise<number> {
  using db = openReader(path);
  const mesh = makeMesh({
    db,
    now: Date.now,
    ask,
    log: ({ level, message }) => level === "info" ? undefined : console.error(message),
    isDev: true,
    startId: "bench",
    ownOrigin: () => undefined,
  });
  const { log } = await followCapsule(mesh, { target: origin, isQuiet: true });
  const startedAtMs = performance.now();
  const { mirror, problem } = await pullMirror(mesh, log);
  const seconds = (performance.now() - startedAtMs) / 1000;
  if (mirror?.isComplete !== true) throw new Error(`mirror: not complete: ${problem}`);
  return mirror.entries / seconds;
}

async function plainRate(
  ask: Ask,
  path: string,
  { origin, id, size }: Readonly<{ origin: string; id: string; size: number }>,
): Promise<number> {
  using db = openReader(path);
  // Foreign keys ask for a capsule: the reader's own log is as good as another.
  const log = findOwnCapsule(db)?.log ?? 0;
  for (const table of ["contents", "entries", "tiles"]) {
    db.prepare(`delete from ${table} where log = ?`).run(log);
  }
  const startedAtMs = performance.now();
  const count = await copyPlainly(db, log, { ask, origin, id, size });
  return count / ((performance.now() - startedAtMs) / 1000);
}

/** Bytes of entries and contents in a database. */
function contentBytes(path: string): number {
  using db = openDatabase(path, { isReadOnly: true });
  const row = db.prepare(
    `select (select sum(length(bytes)) from entries) + (select sum(length(bytes)) from contents) as bytes`,
  ).get() as { bytes: number };
  return row.bytes;
}

/** Sets a reader up, lets its server follow, and calls `watch` every ten milliseconds until the copy is whole. */
async function followWatched(
  folder: string,
  origin: string,
  watch: (reader: Served) => Promise<void>,
): Promise<void> {
  const init = ["init", "--name", "Reader", "--password-stdin"];
  await runCapsule(init, { cwd: folder, stdin: "correct horse battery\n" });
  await using reader = await serveCapsule(["--dev"], { cwd: folder });
  const { code, stderr } = await runCapsule(["follow", origin, "--quiet"], { cwd: folder });
  if (code !== 0) throw new Error(`mirror: ${stderr}`);
  using db = openDatabase(`${folder}/capsule.db`, { isReadOnly: true });
  for (;;) {
    const row = db.prepare("select state from mirrors").get() as { state: string } | undefined;
    if (row?.state === "current") return;
    await watch(reader);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The whole program follows: its peak memory in MB. */
export async function measurePeak(folder: string, origin: string): Promise<number> {
  let peak = 0;
  await followWatched(folder, origin, ({ pid }) => {
    peak = Math.max(peak, residentMegabytes(pid));
    return Promise.resolve();
  });
  return peak;
}

/** The home page while a log comes in: milliseconds of the slowest hundredth. */
async function measurePages(folder: string, origin: string): Promise<number> {
  const taken: number[] = [];
  await followWatched(folder, origin, async ({ url }) => {
    const startedAtMs = performance.now();
    await (await fetch(url)).arrayBuffer();
    taken.push(performance.now() - startedAtMs);
  });
  const sorted = taken.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

async function measureRates(
  folder: string,
  author: Readonly<{ origin: string; id: string; size: number }>,
): Promise<[number, number]> {
  const rates: [number[], number[]] = [[], []];
  const { ask, close } = makeLazyAsk({ isDev: true });
  try {
    // In turns, so that a busy machine slows both.
    for (let turn = 0; turn < TURNS; turn++) {
      rates[0].push(await pullRate(ask, `${folder}/mirror-${turn}.db`, author.origin));
      rates[1].push(await plainRate(ask, `${folder}/plain-${turn}.db`, author));
    }
  } finally {
    await close();
  }
  return [median(rates[0]), median(rates[1])];
}

/** The row. */
export const mirror: Row = {
  name: "mirror",
  async run(): Promise<Figure[]> {
    using folder = makeFolder();
    const names = ["author", "peak", "pages"].map((name) => `${folder.path}/${name}`);
    const [authorFolder = "", peakFolder = "", pagesFolder = ""] = names;
    for (const name of names) Deno.mkdirSync(name);
    const author = makeAuthor(`${authorFolder}/capsule.db`, ENTRIES);
    await using served = await serveCapsule(["--dev"], { cwd: authorFolder });
    const origin = served.url;
    const [value, baseline] = await measureRates(folder.path, { ...author, origin });
    const path = `${folder.path}/mirror-0.db`;
    const what = `mirror ${ENTRIES.toLocaleString("en")} entries`;
    const unit = "entries/s";
    return [
      { what: `${what}, beside no checks`, value, baseline, unit, target: { ratioAtLeast: 0.75 } },
      { what, value, unit, target: { atLeast: 25_000 } },
      {
        what: `${what}: database for each byte`,
        value: Deno.statSync(path).size / contentBytes(path),
        unit: "bytes",
        target: { below: 2.5 },
      },
      {
        what: `${what}: peak resident, serving`,
        value: await measurePeak(peakFolder, origin),
        unit: "MB",
        target: { below: 220 },
      },
      {
        what: `home page meanwhile, 99th percentile`,
        value: await measurePages(pagesFolder, origin),
        unit: "ms",
        target: { below: 20 },
      },
    ];
  },
};
