/** Fork proofs: two checkpoints that cannot be of one log (docs/protocol.md §9.3). */
import { ProtocolError } from "./errors.ts";
import { type Identity, verifyHead } from "./identity.ts";
import type { Verify } from "./public_key.ts";
import { equalBytes } from "./text.ts";
import { verifyConsistency } from "./tree_proof.ts";

/** Evidence that one signing key signed two logs. */
export type ForkProof = Readonly<{
  /** The checkpoint that is not larger, as a signed note. */
  smaller: string;
  /** The other checkpoint, as a signed note. */
  larger: string;
  /** The root that the larger tree has at the smaller size, 32 bytes. */
  largerRootBefore: Uint8Array;
  /** Consistency proof from that root to the larger checkpoint; empty when the sizes are equal. */
  hashes: readonly Uint8Array[];
}>;

/**
 * Verifies a fork proof under the newest record of an identity. Throws `ProtocolError` `fork_unproved`
 * when the two can be of one log, and what `verifyHead` and `verifyConsistency` throw.
 */
export function verifyForkProof(identity: Identity, proof: ForkProof, verify: Verify): void {
  const smaller = verifyHead(identity, proof.smaller, verify);
  const larger = verifyHead(identity, proof.larger, verify);
  verifyConsistency(
    smaller.size,
    proof.largerRootBefore,
    larger.size,
    larger.root,
    proof.hashes,
  );
  if (equalBytes(smaller.root, proof.largerRootBefore)) {
    throw new ProtocolError(
      "fork_unproved",
      "Cannot prove fork: the larger tree has the same root",
    );
  }
}
