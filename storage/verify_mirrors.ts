/** Verifies what only copies have: gaps, heads without checkpoint, what is missing, wanted, counted or set aside. @module */
import { hash } from "node:crypto";
import { decodeEntryFrame } from "../mesh/protocol/entry.ts";
import { ProtocolError } from "../mesh/protocol/errors.ts";
import { fromHex, toHex } from "../mesh/protocol/hex.ts";
import { TILE_WIDTH } from "../mesh/protocol/limits.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import { extendTree, treeRoot } from "../mesh/protocol/tree.ts";
import { findCheckpoint } from "./checkpoints.ts";
import type { Range } from "./missing_entries.ts";
import { findTile } from "./tiles.ts";
import { verifyEntries } from "./verify_entries.ts";
import { listContents } from "./verify_contents.ts";
import type { VerifiedLog } from "./verify_report.ts";
import type { ShownVerifier } from "./verify_shown.ts";

/** What a log may lack without a fault. */
export type Gaps = Readonly<
  { missing: readonly Range[]; isConfirmed: boolean; isLeaving: boolean }
>;

/** What is missing of a log, and whether it is a copy between two records, or on its way out. */
export function findGaps({ db, log }: VerifiedLog): Gaps {
  const missing = db.prepare(
    `select from_n as "from", to_n as "to" from missing_entries where log = ? order by from_n`,
  ).all(log) as Range[];
  const mirror = db.prepare("select is_confirmed as isConfirmed, state from mirrors where log = ?")
    .get(log) as { isConfirmed: number; state: string } | undefined;
  return {
    missing,
    isConfirmed: mirror?.isConfirmed !== 0,
    isLeaving: mirror?.state === "leaving",
  };
}

/** Verifies the entries of a log with gaps, and that the gaps are exactly what is not there. */
export function verifyPart(
  verified: VerifiedLog,
  { missing, isConfirmed }: Gaps,
  shown: ShownVerifier | undefined,
): void {
  const { db, log, report } = verified;
  const { size, root } = findCheckpoint(db, log) ?? { size: 0, root: new Uint8Array(0) };
  const find = db.prepare("select n from entries where log = ? and n >= ? and n < ? limit 1");
  let from = 0;
  for (const gap of [...missing, { from: size, to: Number.MAX_SAFE_INTEGER }]) {
    const isInOrder = gap.from > from || gap.from === 0 && from === 0 || gap.from === size;
    report.check(isInOrder && gap.from <= size, `Log ${log}: ranges of missing entries overlap`);
    verifyHeld(verified, { from, to: gap.from }, isConfirmed, shown);
    const isEmpty = find.get(log, gap.from, gap.to) === undefined;
    report.check(isEmpty, `Log ${log}: entries from ${gap.from} on are missing and held`);
    from = gap.to;
    if (report.isFull) return;
  }
  shown?.finish();
  if (isConfirmed) verifyEdge(verified, size, root);
}

function verifyHeld(
  verified: VerifiedLog,
  { from, to }: Range,
  isConfirmed: boolean,
  shown: ShownVerifier | undefined,
): void {
  const { log, report } = verified;
  for (let start = from; start < to && !report.isFull;) {
    const end = Math.min(to, (Math.floor(start / TILE_WIDTH) + 1) * TILE_WIDTH);
    const leaves = verifyEntries(verified, start, end);
    if (leaves === undefined) return;
    shown?.verifyRun(start, end);
    report.advance(leaves.length / 32);
    const isWhole = leaves.length === (end - start) * 32;
    report.check(isWhole, `Log ${log}: entries before ${end} are neither held nor missing`);
    if (isConfirmed) verifyTiles(verified, start, leaves);
    start = end;
  }
}

/** What is stored of the tree has these leaves. */
function verifyTiles({ db, log, report }: VerifiedLog, from: number, leaves: Uint8Array): void {
  const n = Math.floor(from / TILE_WIDTH);
  const start = (from % TILE_WIDTH) * 32;
  const tile = findTile(db, log, 0, n)?.subarray(start, start + leaves.length);
  const isSame = tile === undefined || equalBytes(tile, leaves.subarray(0, tile.length));
  report.check(isSame, `Log ${log}: tile ${n} of level 0 is not that of its entries`);
  if (leaves.length < TILE_WIDTH * 32) return;
  const hashes = Array.from(
    { length: TILE_WIDTH },
    (_, i) => leaves.subarray(i * 32, i * 32 + 32),
  );
  const { root } = extendTree(0, hashes, () => undefined);
  const place = (n % TILE_WIDTH) * 32;
  const parent = findTile(db, log, 1, Math.floor(n / TILE_WIDTH))?.subarray(place, place + 32);
  const isChild = parent === undefined || parent.length < 32 || equalBytes(parent, root);
  report.check(isChild, `Log ${log}: entries from ${from} on are not of its tree`);
}

function verifyEdge({ db, log, report }: VerifiedLog, size: number, root: Uint8Array): void {
  try {
    const found = treeRoot(size, (level, n) => findTile(db, log, level, n));
    report.check(equalBytes(found, root), `Log ${log}: its tiles do not add up to its root`);
  } catch (error) {
    // While the first tiles come; a whole log is verified tile by tile.
    if (!(error instanceof ProtocolError && error.code === "tile_form")) throw error;
  }
}

/** Verifies what is kept beside a log's entries: missing contents, wanted pictures, counters, follows, what is set aside. */
export function verifyBeside(verified: VerifiedLog): void {
  const { db, log, isOwn, report } = verified;
  const count = (sql: string) => (db.prepare(sql).get(log) as { n: number }).n;
  const strays = count(
    `select count(*) as n from missing_contents m left join contents c on c.log = m.log and c.n = m.n
     left join entries e on e.log = m.log and e.n = m.n where m.log = ? and (c.n is not null or e.n is null)`,
  );
  report.check(strays === 0, `Log ${log}: ${strays} contents are missing and held, or nobody's`);
  const wanted = count(
    `select count(*) as n from wanted_blobs w where w.log = ? and (exists (select 1 from blobs b where b.hash = w.hash)
     or (select max(u.n) from blob_uses u where u.hash = w.hash and u.log = w.log) is not w.n)`,
  );
  report.check(wanted === 0, `Log ${log}: ${wanted} pictures are wanted that are here or unnamed`);
  verifyFollows(verified);
  verifySetAside(verified);
  if (isOwn) return;
  const lost = count(
    `select count(*) as n from entries e left join contents c on c.log = e.log and c.n = e.n
     left join missing_contents m on m.log = e.log and m.n = e.n
     where e.log = ? and c.n is null and m.n is null`,
  );
  report.check(lost === 0, `Log ${log}: ${lost} contents are neither held nor missing`);
  verifyMirrorCounters(verified);
}

function verifyMirrorCounters({ db, log, report }: VerifiedLog): void {
  const columns =
    "entries, contents, content_bytes as contentBytes, blobs, blob_bytes as blobBytes";
  const kept = db.prepare(`select ${columns} from mirrors where log = ?`).get(log);
  if (kept === undefined) return report.add(`Log ${log} is of nobody who is followed`);
  const counted = db.prepare(
    `select (select count(*) from entries where log = ?1) as entries, count(*) as contents,
     coalesce(sum(length(bytes)), 0) as contentBytes,
     (select count(*) from blobs b where b.hash in (select hash from blob_uses where log = ?1)) as blobs,
     (select coalesce(sum(b.bytes), 0) from blobs b
       where b.hash in (select hash from blob_uses where log = ?1)) as blobBytes
     from contents where log = ?1 and state = 'held'`,
  ).get(log);
  const [expected, found] = [JSON.stringify(counted), JSON.stringify(kept)];
  report.check(expected === found, `Log ${log}: expected counters ${expected}, found ${found}`);
}

function verifyFollows(verified: VerifiedLog): void {
  const { db, log, report } = verified;
  const expected = new Map<string, string>();
  for (const { index, content } of listContents(verified, ["follow", "unfollow"])) {
    if (content.kind !== "follow" && content.kind !== "unfollow") continue;
    const address = content.kind === "follow" ? content.address : "";
    expected.set(content.follows, `${index} ${address}`);
  }
  const rows = db.prepare(
    `select id, n || ' ' || address as said, is_followed as isFollowed from follows where log = ?`,
  ).all(log) as { id: string; said: string; isFollowed: number }[];
  const isSame = rows.length === expected.size &&
    rows.every(({ id, said, isFollowed }) =>
      expected.get(id) === said && said.endsWith(" ") === (isFollowed === 0)
    );
  report.check(isSame, `Log ${log}: whom its author follows is not what the entries say`);
}

function verifySetAside({ db, log, capsuleId, report }: VerifiedLog): void {
  const rows = db.prepare(
    `select n, bytes, content from entries_set_aside where log = ? order by n`,
  ).iterate(log) as Iterable<{ n: number; bytes: Uint8Array; content: Uint8Array | null }>;
  for (const { n, bytes, content } of rows) {
    const { contentHash } = decodeEntryFrame(bytes, { capsuleId, index: n });
    const isWhole = content === null || equalBytes(hash("sha256", content, "buffer"), contentHash);
    report.check(isWhole, `Log ${log}: entry ${n}, set aside, is not with the content it names`);
  }
}

/** Verifies that nothing is here that was taken down (P12). */
export function verifyTakedowns({ db, report }: Pick<VerifiedLog, "db" | "report">): void {
  const rows = db.prepare("select kind, target from takedowns where kind in ('entry', 'blob')")
    .all() as { kind: string; target: string }[];
  const findBlob = db.prepare("select 1 from blobs where hash = ?");
  const entries = new Set<string>();
  for (const { kind, target } of rows) {
    if (kind === "entry") entries.add(target);
    else report.check(!findBlob.get(fromHex(target)), `The picture ${target} was taken down`);
  }
  if (entries.size === 0) return;
  const held = db.prepare(
    `select e.hash from contents c join entries e on e.log = c.log and e.n = c.n where c.bytes is not null`,
  ).iterate() as Iterable<{ hash: Uint8Array }>;
  for (const row of held) {
    const name = toHex(row.hash);
    report.check(!entries.has(name), `The content of entry ${name} was taken down`);
  }
}
