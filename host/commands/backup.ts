/** `capsule backup`: a verified copy of the database, also while it is being served. @module */
import {
  backupDatabase,
  type Copied,
  passDatabase,
  type PassingCopy,
} from "../../storage/backup.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { copiedValue, copyWatched, describeCopied, describeSize } from "../copies.ts";
import { explainFile, isThere } from "../files.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { writeBytes } from "../terminal.ts";

/** The command. */
export const command: Command = {
  name: "backup",
  summary: "Copy the database into one verified file, also while it is being served",
  usage: "backup FILE|- [--replace] [options]",
  options: { replace: { type: "boolean", text: "replace a file of this name" } },
  words: { min: 1, max: 1 },
  details:
    `"-" writes the copy to standard output. The copy holds the signing key: keep it private.`,
  examples: [
    "capsule backup capsule-backup.db",
    "capsule backup - | ssh backup.example.org 'cat > capsule-backup.db'",
  ],
  run,
};

async function run(context: Context): Promise<void> {
  const [target = ""] = context.words;
  // Open until the end: the last connection that can write takes SQLite's two other files away.
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  if (target === "-") return await streamCopy(context);
  const copied = await copyTo(context, target);
  context.answer(
    { ok: true, file: target, ...copiedValue(copied) },
    `Copied to ${target}: ${describeSize(copied)}.\n${describeCopied(copied)}`,
  );
}

async function copyTo(context: Context, target: string): Promise<Copied> {
  const isOverwriting = context.flag("replace");
  if (!isOverwriting && isThere(target)) {
    throw new CommandProblem(
      "file_exists",
      `Cannot write ${target}: there is a file of this name already. ` +
        "Choose another name, or repeat the command with --replace.",
    );
  }
  const progress = context.progress("Copying");
  try {
    return await backupDatabase(context.dataPath, target, {
      ...copyWatched(progress),
      isOverwriting,
    });
  } catch (error) {
    throw explainFile(error, `Cannot write ${target}`, "a folder that is there");
  } finally {
    progress.end();
  }
}

/** SQLite copies into files only: the copy stands beside the database for a moment. */
async function streamCopy(context: Context): Promise<void> {
  if (Deno.stdout.isTerminal()) {
    throw new CommandProblem(
      "terminal",
      `A copy is no text for a terminal: give a FILE, or send it on with "capsule backup - > FILE".`,
    );
  }
  using copy = await copyBeside(context);
  const file = await Deno.open(copy.path);
  for await (const chunk of file.readable) writeBytes(chunk);
  const { copied } = copy;
  context.remark(
    context.isJson
      ? JSON.stringify({ ok: true, ...copiedValue(copied) })
      : `Copied: ${describeSize(copied)}.\n${describeCopied(copied)}`,
  );
}

async function copyBeside(context: Context): Promise<PassingCopy> {
  const { dataPath } = context;
  const progress = context.progress("Copying");
  try {
    return await passDatabase(dataPath, dataPath, copyWatched(progress));
  } catch (error) {
    throw explainFile(error, `Cannot keep a copy beside ${dataPath}`, "a folder that is there");
  } finally {
    progress.end();
  }
}
