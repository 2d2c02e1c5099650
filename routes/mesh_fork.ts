/** The call about a fork: the proof that a log was continued in two ways (docs/protocol.md §9.3, §12.12). @module */
import type { Hono } from "hono";
import { findForkProof } from "../storage/fork_proofs.ts";
import type { Deps, Env } from "./app.ts";
import { answer, MeshProblem } from "./mesh_answers.ts";
import { findServed } from "./mesh_served.ts";

/** Adds the call. */
export function addForkRoutes(app: Hono<Env>, { db }: Deps): void {
  app.get("/mesh/1/:id/fork", (c) => {
    const { capsule, record } = findServed(db, c.req.param("id"));
    const found = findForkProof(db, capsule.log);
    if (found === undefined) {
      c.header("Capsule-Record", record);
      throw new MeshProblem(404, "fork_unknown", "No fork of this log is known here");
    }
    return answer(c, { body: found.proof, type: "application/json", cache: "no-cache", record });
  });
}
