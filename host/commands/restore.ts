/** `capsule restore`: puts a backup in the place of the database. @module */
import { type Copied, rehearseRestore, restoreDatabase } from "../../storage/backup.ts";
import { DatabaseProblem } from "../../storage/database_problem.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { formatCount } from "../counts.ts";
import { copiedValue, copyWatched, describeCopied, describeSize } from "../copies.ts";
import { explainFile, isThere } from "../files.ts";
import { compareBackup } from "../../storage/rehearsal.ts";
import { openPartFile, type PartFile } from "../../storage/part_file.ts";
import { findAnyHolder, openExisting } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "restore",
  summary: "Put a backup in the place of the database, verified first",
  usage: "restore FILE|- [--replace | --check] [options]",
  options: {
    replace: { type: "boolean", text: "replace the database that is there" },
    check: {
      type: "boolean",
      text: "only rehearse: restore into a passing file, and say whether it is good",
    },
  },
  words: { min: 1, max: 1 },
  details:
    `"-" reads the backup from standard input. Nothing is touched before the copy is verified.\n` +
    "What was published after the backup is not in it. --check changes nothing, also while the\n" +
    "capsule is being served, and compares the backup with the log that is here, if there is one.",
  examples: [
    "capsule restore capsule-backup.db",
    "capsule restore capsule-backup.db --check",
    "ssh backup.example.org 'cat capsule-backup.db' | capsule restore - --replace",
  ],
  takesAnyVersion: true,
  run,
};

async function run(context: Context): Promise<void> {
  const [word = ""] = context.words;
  const isCheck = context.flag("check");
  if (isCheck && context.flag("replace")) {
    throw new UsageProblem("restore: give either --check, which changes nothing, or --replace.");
  }
  if (!isCheck) await checkPlace(context);
  if (word !== "-") return await work(context, word, word);
  using incoming = await receive(context.dataPath);
  await work(context, incoming.path, "standard input");
}

async function work(context: Context, source: string, name: string): Promise<void> {
  const progress = context.progress("Restoring");
  try {
    await (context.flag("check") ? check : restore)(context, source, copyWatched(progress), name);
  } catch (error) {
    const told = error instanceof DatabaseProblem
      ? new DatabaseProblem(error.kind, error.message.replaceAll(source, name), { cause: error })
      : error;
    const action = `Cannot restore ${name} into ${context.dataPath}`;
    throw explainFile(told, action, "a backup and a folder");
  } finally {
    progress.end();
  }
}

type Watched = ReturnType<typeof copyWatched>;

async function restore(context: Context, source: string, watched: Watched): Promise<void> {
  const { dataPath } = context;
  const isOverwriting = context.flag("replace");
  const copied = await restoreDatabase(source, dataPath, { ...watched, isOverwriting });
  context.answer(
    { ok: true, ...copiedValue(copied) },
    `Restored ${copied.name} (${copied.id}) into ${dataPath}: ${describeSize(copied)}.\n` +
      describeCopied(copied),
  );
}

/** A rehearsal: everything but the last step, and whether the log here goes on from that of the backup. */
async function check(
  context: Context,
  source: string,
  watched: Watched,
  name: string,
): Promise<void> {
  const { dataPath } = context;
  using copy = await rehearseRestore(source, dataPath, watched);
  const { copied } = copy;
  const here = isThere(dataPath) ? compareHere(dataPath, copied) : undefined;
  if (here !== undefined && here.problem !== undefined) {
    throw new CommandProblem("backup_differs", `${name}: ${here.problem}`);
  }
  context.answer(
    { ok: true, ...copiedValue(copied), ...(here && { behind: here.behind }) },
    `${name} can be restored: ${describeSize(copied)}.\n${describeCopied(copied)}` +
      (here === undefined ? "" : `\nhere      ${describeBehind(here.behind ?? 0)}`),
  );
}

function compareHere(dataPath: string, copied: Copied): ReturnType<typeof compareBackup> {
  using db = openExisting(dataPath);
  return compareBackup(db, copied);
}

function describeBehind(behind: number): string {
  if (behind === 0) return "the log here is the same";
  return `the log here goes on from it: ${formatCount(behind, "entry", "entries")} more`;
}

/** Says before anything is read that the place is taken. */
async function checkPlace(context: Context): Promise<void> {
  const { dataPath } = context;
  if (!isThere(dataPath)) return;
  if (!context.flag("replace")) {
    throw new CommandProblem(
      "database_exists",
      `There is a database at ${dataPath} already. Keep it under another name, ` +
        "or repeat the command with --replace.",
    );
  }
  const server = await findAnyHolder(dataPath, context.now);
  if (server === undefined) return;
  throw new CommandProblem(
    "being_served",
    `${dataPath} is being served at ${server.url}. Stop that program first.`,
  );
}

/** Keeps standard input beside the database; a backup may be larger than memory. */
async function receive(dataPath: string): Promise<PartFile> {
  if (Deno.stdin.isTerminal()) {
    throw new CommandProblem(
      "terminal",
      `Expected a backup on standard input: "capsule restore - < FILE".`,
    );
  }
  const part = openIncoming(dataPath);
  try {
    const file = await Deno.open(part.path, { write: true, createNew: true, mode: 0o600 });
    await Deno.stdin.readable.pipeTo(file.writable);
    return part;
  } catch (error) {
    part[Symbol.dispose]();
    throw explainFile(error, `Cannot keep the backup beside ${dataPath}`, "a folder that is there");
  }
}

function openIncoming(dataPath: string): PartFile {
  try {
    return openPartFile(dataPath);
  } catch (error) {
    throw explainFile(error, `Cannot keep the backup beside ${dataPath}`, "a folder that is there");
  }
}
