/** `capsule rollback`: back to the database of before an upgrade. @module */
import { rollBackDatabase, type RolledBack } from "../../storage/rollback.ts";
import { formatDate, UTC } from "../../views/time.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { formatCount } from "../counts.ts";
import { explainFile } from "../files.ts";
import { findAnyHolder } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "rollback",
  summary: "Go back to the database of before an upgrade",
  usage: "rollback [options]",
  options: {},
  details:
    "When a newer program brings the database up to date it keeps a copy of before beside it, for\n" +
    "7 days of running. This puts that copy back, byte for byte, and keeps the newer one aside. Put\n" +
    "the older program in place before you start again: the newer one would bring it up to date anew.",
  examples: ["capsule rollback"],
  takesAnyVersion: true,
  run,
};

async function run(context: Context): Promise<void> {
  const { dataPath, now } = context;
  const holder = await findAnyHolder(dataPath, now);
  if (holder !== undefined) {
    throw new CommandProblem(
      "being_served",
      `${dataPath} is being served at ${holder.url}. Stop that program first.`,
    );
  }
  const done = goBack(dataPath, now());
  const { version, fromVersion, entriesAside, aside } = done;
  context.answer(
    {
      version,
      fromVersion: fromVersion ?? null,
      program: done.before?.program || null,
      entriesAside: entriesAside ?? null,
      aside,
    },
    [
      `${dataPath} has version ${version} again, as it was before the upgrade${whenOf(done)}.`,
      `Start it with ${programOf(done)}; a newer one brings it up to date again.`,
      describeLost(done),
      `The newer one is kept in ${aside}. Delete it when you do not need it any more.`,
    ].join("\n"),
  );
}

function goBack(path: string, nowMs: number): RolledBack {
  try {
    return rollBackDatabase(path, nowMs);
  } catch (error) {
    throw explainFile(error, `Cannot go back in ${path}`, "a database");
  }
}

function whenOf({ upgradedAtMs }: RolledBack): string {
  return upgradedAtMs === undefined ? "" : ` of ${formatDate(upgradedAtMs, UTC)}`;
}

function programOf({ before }: RolledBack): string {
  return before === undefined || before.program === ""
    ? "the program that you had before the upgrade"
    : `capsule ${before.program}, which used it last`;
}

function describeLost({ entriesAside, aside }: RolledBack): string {
  if (entriesAside === 0) {
    return "Nothing was published since. Settings and drafts are those of before.";
  }
  const what = entriesAside === undefined
    ? "What was published since"
    : `${formatCount(entriesAside, "entry", "entries")} published since`;
  return `Not in it: ${what}, and settings, drafts and new copies of others. At its start it asks your ` +
    "followers, fetches what they have of yours, and signs nothing before. What no follower has is " +
    `only in ${aside}: keep that file until you see it again.`;
}
