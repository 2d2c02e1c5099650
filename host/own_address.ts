/** The address of the own capsule: what links begin with, and publishing a new one. @module */
import type { Mesh } from "../mesh/mesh.ts";
import { moveCapsule } from "../mesh/move.ts";
import { findAddressProblem } from "../mesh/new_address.ts";
import { findSigningProblem } from "../mesh/signing.ts";
import type { LogLine } from "../routes/app.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { findDamage } from "../storage/damage.ts";
import type { Database } from "../storage/database.ts";
import { problemSentence } from "../views/problem_sentences.ts";

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

/** An address that does not lead here yet is asked again after so long. */
const AGAIN_MS = 60_000;

/**
 * Makes what publishes the given address, to be called now and then: at once where the capsule has none, and in place of another
 * one as soon as this capsule answers there, so that nobody is sent to a place where it is not. Says so, or why it waits. Once the
 * given address was the capsule's, another one is its owner's newer wish: it stays, and what to do is said once.
 */
export function makeAddressPublishing(
  mesh: Mesh,
  options: Readonly<{
    address: string | undefined;
    log: (line: LogLine) => void;
    remark: (text: string) => void;
    /** Ends a question that is open. */
    signal: AbortSignal;
  }>,
): () => void {
  const { db, now } = mesh;
  const { address, log, remark, signal } = options;
  let nextMs = 0;
  let told: string | undefined;
  let hasBeen = false;

  const publish = (to: string) => {
    // While followers are asked it waits; while another copy runs, or the key is retired, it is not ours to say.
    if (signal.aborted) return;
    if (findSigningProblem(db, now()) !== undefined) {
      nextMs = 0;
      return;
    }
    const moved = moveCapsule({ db, now }, to);
    if (moved === "same") return;
    remark(
      `The capsule's address is now ${to}` +
        (moved.from === null ? "." : `; it was ${moved.from}.`),
    );
  };
  const check = async (to: string) => {
    const problem = await findAddressProblem(mesh, to, signal);
    if (problem === undefined) return publish(to);
    if (signal.aborted || problem === told) return;
    told = problem;
    remark(
      `The new address ${to} is not published yet: this capsule does not answer there. ` +
        `${problemSentence(problem)} It is asked again every minute; ` +
        `\`capsule move ${to} --anyway\` publishes it now.`,
    );
  };
  const leave = (to: string) => {
    if (to === told) return;
    told = to;
    remark(
      `The capsule's address is now ${to}. Start serve with --address ${to} from now on: until then links here ` +
        `lead to ${address}, and a start with that one makes it the capsule's again.`,
    );
  };
  return () => {
    if (address === undefined || now() < nextMs) return;
    const capsule = findOwnCapsule(db);
    if (capsule === undefined) return;
    if (capsule.address === address) {
      hasBeen = true;
      return;
    }
    if (hasBeen && capsule.address !== null) return leave(capsule.address);
    if (findDamage(db) !== undefined || findSigningProblem(db, now()) !== undefined) return;
    if (capsule.address === null) return publish(address);
    nextMs = now() + AGAIN_MS;
    check(address).catch((error) => {
      log({ level: "error", message: "The new address could not be checked.", error });
    });
  };
}
