/** Other authors, and copies of their logs, made by the functions that pulling uses. @module */
import { createCapsule, type Publisher } from "../../mesh/publish.ts";
import { extendTree } from "../../mesh/protocol/tree.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { listContents } from "../../storage/contents.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { listEntries } from "../../storage/entries.ts";
import { listIdentityRecords } from "../../storage/identity_records.ts";
import { adoptHead, appendToMirror, type RunContent, storeRun } from "../../storage/mirror_log.ts";
import { findLogMirror, insertMirror, updateMirror } from "../../storage/mirrors.ts";
import { START_MS } from "./capsule.ts";
import { basisOf } from "./mirror_rows.ts";

/** Somebody else who publishes, in a database of their own. */
export type TestAuthor =
  & Publisher
  & Disposable
  & Readonly<{
    id: string;
    log: number;
    address: string;
    /** Moves their clock a second on. */
    wait: () => void;
  }>;

/** Creates another author; `seed` makes their id. */
export function openTestAuthor(
  { name, address, seed }: Readonly<{ name: string; address: string; seed: number }>,
): TestAuthor {
  const db = openDatabase(":memory:");
  let nowMs = START_MS;
  const publisher = { db, now: () => nowMs };
  const entropy = new Uint8Array(16).fill(seed);
  entropy[15] = (seed >> 8) ^ seed;
  const { id } = createCapsule(publisher, { name, line: "Writes elsewhere", address, entropy });
  return {
    ...publisher,
    id,
    address,
    log: findOwnCapsule(db)?.log ?? 0,
    wait: () => void (nowMs += 1000),
    [Symbol.dispose]: () => db.close(),
  };
}

/** Follows an author: an empty mirror, its address confirmed. */
export function followAuthor(
  db: Database,
  author: TestAuthor,
  { nowMs, isQuiet = false, address = author.address }: Readonly<
    { nowMs: number; isQuiet?: boolean; address?: string }
  >,
): number {
  const records = listIdentityRecords(author.db, author.log);
  const { id } = author;
  db.prepare(
    "insert into peers (id, address, added_at_ms, confirmed_at_ms) values (?, ?, ?, ?)",
  ).run(id, address, nowMs, nowMs);
  return insertMirror(db, { id, records, address, isQuiet, nowMs });
}

/** Copies what an author published since; with `newest`, only so many of the entries, the newest. */
export function copyAuthor(
  db: Database,
  author: TestAuthor,
  { log, nowMs, newest }: Readonly<{ log: number; nowMs: number; newest?: number }>,
): void {
  const mirror = findLogMirror(db, log);
  const head = findCheckpoint(author.db, author.log);
  if (mirror === undefined || head === undefined) throw new Error("copy: no mirror, or no author");
  const { size } = mirror;
  const entries = listEntries(author.db, author.log, size, head.size - size);
  const contents = readContents(author, size, head.size - size);
  const all = listEntries(author.db, author.log, 0, head.size).map(({ hash }) => hash);
  const { tiles } = extendTree(0, all, () => undefined);
  const basis = { ...basisOf(db, log), expectedSize: size };
  if (newest === undefined) {
    appendToMirror(db, log, basis, { entries, contents, tiles, note: head.note, root: head.root });
  } else {
    adoptHead(db, log, basis, { ...head, tiles });
    const from = head.size - newest;
    const run = { from, entries: entries.slice(-newest), contents: contents.slice(-newest), tiles };
    storeRun(db, log, basis, run);
  }
  const state = newest === undefined ? "current" : "pulling";
  updateMirror(db, log, { state, seenAtMs: nowMs, originSeenAtMs: nowMs });
}

function readContents(author: TestAuthor, from: number, count: number): RunContent[] {
  return listContents(author.db, author.log, from, count).map((content) => {
    if (content.state === "held") return content.bytes;
    return content.state === "withdrawn" ? { withdrawnBy: content.by } : "absent";
  });
}
