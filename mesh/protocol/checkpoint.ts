/** Checkpoints: the signed size and root of a log, c2sp.org/tlog-checkpoint (docs/protocol.md §9). */
import { decodeCapsuleId } from "./capsule_id.ts";
import { ProtocolError } from "./errors.ts";
import { signNote, verifyNote } from "./note.ts";
import type { Sign, Verify } from "./public_key.ts";
import { decodeInteger, encodeInteger, equalBytes, fromBase64Hash, toBase64 } from "./text.ts";
import { EMPTY_ROOT } from "./tree_hash.ts";

/** Size and root of a log, as signed. */
export type Checkpoint = Readonly<{
  /** The capsule whose log this is. */
  capsuleId: string;
  /** Number of entries. */
  size: number;
  /** Root hash of the tree over them, 32 bytes. */
  root: Uint8Array;
}>;

/** Encodes the three lines that are signed. Throws `checkpoint_form` or what its parts throw. */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  decodeCapsuleId(checkpoint.capsuleId);
  checkRoot(checkpoint.size, checkpoint.root);
  const size = encodeInteger(checkpoint.size);
  return `${checkpoint.capsuleId}\n${size}\n${toBase64(checkpoint.root)}\n`;
}

/** Decodes the text of a checkpoint of this capsule. Throws `checkpoint_form`, `checkpoint_origin`. */
export function decodeCheckpoint(text: string, capsuleId: string): Checkpoint {
  const lines = text.split("\n");
  const [origin, size, root64] = lines;
  const root = root64 === undefined ? undefined : fromBase64Hash(root64);
  if (lines.length !== 4 || lines[3] !== "" || size === undefined || root === undefined) {
    throw new ProtocolError("checkpoint_form", "Cannot decode checkpoint: expected three lines");
  }
  if (origin !== capsuleId) {
    throw new ProtocolError("checkpoint_origin", `Cannot decode checkpoint: of ${origin}`);
  }
  const checkpoint = { capsuleId, size: decodeInteger(size), root };
  checkRoot(checkpoint.size, root);
  return checkpoint;
}

/** Signs a checkpoint with the signing key; `publicKey` is that key's public half. */
export function signCheckpoint(checkpoint: Checkpoint, publicKey: Uint8Array, sign: Sign): string {
  const text = encodeCheckpoint(checkpoint);
  return signNote({ text, name: checkpoint.capsuleId, publicKey, sign });
}

/**
 * Verifies a checkpoint of this capsule under this signing key. Throws what `verifyNote` and
 * `decodeCheckpoint` throw. Whether it stands under an identity: `verifyHead` in identity.ts.
 */
export function verifyCheckpoint(
  note: string,
  capsuleId: string,
  publicKey: Uint8Array,
  verify: Verify,
): Checkpoint {
  return decodeCheckpoint(verifyNote(note, capsuleId, publicKey, verify), capsuleId);
}

/** Refuses a root of the wrong length, and any but the empty tree's for size 0. */
export function checkRoot(size: number, root: Uint8Array): void {
  if (root.length !== 32 || (size === 0 && !equalBytes(root, EMPTY_ROOT))) {
    throw new ProtocolError(
      "checkpoint_form",
      "Cannot use root: wrong length, or size 0 not empty",
    );
  }
}
