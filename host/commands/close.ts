/** `capsule close`: ends an identity for good, with the recovery phrase. @module */
import { closeIdentity } from "../../mesh/close.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { formatCount } from "../counts.ts";
import { readPhrase } from "../phrases.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { askYes } from "../terminal.ts";

/** The command. */
export const command: Command = {
  name: "close",
  summary: "Close the identity for good: the answer to a stolen recovery phrase",
  usage: "close [options]",
  options: {},
  details: "The recovery phrase is read from standard input, or asked for.\n" +
    "What you said stays, here and with everybody who follows you. Nothing can be published under\n" +
    "this identity ever again, by nobody, and there is no way back. To get rid of a stolen key of\n" +
    "the server use rotate: close is for a phrase that somebody else has.",
  examples: ["capsule close < phrase.txt"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  const { id, name } = requireCapsule(db);
  if (Deno.stdin.isTerminal() && !context.isJson) {
    const isSure = await askYes(`Close the identity of ${name} for good?`);
    if (!isSure) throw new CommandProblem("cancelled", "Cancelled; nothing changed.");
  }
  const { phrase } = await readPhrase(context, "close");
  const made = closeIdentity({ db, now: context.now }, { phrase });
  context.answer(
    { id, record: made.n, size: made.cut },
    `The identity is closed at ${
      formatCount(made.cut, "entry", "entries")
    } (record ${made.n}). Serve it on, so that everybody hears of it.`,
  );
}
