/** The address of the own capsule: what links begin with, and publishing a new one. @module */
import { publishAddress } from "../mesh/publish.ts";
import { findSigningProblem } from "../mesh/signing.ts";
import type { LogLine } from "../routes/app.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { findDamage } from "../storage/damage.ts";
import type { Database } from "../storage/database.ts";

/** The public origin as it is now: the given address, else the capsule's, else this machine's own. */
export function makeOrigin(
  db: Database,
  given: string | undefined,
  local: () => string,
): () => string {
  if (given !== undefined) return () => given;
  let mark: string | undefined;
  let address: string | null = null;
  return () => {
    const newest = db.changeMark();
    if (newest !== mark) {
      address = findOwnCapsule(db)?.address ?? null;
      mark = newest;
    }
    return address ?? local();
  };
}

/** Publishes the given address once the capsule has another one (or none), and says so. */
export function publishGivenAddress(
  db: Database,
  options: Readonly<{
    address: string | undefined;
    now: () => number;
    log: (line: LogLine) => void;
    remark: (text: string) => void;
  }>,
): void {
  const { address, now } = options;
  if (address === undefined) return;
  const capsule = findOwnCapsule(db);
  if (capsule === undefined || capsule.address === address) return;
  if (findDamage(db) !== undefined) return;
  // While followers are asked it waits; while another copy runs, or the key is retired, it is not ours to say.
  if (findSigningProblem(db, now()) !== undefined) return;
  publishAddress({ db, now }, address);
  options.remark(
    `The capsule's address is now ${address}` +
      (capsule.address === null ? "." : `; it was ${capsule.address}.`),
  );
}
