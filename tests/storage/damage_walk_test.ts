import { equal, ok } from "node:assert/strict";
import { openServed } from "../../host/served_database.ts";
import { extendTree } from "../../mesh/protocol/tree.ts";
import { publishPost } from "../../mesh/publish.ts";
import { PublishProblem } from "../../mesh/publish_problem.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import type { LogLine } from "../../routes/app.ts";
import { createHandler, type Handler } from "../../routes/page_cache.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { type Database, DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { findDamage } from "../../storage/damage.ts";
import { findTile } from "../../storage/tiles.ts";
import { verifyStore } from "../../storage/verify.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { makeFolder } from "../support/process.ts";
import { seededRandom } from "../support/seed.ts";

const ROUNDS = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 3_000 : 40;
const ORIGIN = "http://localhost:8410";
const NOW_MS = Date.UTC(2030, 0, 1);
const WORDS = "engine analysis loom number note program weave thread card wheel brass".split(" ");
const PATHS = ["/", "/articles", "/p/3", "/p/250", "/p/3/history", "/a/a-5", "/tags/t3"]
  .concat(["/archive/2026", "/search?q=engine", "/feed.json", "/feed.atom", "/sitemap.xml"]);

type Random = (below: number) => number;

Deno.test("whatever page is damaged: no crash, no wrong tree, and known damage signs nothing", async () => {
  using folder = makeFolder();
  const { seed, random: draw } = seededRandom();
  const random: Random = (below) => Math.floor(draw() * below);
  const path = `${folder.path}/whole.db`;
  fill(path, random);
  const whole = await Deno.readFile(path);
  using reference = openDatabase(path);
  const paths = [...PATHS, ...listCalls(reference)];
  for (let round = 0; round < ROUNDS; round++) {
    const { bytes, what } = damage(whole, random);
    const place = `CAPSULE_TEST_SEED=${seed}, round ${round}: ${what}`;
    await Deno.writeFile(`${folder.path}/${round}.db`, bytes);
    const opened = open(`${folder.path}/${round}.db`, place);
    if (opened !== undefined) {
      using db = opened;
      await readEverything(db, paths, place);
      publish(db, reference, place);
      verify(db, place);
    }
    for (const end of ["", "-wal", "-shm"]) removeFile(`${folder.path}/${round}.db${end}`);
  }
});

function fill(path: string, random: Random): void {
  using capsule = openTestCapsule({ path });
  const say = (count: number) =>
    Array.from({ length: count }, () => WORDS[random(WORDS.length)]).join(" ");
  for (let n = 0; n < 450; n++) capsule.post({ text: say(30), tags: [`t${n % 9}`] });
  for (let n = 0; n < 60; n++) capsule.article({ title: `A ${n}`, markdown: say(700) });
}

function listCalls(db: Database): string[] {
  const { id } = db.prepare("select id from capsules").get() as { id: string };
  return ["checkpoint", "identity", "tile/0/000", "entries?from=200&count=256", "proof/5"]
    .map((call) => `/mesh/1/${id}/${call}`);
}

/** One kind of harm to one page. */
function damage(whole: Uint8Array, random: Random): { bytes: Uint8Array; what: string } {
  const pageBytes = 4_096;
  const page = random(whole.length / pageBytes);
  const bytes = whole.slice();
  // Without the file's own header it would be no database at all: other tests give such files.
  const from = page * pageBytes + (page === 0 ? 100 : 0);
  const length = (page + 1) * pageBytes - from;
  const kinds = [
    ["one bit", () => flip(bytes, from + random(length), 1 << random(8))],
    ["zeros", () => bytes.fill(0, from, from + length)],
    ["the page's header", () => randomize(bytes, from, 12, random)],
    ["64 bytes", () => {
      for (let n = 0; n < 64; n++) flip(bytes, from + random(length), 1 + random(255));
    }],
    [
      "another page",
      () => bytes.set(whole.subarray(random(page + 1) * pageBytes).subarray(0, length), from),
    ],
  ] as const;
  const [name, harm] = kinds[random(kinds.length)] ?? kinds[0];
  harm();
  return { bytes, what: `${name} on page ${page + 1}` };
}

function flip(bytes: Uint8Array, at: number, mask: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ mask;
}

function randomize(bytes: Uint8Array, from: number, count: number, random: Random): void {
  for (let n = 0; n < count; n++) bytes[from + n] = random(256);
}

function open(path: string, place: string): Database | undefined {
  try {
    return openServed(path, () => NOW_MS).db;
  } catch (error) {
    ok(error instanceof DatabaseProblem, `${place}: ${error}`);
    return undefined;
  }
}

/** Every answer is a page or a sentence. */
async function readEverything(db: Database, paths: readonly string[], place: string) {
  const logged: LogLine[] = [];
  const log = (line: LogLine) => void logged.push(line);
  const origin = () => ORIGIN;
  const deps = { db, now: () => NOW_MS, log, isDev: false, origin, startId: "start" };
  const handle: Handler = createHandler(deps);
  let isRefused = false;
  for (const path of paths) {
    const response = await handle(new Request(ORIGIN + path));
    const text = await response.text();
    const reason = logged.at(-1)?.error;
    ok(response.status !== 500, `${place}: ${path}\n${reason instanceof Error && reason.stack}`);
    ok(!/\n\s+at |SQLITE_|malformed/.test(text), `${place}: ${path}\n${text.slice(0, 500)}`);
    isRefused ||= response.status === 503;
  }
  ok(!isRefused || readDamage(db) !== undefined, `${place}: answered 503, remembered nothing`);
}

/** What is signed over damage that nobody has met yet still extends the tree that was signed before. */
function publish(db: Database, reference: Database, place: string): void {
  const known = readDamage(db);
  const before = findCheckpoint(reference, 1);
  ok(before !== undefined);
  let hash: string;
  try {
    hash = publishPost({ db, now: () => NOW_MS }, { text: "after the damage" }).hash;
  } catch (error) {
    ok(error instanceof PublishProblem || error instanceof DatabaseProblem, `${place}: ${error}`);
    return;
  }
  equal(known, undefined, `${place}: signed`);
  const leaf = Uint8Array.fromHex(hash);
  const { root } = extendTree(before.size, [leaf], (level, n) => findTile(reference, 1, level, n));
  equal(findCheckpoint(db, 1)?.root.toHex(), root.toHex(), `${place}: another tree was signed`);
}

function verify(db: Database, place: string): void {
  try {
    verifyStore(db, { verify: verifySignature, limit: 3 });
  } catch (error) {
    ok(false, `${place}: verify threw ${error}`);
  }
}

function readDamage(db: Database): string | undefined {
  try {
    return findDamage(db);
  } catch (error) {
    return String(error);
  }
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
