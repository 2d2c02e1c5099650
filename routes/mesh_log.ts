/** Calls about one log: checkpoint, identity, tiles, entries, proofs, holdings (docs/protocol.md §12.2 to §12.6, §12.11). @module */
import type { Hono } from "hono";
import { decodeInteger } from "../mesh/protocol/text.ts";
import { decodeTilePath } from "../mesh/protocol/tile_path.ts";
import { describeHoldings } from "../mesh/holdings.ts";
import { makeProofDocument } from "../mesh/proofs.ts";
import { listIdentityRecords } from "../storage/identity_records.ts";
import type { Deps, Env } from "./app.ts";
import { answer, MeshProblem } from "./mesh_answers.ts";
import { encodeRun, readRun } from "./mesh_entries.ts";
import { decodeInput, findServed } from "./mesh_served.ts";
import { readTileAnswer } from "./mesh_tiles.ts";

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";
const NDJSON = "application/x-ndjson";

/** Adds the calls about one log. */
export function addLogRoutes(app: Hono<Env>, { db }: Deps): void {
  app.get("/mesh/1/:id/checkpoint", (c) => {
    const { checkpoint, record } = findServed(db, c.req.param("id"));
    if (checkpoint.note === "") {
      c.header("Capsule-Record", record);
      throw new MeshProblem(404, "checkpoint_unknown", "The head is the newest record's cut");
    }
    return answer(c, { body: checkpoint.note, type: TEXT, cache: "no-cache", record });
  });
  app.get("/mesh/1/:id/identity", (c) => {
    const { capsule, record } = findServed(db, c.req.param("id"));
    const notes = listIdentityRecords(db, capsule.log).map((stored) => stored.note);
    const body = `${JSON.stringify(notes)}\n`;
    return answer(c, { body, type: JSON_TYPE, cache: "no-cache", record });
  });
  app.get("/mesh/1/:id/tile/*", (c) => {
    const served = findServed(db, c.req.param("id"));
    // The path as sent: a percent-encoded spelling of it is another path.
    const path = new URL(c.req.url).pathname.slice(`/mesh/1/${c.req.param("id")}/`.length);
    return answer(c, readTileAnswer(db, served, decodeInput(() => decodeTilePath(path))));
  });
  app.get("/mesh/1/:id/entries", (c) => {
    const served = findServed(db, c.req.param("id"));
    const { from, count } = readRun(c, served.checkpoint.size);
    const body = encodeRun(db, served, from, count);
    const { record } = served;
    return answer(c, { body, type: NDJSON, cache: "no-cache", record });
  });
  app.get("/mesh/1/:id/proof/:index", (c) => {
    const { capsule, checkpoint, record } = findServed(db, c.req.param("id"));
    const index = decodeInput(() => decodeInteger(c.req.param("index")));
    const proof = index < checkpoint.size ? makeProofDocument(db, capsule.log, index) : undefined;
    if (proof === undefined) throw new MeshProblem(404, "entry_unknown", "No such entry here");
    if (proof === "withdrawn") {
      throw new MeshProblem(410, "withdrawn", "The author has withdrawn this entry's content");
    }
    if (proof === "takendown") {
      throw new MeshProblem(451, "taken_down", "This entry's content was removed here");
    }
    return answer(c, { body: proof, type: JSON_TYPE, cache: "no-cache", record });
  });
  app.get("/mesh/1/:id/holdings", (c) => {
    const { capsule, record } = findServed(db, c.req.param("id"));
    const body = `${JSON.stringify(describeHoldings(db, capsule))}\n`;
    return answer(c, { body, type: JSON_TYPE, cache: "no-cache", record });
  });
}
