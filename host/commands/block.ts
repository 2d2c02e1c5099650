/** `capsule block`: nothing of a capsule or a host is pulled, shown, accepted or followed. @module */
import { block } from "../../mesh/removal.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { readBlockTarget } from "../blocks.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";

/** The command. */
export const command: Command = {
  name: "block",
  summary: "Take nothing from a capsule or a host any more",
  usage: "block ADDRESS|ID [options]",
  options: SIGNING_OPTIONS,
  words: { min: 1, max: 1 },
  details:
    "Whom you follow there you follow no more, which your log says, and the copy is erased. Nobody is\n" +
    "told of the block.",
  examples: ["capsule block https://spam.example.org"],
  run,
};

async function run(context: Context): Promise<void> {
  const target = readBlockTarget(context.words[0] ?? "");
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  // Who is followed there is unfollowed, which is an entry of the own log.
  await prepareSigning(context, db);
  const outcome = db.urgently(() => block({ db, now: context.now }, target));
  if (outcome === "own") {
    throw new CommandProblem("own", "This is your own capsule: it cannot be blocked.");
  }
  const text = outcome === "known" ? `${target} was blocked before.` : `Blocked ${target}.`;
  context.answer({ target, state: outcome }, text);
}
