/** `capsule backup`: a verified copy of the database, also while it is being served. @module */
import { verifySignature } from "../../mesh/verify_signature.ts";
import { backupDatabase, type Copied } from "../../storage/backup.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { explainFile, formatBytes, isThere } from "../files.ts";
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
  const { id } = requireCapsule(db);
  if (target === "-") return await streamCopy(context);
  const { entries, bytes } = await copy(context, target);
  context.answer(
    { ok: true, id, file: target, bytes, entries },
    `Copied to ${target}: ${entries} entries, verified, ${formatBytes(bytes)}.`,
  );
}

async function copy(context: Context, target: string): Promise<Copied> {
  if (!context.flag("replace") && isThere(target)) {
    throw new CommandProblem(
      "file_exists",
      `Cannot write ${target}: there is a file of this name already. ` +
        "Choose another name, or repeat the command with --replace.",
    );
  }
  const progress = context.progress("Copying");
  try {
    return await backupDatabase(context.dataPath, target, {
      verify: verifySignature,
      isOverwriting: context.flag("replace"),
      onCopy: progress.update,
      onVerify: progress.update,
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
  const path = `${context.dataPath}.backup-${crypto.randomUUID().slice(0, 8)}`;
  try {
    const { entries, bytes } = await copy(context, path);
    const file = await Deno.open(path);
    for await (const chunk of file.readable) writeBytes(chunk);
    context.remark(`Copied: ${entries} entries, verified, ${formatBytes(bytes)}.`);
  } finally {
    await removeFile(path);
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
