/** Which contents may not come again: they were taken down here (P12). @module */
import type { Content } from "../mesh/protocol/content.ts";
import { toHex } from "../mesh/protocol/hex.ts";
import type { Projection } from "./projection.ts";
import { decodeStoredFrame } from "./stored_values.ts";
import { isTakenDown } from "./takedown_list.ts";

/** Says whether an entry, the bytes it names, or the piece it revises was taken down. */
export function isRefused(
  { db, log, capsuleId }: Projection,
  entry: Readonly<{ index: number; hash: Uint8Array; bytes: Uint8Array }>,
  content: Content | undefined,
): boolean {
  const { index } = entry;
  if (isTakenDown(db, "entry", toHex(entry.hash))) return true;
  const { contentHash } = decodeStoredFrame(entry.bytes, { capsuleId, index });
  if (isTakenDown(db, "content", toHex(contentHash))) return true;
  if (content?.kind !== "revise" || content.revises >= index) return false;
  return db.prepare("select 1 from contents where log = ? and n = ? and state = 'takendown'")
    .get(log, content.revises) !== undefined;
}
