/** Verifies a run of entries with their contents. @module */
import { hash } from "node:crypto";
import { decodeEntry, decodeEntryFrame, type Entry } from "../mesh/protocol/entry.ts";
import { fromHex, toHex } from "../mesh/protocol/hex.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import { hashLeaf } from "../mesh/protocol/tree.ts";
import { listEntries, type StoredEntry } from "./entries.ts";
import type { VerifiedLog } from "./verify_report.ts";

/** Entry and content as text: SQLite hands texts over several times as fast as bytes. */
type Row = Readonly<{
  n: number;
  text: string;
  bytes: number;
  hash: string;
  kind: string;
  timeMs: number;
  /** Null when there is none, it was erased or is long. */
  content: string | null;
  contentBytes: number | null;
}>;

/** Longer contents are read one by one, so that a run of them needs little memory. */
const SHORT_BYTES = 64 * 1024;

const RUN = `select e.n, cast(e.bytes as text) as text, length(e.bytes) as bytes,
  lower(hex(e.hash)) as hash, e.kind, e.time_ms as timeMs, length(c.bytes) as contentBytes,
  case when length(c.bytes) <= ${SHORT_BYTES} then cast(c.bytes as text) end as content
  from entries e left join contents c on c.log = e.log and c.n = e.n
  where e.log = ? and e.n >= ? and e.n < ? order by e.n`;

/**
 * Verifies the entries from an index to before another and their contents. Answers the leaf hashes side by side, fewer where
 * the log ends, undefined where an entry is missing before others.
 */
export function verifyEntries(
  verified: VerifiedLog,
  from: number,
  to: number,
): Uint8Array | undefined {
  const { db, log, capsuleId, report } = verified;
  let leaves = "";
  for (const [i, row] of (db.prepare(RUN).all(log, from, to) as Row[]).entries()) {
    const index = from + i;
    if (row.n !== index) {
      report.add(`Log ${log}: entry ${index} is not there`);
      return undefined;
    }
    leaves += isAsStored(capsuleId, row) ? row.hash : verifyParts(verified, index);
  }
  return fromHex(leaves);
}

const KIND = /^[a-z]{1,32}$/;

/**
 * The common case fast: the entry is, to the byte, what would be written for its row and its content (docs/protocol.md §7), so
 * it keeps every rule and names this content. What is not is looked at part by part, as bytes.
 */
function isAsStored(capsuleId: string, row: Row): boolean {
  const { text, content } = row;
  // Bytes that are no UTF-8 become this character.
  if (content === null || content.includes("\ufffd") || !KIND.test(row.kind)) return false;
  const date = new Date(row.timeMs);
  const time = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  const leaf = `\0capsule entry 1\n${capsuleId}\n${row.n}\n${time}\n${row.kind}\n` +
    `${hash("sha256", content)} ${row.contentBytes}\n`;
  return time.length === 24 && leaf.length === row.bytes + 1 && leaf.length === text.length + 1 &&
    leaf.endsWith(text) && hash("sha256", leaf) === row.hash;
}

/** Says what is wrong with an entry, if anything is; answers its leaf hash. */
function verifyParts(verified: VerifiedLog, index: number): string {
  const { db, log, report } = verified;
  const [stored] = listEntries(db, log, index, 1) as [StoredEntry];
  const place = `Log ${log}, entry ${index}`;
  const leaf = hashLeaf(stored.bytes);
  let entry: Entry;
  try {
    entry = decodeParts(verified, stored);
  } catch (error) {
    report.add(`${place}: ${error instanceof Error ? error.message : "unreadable"}`);
    return toHex(leaf);
  }
  report.check(equalBytes(leaf, stored.hash), `${place}: its hash is not the stored one`);
  report.check(entry.kind === stored.kind, `${place}: its kind is not the stored one`);
  const isTime = Date.parse(entry.time) === stored.timeMs;
  report.check(isTime, `${place}: its time is not the stored one`);
  verifyContent(verified, entry);
  return toHex(leaf);
}

/** An entry of a later version is kept with the parts that all versions share (docs/protocol.md §7). */
function decodeParts(
  { capsuleId }: VerifiedLog,
  { index, bytes, kind, timeMs }: StoredEntry,
): Entry {
  if (kind !== "") return decodeEntry(bytes, { capsuleId, index });
  const time = new Date(timeMs).toISOString();
  return { capsuleId, index, kind, time, ...decodeEntryFrame(bytes, { capsuleId, index }) };
}

function verifyContent({ db, log, isOwn, report }: VerifiedLog, entry: Entry): void {
  const place = `Log ${log}, entry ${entry.index}`;
  const row = db.prepare("select bytes from contents where log = ? and n = ?")
    .get(log, entry.index) as { bytes: Uint8Array | null } | undefined;
  if (row === undefined) {
    // What copies lack is counted elsewhere.
    const isMissing = isOwn && db.prepare("select 1 from missing_contents where log = ? and n = ?")
          .get(log, entry.index) === undefined;
    return report.check(!isMissing, `${place}: its content is not there`);
  }
  if (row.bytes === null) return;
  const isWhole = row.bytes.length === entry.contentBytes &&
    equalBytes(hash("sha256", row.bytes, "buffer"), entry.contentHash);
  report.check(isWhole, `${place}: its content is not the one it names`);
}
