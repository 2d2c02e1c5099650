/** Calls about one log: checkpoint, identity, tiles, entries, proofs, holdings, fork (docs/protocol.md §12.2 to §12.6, §12.11, §12.12). @module */
import type { Context } from "hono";
import { decodeInteger } from "../mesh/protocol/text.ts";
import { decodeTilePath } from "../mesh/protocol/tile_path.ts";
import { describeHoldings } from "../mesh/holdings.ts";
import { makeProofDocument } from "../mesh/proofs.ts";
import type { Database } from "../storage/database.ts";
import { findForkProof } from "../storage/fork_proofs.ts";
import { listIdentityRecords } from "../storage/identity_records.ts";
import type { Deps, Env } from "./app.ts";
import { type Answer, answer, MeshProblem } from "./mesh_answers.ts";
import { encodeRun, readRun } from "./mesh_entries.ts";
import { decodeInput, findServed, type Served } from "./mesh_served.ts";
import { readTileAnswer } from "./mesh_tiles.ts";

/** A call: what stands behind `/mesh/1/{id}/`. */
export type LogCall =
  | "checkpoint"
  | "identity"
  | "tile/*"
  | "entries"
  | "proof/:index"
  | "holdings"
  | "fork";

type Call = Readonly<{ c: Context<Env>; db: Database; served: Served }>;

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";
const NDJSON = "application/x-ndjson";

const CALLS: Readonly<Record<LogCall, (call: Call) => Answer>> = {
  "checkpoint": readCheckpoint,
  "identity": readIdentity,
  "tile/*": readTile,
  "entries": readEntries,
  "proof/:index": readProof,
  "holdings": readHoldings,
  "fork": readFork,
};

/** Answers one of them. */
export function answerLogCall(c: Context<Env>, { db }: Deps, call: LogCall): Promise<Response> {
  const served = findServed(db, c.req.param("id") ?? "");
  return answer(c, CALLS[call]({ c, db, served }));
}

function readCheckpoint({ c, served: { checkpoint, record } }: Call): Answer {
  if (checkpoint.note === "") {
    c.header("Capsule-Record", record);
    throw new MeshProblem(404, "checkpoint_unknown", "The head is the newest record's cut");
  }
  return { body: checkpoint.note, type: TEXT, cache: "no-cache", record };
}

function readIdentity({ db, served: { capsule, record } }: Call): Answer {
  const notes = listIdentityRecords(db, capsule.log).map((stored) => stored.note);
  return { body: `${JSON.stringify(notes)}\n`, type: JSON_TYPE, cache: "no-cache", record };
}

function readTile({ c, db, served }: Call): Answer {
  // The path as sent: a percent-encoded spelling of it is another path.
  const path = new URL(c.req.url).pathname.slice(`/mesh/1/${c.req.param("id")}/`.length);
  return readTileAnswer(db, served, decodeInput(() => decodeTilePath(path)));
}

function readEntries({ c, db, served }: Call): Answer {
  const { from, count } = readRun(c, served.checkpoint.size);
  const body = encodeRun(db, served, from, count);
  return { body, type: NDJSON, cache: "no-cache", record: served.record };
}

function readProof({ c, db, served: { capsule, checkpoint, record } }: Call): Answer {
  const index = decodeInput(() => decodeInteger(c.req.param("index") ?? ""));
  const proof = index < checkpoint.size ? makeProofDocument(db, capsule.log, index) : undefined;
  if (proof === undefined) throw new MeshProblem(404, "entry_unknown", "No such entry here");
  if (proof === "withdrawn") {
    throw new MeshProblem(410, "withdrawn", "The author has withdrawn this entry's content");
  }
  if (proof === "takendown") {
    throw new MeshProblem(451, "taken_down", "This entry's content was removed here");
  }
  return { body: proof, type: JSON_TYPE, cache: "no-cache", record };
}

function readHoldings({ db, served: { capsule, record } }: Call): Answer {
  const body = `${JSON.stringify(describeHoldings(db, capsule))}\n`;
  return { body, type: JSON_TYPE, cache: "no-cache", record };
}

/** The proof that a log was continued in two ways (docs/protocol.md §9.3). */
function readFork({ c, db, served: { capsule, record } }: Call): Answer {
  const found = findForkProof(db, capsule.log);
  if (found === undefined) {
    c.header("Capsule-Record", record);
    throw new MeshProblem(404, "fork_unknown", "No fork of this log is known here");
  }
  return { body: found.proof, type: JSON_TYPE, cache: "no-cache", record };
}
