/** `capsule unblock`: ends a block. @module */
import { deleteBlock } from "../../storage/blocks.ts";
import { readBlockTarget } from "../blocks.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "unblock",
  summary: "End a block",
  usage: "unblock ADDRESS|ID [options]",
  options: {},
  words: { min: 1, max: 1 },
  details: "Nobody is followed again by this: follow again where you wish to.",
  examples: ["capsule unblock https://spam.example.org"],
  run,
};

function run(context: Context): void {
  const target = readBlockTarget(context.words[0] ?? "");
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  if (!deleteBlock(db, target)) {
    throw new CommandProblem("not_found", `${target} is not blocked.`);
  }
  context.answer({ target, state: "unblocked" }, `Not blocked any more: ${target}.`);
}
