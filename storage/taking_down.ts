/** Taking down: the bytes go at once, and may not come again on any path (P12). Each act is one transaction. @module */
import { fromHex, toHex } from "../mesh/protocol/hex.ts";
import { deleteBlob } from "./blobs.ts";
import { findCapsule, findLogCapsule, findOwnCapsule } from "./capsules.ts";
import { findStoredContent, listHiddenBy } from "./contents.ts";
import type { Database } from "./database.ts";
import { type EntryDetails, findEntry } from "./entries.ts";
import { listNamedPictures } from "./piece_fields.ts";
import { HashSearch } from "./hashes.ts";
import { Projection } from "./projection.ts";
import { listRevising } from "./revisions.ts";
import { storeTakenDown } from "./stored_contents.ts";
import { decodeStoredContent } from "./stored_values.ts";
import type { TakedownKind, TakedownReason } from "./takedown_list.ts";

/** Why something is taken down. */
export type TakedownWords = Readonly<{
  /** Kind of reason: public. */
  reason: TakedownReason;
  /** The owner's own words: private, may be "". */
  note: string;
}>;

/**
 * How taking down ended. "known": it was taken down before. "own": it is the owner's own, and is withdrawn instead. "order": the
 * entry is an author's withdrawal, which has nothing to see. "absent": there is no such entry.
 */
export type TakingDown = "taken_down" | "known" | "own" | "order" | "absent";

type Act = Readonly<{ db: Database; words: TakedownWords; nowMs: number }>;

/** One entry of a log. */
export type Place = Readonly<{ log: number; index: number }>;

/** The hashes (hex) of the contents that go when an entry is taken down: its own and its revisions'. */
export function listContentHashes(db: Database, { log, index }: Place): string[] {
  const entry = findEntry(db, log, index);
  if (entry === undefined) return [];
  return [entry, ...listVersions(db, log, entry).flatMap((n) => findEntry(db, log, n) ?? [])]
    .map(({ contentHash }) => toHex(contentHash));
}

/**
 * Takes one entry of a mirror down, with the bytes it names wherever else they are. A post or article goes with its revisions
 * and with those of its pictures that nothing else here shows. `search` has looked for `listContentHashes` already, so that
 * little is left to look at while others wait to write.
 */
export function takeDownEntry(
  db: Database,
  place: Place,
  words: TakedownWords,
  nowMs: number,
  search: HashSearch = new HashSearch(listContentHashes(db, place)),
): TakingDown {
  const { log, index } = place;
  return db.transaction(() => {
    const entry = findEntry(db, log, index);
    if (entry === undefined) return "absent";
    if (findOwnCapsule(db)?.log === log) return "own";
    if (entry.kind === "withdraw") return "order";
    const act = { db, words, nowMs };
    const main = insertTakedown(act, "entry", toHex(entry.hash), null);
    if (main === undefined) return "known";
    const versions = [index, ...listVersions(db, log, entry)];
    const pictures = listOwnPictures(db, log, versions);
    const entries = versions.flatMap((n) => findEntry(db, log, n) ?? []);
    for (const version of entries) {
      insertTakedown(act, "entry", toHex(version.hash), main);
      insertTakedown(act, "content", toHex(version.contentHash), main);
    }
    const own = entries.map((version) => ({ log, index: version.index }));
    removeContents(db, own, search.finish(db));
    for (const hash of pictures) {
      insertTakedown(act, "blob", hash, main);
      removeBlob(db, hash);
    }
    return "taken_down";
  });
}

/** Takes a content down wherever entries name it; also one that never came yet. `search` has looked for it already. */
export function takeDownContent(
  db: Database,
  hash: string,
  words: TakedownWords,
  nowMs: number,
  search: HashSearch = new HashSearch([hash]),
): TakingDown {
  return db.transaction(() => {
    const own = findOwnCapsule(db)?.log;
    const { naming } = search.finish(db);
    if (naming.some(({ log }) => log === own)) return "own";
    if (naming.some(({ kind }) => kind === "withdraw")) return "order";
    if (insertTakedown({ db, words, nowMs }, "content", hash, null) === undefined) return "known";
    removeContents(db, [], search);
    return "taken_down";
  });
}

/** Takes a picture down; also one that never came yet. Pieces show its description in its place. */
export function takeDownBlob(
  db: Database,
  hash: string,
  words: TakedownWords,
  nowMs: number,
): TakingDown {
  return db.transaction(() => {
    const own = db.prepare(
      `select 1 from blob_uses u join capsules c on c.log = u.log and c.is_own = 1
       where u.hash = ? limit 1`,
    ).get(fromHex(hash));
    if (own !== undefined) return "own";
    if (insertTakedown({ db, words, nowMs }, "blob", hash, null) === undefined) return "known";
    removeBlob(db, hash);
    return "taken_down";
  });
}

/** Takes a whole capsule down: its mirror leaves, nothing of it is accepted again. Also one that was never followed. */
export function takeDownCapsule(
  db: Database,
  id: string,
  words: TakedownWords,
  nowMs: number,
): TakingDown {
  return db.transaction(() => {
    const log = findCapsule(db, id)?.log;
    if (log !== undefined && findOwnCapsule(db)?.log === log) return "own";
    if (insertTakedown({ db, words, nowMs }, "capsule", id, null) === undefined) return "known";
    db.prepare("update mirrors set state = 'leaving', next_pull_at_ms = ? where log = ?")
      .run(nowMs, log ?? -1);
    return "taken_down";
  });
}

/** Answers the act's number; undefined when that was taken down before. */
function insertTakedown(
  { db, words, nowMs }: Act,
  kind: TakedownKind,
  target: string,
  partOf: number | null,
): number | undefined {
  const { changes, lastId } = db.prepare(
    `insert into takedowns (kind, target, reason, note, at_ms, part_of) values (?, ?, ?, ?, ?, ?)
     on conflict do nothing`,
  ).run(kind, target, words.reason, words.note, nowMs, partOf);
  return changes === 1 ? lastId : undefined;
}

/** The revisions of a piece, those hidden with it too. */
function listVersions(db: Database, log: number, { index, kind }: EntryDetails): number[] {
  if (kind !== "post" && kind !== "article") return [];
  const content = findStoredContent(db, log, index);
  const by = content !== undefined && "by" in content ? content.by : null;
  const hidden = by === null ? [] : listHiddenBy(db, log, by);
  return [...new Set([...listRevising(db, log, index), ...hidden])].filter((n) => n !== index);
}

/** The pictures that these entries name and nothing else here shows. */
function listOwnPictures(db: Database, log: number, versions: readonly number[]): string[] {
  const capsuleId = findLogCapsule(db, log)?.id;
  const own = JSON.stringify(versions);
  const hashes = new Set<string>();
  for (const index of versions) {
    const row = findStoredContent(db, log, index);
    const kind = findEntry(db, log, index)?.kind;
    if (row === undefined || row.bytes === null || kind === undefined) continue;
    const content = decodeStoredContent(row.bytes, kind, capsuleId);
    for (const { hash } of content === undefined ? [] : listNamedPictures(content)) {
      hashes.add(hash);
    }
  }
  const findOther = db.prepare(
    `select 1 from blob_uses where hash = ? and not (log = ? and n in (select value from json_each(?)))`,
  );
  return [...hashes].filter((hash) => findOther.get(fromHex(hash), log, own) === undefined);
}

function removeBlob(db: Database, hash: string): void {
  deleteBlob(db, hash);
  db.prepare("delete from wanted_blobs where hash = ?").run(fromHex(hash));
}

/** The bytes go from every log, and from what is set aside. */
function removeContents(
  db: Database,
  places: readonly Place[],
  { naming, namingSetAside }: HashSearch,
): void {
  const own = findOwnCapsule(db)?.log;
  const projections = new Map<number, Projection>();
  for (const { log, index } of [...places, ...naming]) {
    if (log === own) continue;
    const projection = projections.get(log) ?? new Projection(db, log);
    projections.set(log, projection);
    storeTakenDown(projection, index);
  }
  for (const row of namingSetAside) {
    db.prepare("update entries_set_aside set content = null where rowid = ?").run(row);
  }
  for (const projection of projections.values()) projection.finish();
}
