/** `capsule move`: publishes a new address. @module */
import { moveCapsule } from "../../mesh/move.ts";
import { readAddress } from "../address.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { findServer } from "../lease.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";

/** The command. */
export const command: Command = {
  name: "move",
  summary: "Publish a new address of the capsule",
  usage: "move ADDRESS [options]",
  options: SIGNING_OPTIONS,
  words: { min: 1, max: 1 },
  details:
    "Followers learn of it and ask there from then on; the former address is still asked for\n" +
    "30 days. Let the new address reach the capsule before you move, and start serve with it.",
  examples: ["capsule move https://ida.example.org"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  const { id } = requireCapsule(db);
  const isDev = context.flag("dev") || (await findServer(db, context.now))?.isDev === true;
  const address = readAddress(context.words[0] ?? "", isDev, "move");
  await prepareSigning(context, db);
  const moved = moveCapsule({ db, now: context.now }, address);
  if (moved === "same") {
    throw new CommandProblem("same_address", `The capsule is at ${address} already.`);
  }
  context.answer(
    { id, address, from: moved.from, index: moved.index },
    `The capsule is at ${address} from now on${
      moved.from === null ? "" : `; it was at ${moved.from}`
    }.`,
  );
}
