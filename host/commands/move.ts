/** `capsule move`: publishes a new address. @module */
import { moveCapsule } from "../../mesh/move.ts";
import { findAddressProblem } from "../../mesh/new_address.ts";
import type { Database } from "../../storage/database.ts";
import { problemSentence } from "../../views/problem_sentences.ts";
import { readAddress } from "../address.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { findServer } from "../lease.ts";
import { withMesh } from "../mesh.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";

/** The command. */
export const command: Command = {
  name: "move",
  summary: "Publish a new address of the capsule",
  usage: "move ADDRESS [--anyway] [options]",
  options: {
    anyway: { type: "boolean", text: "move although the new address does not lead here yet" },
    ...SIGNING_OPTIONS,
  },
  words: { min: 1, max: 1 },
  details:
    "Followers learn of it and ask there from then on; the former address is still asked for\n" +
    "30 days. Let the new address reach the running capsule before you move: it is asked first, and\n" +
    "nothing is published unless this capsule answers there. Then start serve with it.",
  examples: ["capsule move https://ida.example.org"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  const { id, address: present } = requireCapsule(db);
  const isDev = context.flag("dev") || (await findServer(db, context.now))?.isDev === true;
  const address = readAddress(context.words[0] ?? "", isDev, "move");
  if (present === address) throw explainSame(address);
  if (!context.flag("anyway")) await checkAddress(context, db, address);
  await prepareSigning(context, db);
  const moved = moveCapsule({ db, now: context.now }, address);
  if (moved === "same") throw explainSame(address);
  context.answer(
    { id, address, from: moved.from, index: moved.index },
    `The capsule is at ${address} from now on${
      moved.from === null ? "" : `; it was at ${moved.from}`
    }.`,
  );
}

function explainSame(address: string): CommandProblem {
  return new CommandProblem("same_address", `The capsule is at ${address} already.`);
}

/** Nobody is sent to a place where this capsule is not. */
async function checkAddress(context: Context, db: Database, address: string): Promise<void> {
  const problem = await withMesh(context, db, (mesh) => findAddressProblem(mesh, address));
  if (problem === undefined) return;
  throw new CommandProblem(
    "address_elsewhere",
    `Not moved, nothing was published: this capsule does not answer at ${address}. ` +
      `${problemSentence(problem)} Let it lead to the running capsule first, or say --anyway.`,
  );
}
