/** The contents that the checker reads to learn what single entries decided. @module */
import { type Content, decodeContent } from "../mesh/protocol/content.ts";
import type { VerifiedLog } from "./verify_report.ts";

/** A kind of which a log has few, so that its entries are found without reading all of it. */
export type RareKind = "profile" | "address" | "withdraw" | "follow" | "unfollow";

/** Kinds that have an index of their own, together. */
const RARE: Readonly<Record<RareKind, string>> = {
  profile: "('profile', 'address', 'withdraw')",
  address: "('profile', 'address', 'withdraw')",
  withdraw: "('profile', 'address', 'withdraw')",
  follow: "('follow', 'unfollow')",
  unfollow: "('follow', 'unfollow')",
};

/** The held contents of rare kinds that are shown, in the order of the log. */
export function* listContents(
  { db, log, capsuleId }: VerifiedLog,
  kinds: readonly [RareKind, ...RareKind[]],
): Generator<Readonly<{ index: number; content: Content }>> {
  const wanted = kinds.map(() => "?").join(", ");
  const rows = db.prepare(
    `select e.n as "index", e.kind, c.bytes from entries e join contents c on c.log = e.log and c.n = e.n
     where e.log = ? and e.kind in (${wanted}) and e.kind in ${RARE[kinds[0]]}
     and c.state = 'held' order by e.n`,
  ).iterate(log, ...kinds) as Iterable<{ index: number; kind: string; bytes: Uint8Array }>;
  for (const { index, kind, bytes } of rows) {
    const content = decodeContent(bytes, kind, capsuleId);
    if (content !== undefined) yield { index, content };
  }
}
