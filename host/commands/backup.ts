/** `capsule backup`: a verified copy of the database, also while it is being served. @module */
import {
  backupDatabase,
  type Copied,
  passDatabase,
  type PassingCopy,
} from "../../storage/backup.ts";
import {
  deleteBackupPlan,
  findPlanProblem,
  saveBackupPlan,
  USUAL_PLAN,
} from "../../storage/backup_plan.ts";
import { insertCommandBackup } from "../../storage/backups.ts";
import type { Database } from "../../storage/database.ts";
import { describeKept } from "../../views/backups.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { backupFolder } from "../backup_folder.ts";
import { copiedValue, copyWatched, describeCopied, describeSize } from "../copies.ts";
import { explainFile } from "../files.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { writeBytes } from "../terminal.ts";

/** The command. */
export const command: Command = {
  name: "backup",
  summary: "Copy the database into one verified file, or plan a backup for every night",
  usage: "backup FILE|- | --nightly FOLDER | --never [options]",
  options: {
    replace: { type: "boolean", text: "replace a file of this name" },
    nightly: {
      type: "string",
      value: "FOLDER",
      text: "have the serving program make one every night, in a folder beside the database",
    },
    keep: {
      type: "string",
      value: "N[+M]",
      text: "with --nightly: of so many days and weeks the newest is kept (7+4)",
    },
    never: { type: "boolean", text: "plan none any more; what is there stays" },
  },
  words: { min: 0, max: 1 },
  details:
    `"-" writes the copy to standard output. The copy holds the signing key: keep it private.\n` +
    `"capsule status" says how nightly backups stand.`,
  examples: [
    "capsule backup capsule-backup.db",
    "capsule backup - | ssh backup.example.org 'cat > capsule-backup.db'",
    "capsule backup --nightly backups --keep 7+4",
    "capsule backup --never",
  ],
  run,
};

async function run(context: Context): Promise<void> {
  const [target] = context.words;
  const folder = context.text("nightly");
  const isNever = context.flag("never");
  const wishes = [target, folder, isNever ? "never" : undefined];
  if (wishes.filter((wish) => wish !== undefined).length !== 1) {
    throw new UsageProblem(
      "backup: give one of the three: a FILE (or -), --nightly FOLDER, or --never.",
    );
  }
  if (folder === undefined && context.text("keep") !== undefined) {
    throw new UsageProblem("backup: --keep goes with --nightly FOLDER.");
  }
  using handles = new DisposableStack();
  // Open until the end: the last connection that can write takes SQLite's two other files away.
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  if (target !== undefined) return await backUp(context, db, { target, handles });
  if (folder !== undefined) return planNightly(context, db, folder);
  deleteBackupPlan(db);
  context.answer(
    { ok: true, plan: null },
    "No backup is planned any more. Those that are there stay.",
  );
}

async function backUp(
  context: Context,
  db: Database,
  { target, handles }: Readonly<{ target: string; handles: DisposableStack }>,
): Promise<void> {
  const begunAtMs = context.now();
  const copied = target === "-"
    ? await streamCopy(context, handles)
    : await copyTo(context, target, handles);
  insertCommandBackup(db, { ...copied, file: target, begunAtMs, nowMs: context.now() });
  if (target === "-") {
    context.remark(
      context.isJson
        ? JSON.stringify({ ok: true, ...copiedValue(copied) })
        : `Copied: ${describeSize(copied)}.\n${describeCopied(copied)}`,
    );
    return;
  }
  context.answer(
    { ok: true, file: target, ...copiedValue(copied) },
    `Copied to ${target}: ${describeSize(copied)}.\n${describeCopied(copied)}`,
  );
}

function planNightly(context: Context, db: Database, folder: string): void {
  const plan = { folder: folder.replace(/^\.\/|\/$/g, ""), ...readKeep(context.text("keep")) };
  const problem = findPlanProblem(plan);
  if (problem !== undefined) {
    const flag = problem.field === "folder"
      ? `--nightly ${folder}`
      : `--keep ${context.text("keep")}`;
    throw new CommandProblem("bad_plan", `Cannot plan backups with ${flag}: ${problem.sentence}`);
  }
  saveBackupPlan(db, plan, context.now());
  context.answer(
    { ok: true, plan },
    `Every night a verified backup is written into ${backupFolder(context.dataPath, plan)}, ` +
      `${describeKept(plan)}.\nThe first one is made as soon as the capsule is served; ` +
      `"capsule status" says how it went.`,
  );
}

/** "7" or "7+4"; what cannot be read is refused with the plan. */
function readKeep(typed: string | undefined): { keepDays: number; keepWeeks: number } {
  const { keepDays, keepWeeks } = USUAL_PLAN;
  if (typed === undefined) return { keepDays, keepWeeks };
  const [, days, weeks = "0"] = /^(\d{1,4})(?:\+(\d{1,4}))?$/.exec(typed) ?? [];
  return { keepDays: Number(days), keepWeeks: Number(weeks) };
}

async function copyTo(
  context: Context,
  target: string,
  handles: DisposableStack,
): Promise<Copied> {
  const isOverwriting = context.flag("replace");
  const progress = context.progress("Copying");
  try {
    if (!isOverwriting) refuseThere(target);
    return await backupDatabase(context.dataPath, target, {
      ...copyWatched(progress),
      handles,
      isOverwriting,
    });
  } catch (error) {
    throw explainFile(error, `Cannot write ${target}`, "a folder that is there");
  } finally {
    progress.end();
  }
}

/** Throws CommandProblem where a file is, and the system's error where it may not be looked for. */
function refuseThere(target: string): void {
  try {
    Deno.statSync(target);
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return;
    throw error;
  }
  throw new CommandProblem(
    "file_exists",
    `Cannot write ${target}: there is a file of this name already. ` +
      "Choose another name, or repeat the command with --replace.",
  );
}

/** Only what was verified is sent: the copy stands beside the database for a moment. */
async function streamCopy(context: Context, handles: DisposableStack): Promise<Copied> {
  if (Deno.stdout.isTerminal()) {
    throw new CommandProblem(
      "terminal",
      `A copy is no text for a terminal: give a FILE, or send it on with "capsule backup - > FILE".`,
    );
  }
  using copy = await copyBeside(context, handles);
  const file = await Deno.open(copy.path);
  for await (const chunk of file.readable) writeBytes(chunk);
  return copy.copied;
}

async function copyBeside(context: Context, handles: DisposableStack): Promise<PassingCopy> {
  const { dataPath } = context;
  const progress = context.progress("Copying");
  try {
    return await passDatabase(dataPath, dataPath, { ...copyWatched(progress), handles });
  } catch (error) {
    throw explainFile(error, `Cannot keep a copy beside ${dataPath}`, "a folder that is there");
  } finally {
    progress.end();
  }
}
