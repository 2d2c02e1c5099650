/** Asking a source for the head of a log (docs/protocol.md §9.2, §12.2, §13). @module */
import { ProtocolError } from "./protocol/errors.ts";
import { type Identity, isClosed, verifyHead } from "./protocol/identity.ts";
import { JSON_BYTES_MAX, NOTE_BYTES_MAX } from "./protocol/limits.ts";
import { decodeUtf8, equalBytes } from "./protocol/text.ts";
import { SourceProblem } from "./pull_problem.ts";
import {
  askLog,
  askTwice,
  explainStatus,
  type LogSource,
  readErrorCode,
  readIdentityNotes,
  readToldRecord,
  type ToldRecord,
} from "./question.ts";
import { verifySignature } from "./verify_signature.ts";

/** A head that a source showed and that stands under the newest record here. */
export type ShownHead = Readonly<{
  size: number;
  root: Uint8Array;
  /** The checkpoint; "" when the head is the cut itself. */
  note: string;
}>;

/** What a source said of the head. */
export type ToldHead = Readonly<{
  /** Undefined when it speaks under another record than the newest one here. */
  head: ShownHead | undefined;
  /** Its newest record, if it said so. */
  record: ToldRecord | undefined;
}>;

/**
 * Asks for the checkpoint. Throws what `verifyHead` throws when it is wrong under the very record that we have too, and
 * what `askLog` throws.
 */
export async function askHead(source: LogSource, identity: Identity): Promise<ToldHead> {
  return await askTwice(async (isFresh) => {
    const { ask, address, id, now, signal } = source;
    const url = `${address}/mesh/1/${id}/checkpoint`;
    const reply = await ask({
      url,
      bytesMax: NOTE_BYTES_MAX,
      isFresh,
      ...(signal === undefined ? {} : { signal }),
    });
    const record = readToldRecord(reply);
    const isSame = record === undefined || isNewest(record, identity);
    const { cutSize: size, cutRoot: root } = identity.newest;
    if (reply.status === 404 && readErrorCode(reply) === "checkpoint_unknown") {
      return { head: isSame ? { size, root, note: "" } : undefined, record };
    }
    if (reply.status !== 200) throw explainStatus(reply, now());
    if (!isSame) return { head: undefined, record };
    // Under a closing nothing but its cut is valid: whatever else is shown says nothing.
    if (isClosed(identity)) return { head: { size, root, note: "" }, record };
    const note = decodeUtf8(reply.bytes);
    const checkpoint = verifyHead(identity, note, verifySignature);
    return { head: { size: checkpoint.size, root: checkpoint.root, note }, record };
  });
}

/** Says whether a told record is the newest one here. */
export function isNewest(record: ToldRecord, { newest, newestHash }: Identity): boolean {
  return record.n === newest.n && equalBytes(record.hash, newestHash);
}

/** Asks for the identity chain, unverified: its notes are for `acceptIdentity`. */
export async function askIdentity(source: LogSource): Promise<string[]> {
  const reply = await askLog(source, { path: "identity", bytesMax: JSON_BYTES_MAX });
  return readIdentityNotes(reply);
}

/** A source that speaks under another record, after its chain was looked at: it has an older one. */
export function explainOlder(source: LogSource): SourceProblem {
  return new SourceProblem("record_older", `Cannot use head: ${source.address} has another record`);
}

/** Says that a shown tree does not extend the cut: such a checkpoint is void (docs/protocol.md §9.2). */
export function explainVoid(size: number): ProtocolError {
  return new ProtocolError("checkpoint_void", `Cannot use head of ${size}: not on the cut`);
}
