/** Fork proofs: for each log at most one, the first that was found (docs/protocol.md §9.3). @module */
import type { Database } from "./database.ts";

/** A stored proof. */
export type StoredForkProof = Readonly<{
  /** The proof as it travels, JSON. */
  proof: string;
  /** When it was found, Unix milliseconds. */
  foundAtMs: number;
}>;

/** Finds the proof that a log was forked; undefined when none is known. */
export function findForkProof(db: Database, log: number): StoredForkProof | undefined {
  return db.prepare("select proof, found_at_ms as foundAtMs from fork_proofs where log = ?")
    .get(log) as StoredForkProof | undefined;
}

/** Inserts a proof; false when there is one already, which stays. */
export function insertForkProof(
  db: Database,
  log: number,
  { proof, foundAtMs }: StoredForkProof,
): boolean {
  return db.prepare(
    "insert into fork_proofs (log, proof, found_at_ms) values (?, ?, ?) on conflict (log) do nothing",
  ).run(log, proof, foundAtMs).changes === 1;
}

/** Deletes the proof: a newer identity record ended the fork. */
export function deleteForkProof(db: Database, log: number): void {
  db.prepare("delete from fork_proofs where log = ?").run(log);
}
