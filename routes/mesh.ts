/** What other capsules and checkers read: docs/protocol.md §12. @module */
import { type Context, Hono } from "hono";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { listIdentityRecords } from "../storage/identity_records.ts";
import { sampleFollowers } from "../mesh/sample_followers.ts";
import type { InboxCall } from "./mesh_inbox.ts";
import type { LogCall } from "./mesh_log.ts";
import { DatabaseProblem } from "../storage/database.ts";
import { allowEveryOrigin, answer, makeReadOnly, MeshProblem, refuse } from "./mesh_answers.ts";
import { answerBlob } from "./mesh_blobs.ts";
import type { Deps, Env } from "./app.ts";

/** Calls with a body. What answers them is loaded with the first one: a capsule that nobody follows hears none, and keeps its memory. */
const INBOX_CALLS: readonly InboxCall[] = ["inbox", "heads", "carried"];
/** Calls about one log; loaded with the first one as well. */
const LOG_CALLS: readonly LogCall[] = [
  "checkpoint",
  "identity",
  "tile/*",
  "entries",
  "proof/:index",
  "holdings",
  "fork",
];

/** Mounts `/.well-known/capsule` and `/mesh/1/…`; every other path below `/mesh/` answers 404 as JSON. */
export function meshRoutes(deps: Deps): Hono<Env> {
  const app = new Hono<Env>();
  app.onError((error, c) => {
    if (error instanceof MeshProblem) return refuse(c, error);
    // A full disk, or a writer that holds on: whoever brings something keeps it and comes again.
    const isRefused = error instanceof DatabaseProblem && error.kind !== "damaged";
    if (isRefused && c.req.method === "POST") return refuse(c, makeReadOnly());
    throw error;
  });
  app.use("/.well-known/capsule", allowEveryOrigin());
  app.use("/mesh/*", allowEveryOrigin());

  app.get("/.well-known/capsule", (c) => answerWellKnown(c, deps));
  app.get("/mesh/1/blob/:hash", (c) => answerBlob(c, deps.db, c.req.param("hash")));
  for (const call of INBOX_CALLS) {
    app.post(`/mesh/1/${call}`, async (c) => {
      const { answerInboxCall } = await import("./mesh_inbox.ts");
      return await answerInboxCall(c, deps, call);
    });
  }
  for (const call of LOG_CALLS) {
    app.get(`/mesh/1/:id/${call}`, async (c) => {
      const { answerLogCall } = await import("./mesh_log.ts");
      return await answerLogCall(c, deps, call);
    });
  }
  app.all("/mesh/*", () => {
    throw new MeshProblem(404, "call_unknown", "No such call in version 1 of the protocol");
  });
  return app;
}

/** docs/protocol.md §12.1. */
function answerWellKnown(c: Context<Env>, deps: Deps): Promise<Response> {
  const { db, startId, now } = deps;
  const own = findOwnCapsule(db);
  const checkpoint = own && findCheckpoint(db, own.log);
  if (own === undefined || checkpoint === undefined) {
    throw new MeshProblem(503, "not_set_up", "This capsule is not set up yet");
  }
  const body = {
    id: own.id,
    name: own.name,
    ...(own.address === null ? {} : { address: own.address }),
    identity: listIdentityRecords(db, own.log).map((record) => record.note),
    ...(checkpoint.note === "" ? {} : { checkpoint: checkpoint.note }),
    // A copy for reading never signs: whoever asks who else might finds none here.
    ...(deps.readOnly === "replica" ? {} : { start: startId }),
    followers: sampleFollowers(db, startId, now()),
  };
  return answer(c, {
    body: `${JSON.stringify(body)}\n`,
    type: "application/json",
    cache: "no-cache",
  });
}
