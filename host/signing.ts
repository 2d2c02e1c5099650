/** Before a command publishes: the start rules, unless the running server has run them (docs/protocol.md §13.4). @module */
import { allowAnyway } from "../mesh/start_state.ts";
import {
  findRetired,
  findServingStart,
  findSigningProblem,
  isCheckNeeded,
} from "../mesh/signing.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findSigning } from "../storage/signing.ts";
import type { Context, Options } from "./command.ts";
import { isServedNow } from "./lease.ts";
import { withMesh } from "./mesh.ts";

/** Flags of every command that publishes. */
export const SIGNING_OPTIONS: Options = {
  "sign-anyway": { type: "boolean", text: "publish although no follower can be asked now" },
  dev: { type: "boolean", text: "development: http and private addresses are allowed" },
};

/** A server's own check takes 20 seconds at most. */
const CHECK_MS = 25_000;
const POLL_MS = 50;

/**
 * Makes sure that this database may sign, as far as that can be found out; what still stands in the way is told when something
 * is published. With followers or an address, and without a running server, they are asked first.
 */
export async function prepareSigning(context: Context, db: Database): Promise<void> {
  const own = findOwnCapsule(db);
  if (own === undefined || findRetired(db, own) !== undefined) return;
  const isServed = await isServedNow(db, context.now);
  // What a server found that is not there says nothing about this database: it may be a copy of that server's.
  const isUnasked = findSigningProblem(db, context.now()) !== undefined ||
    (findServingStart(db, context.now()) !== undefined && isCheckNeeded(db));
  if (isServed) await waitForServer(context, db);
  else if (isUnasked) {
    const { checkStart } = await import("../mesh/start.ts");
    await withMesh(context, db, (mesh) => checkStart(mesh));
  }
  if (context.flag("sign-anyway")) allowAnyway(db, context.now());
}

async function waitForServer({ now }: Context, db: Database): Promise<void> {
  const deadlineMs = now() + CHECK_MS;
  while (now() < deadlineMs) {
    const serving = findServingStart(db, now());
    const signing = findSigning(db);
    const isAsking = serving !== undefined &&
      findSigningProblem(db, now())?.code === "not_checked" &&
      (signing === undefined || signing.start !== serving || signing.outcome === "checking");
    if (!isAsking) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
