/** `capsule restore`: puts a backup in the place of the database. @module */
import { verifySignature } from "../../mesh/verify_signature.ts";
import { restoreDatabase } from "../../storage/backup.ts";
import { type Database, DatabaseProblem } from "../../storage/database.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { explainFile, formatBytes, isThere } from "../files.ts";
import { findServer } from "../lease.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "restore",
  summary: "Put a backup in the place of the database, verified first",
  usage: "restore FILE|- [--replace] [options]",
  options: { replace: { type: "boolean", text: "replace the database that is there" } },
  words: { min: 1, max: 1 },
  details:
    `"-" reads the backup from standard input. Nothing is touched before the copy is verified.\n` +
    "What was published after the backup is not in it.",
  examples: [
    "capsule restore capsule-backup.db",
    "ssh backup.example.org 'cat capsule-backup.db' | capsule restore - --replace",
  ],
  run,
};

async function run(context: Context): Promise<void> {
  const [word = ""] = context.words;
  const { dataPath } = context;
  await checkPlace(context);
  const source = word === "-" ? await receive(dataPath) : word;
  const progress = context.progress("Restoring");
  try {
    const { entries, bytes } = await restoreDatabase(source, dataPath, {
      verify: verifySignature,
      isOverwriting: context.flag("replace"),
      onCopy: progress.update,
      onVerify: progress.update,
    });
    using db = openExisting(dataPath);
    const { id, name } = requireCapsule(db);
    context.answer(
      { ok: true, id, entries, bytes },
      `Restored ${name} (${id}) into ${dataPath}: ${entries} entries, verified, ${
        formatBytes(bytes)
      }.`,
    );
  } catch (error) {
    throw explainFile(error, `Cannot restore ${word} into ${dataPath}`, "a backup and a folder");
  } finally {
    progress.end();
    if (word === "-") await Deno.remove(source);
  }
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
  const db = openIfReadable(dataPath);
  if (db === undefined) return;
  using _closed = db;
  const server = await findServer(db, context.now);
  if (server === undefined) return;
  throw new CommandProblem(
    "being_served",
    `${dataPath} is being served at ${server.url}. Stop that program first.`,
  );
}

/** A database that cannot be read is one that needs a backup put in its place. */
function openIfReadable(path: string): Database | undefined {
  try {
    return openExisting(path);
  } catch (error) {
    if (error instanceof DatabaseProblem && error.kind !== "unwritable") return undefined;
    throw error;
  }
}

/** Keeps standard input beside the database; a backup may be larger than memory. */
async function receive(dataPath: string): Promise<string> {
  if (Deno.stdin.isTerminal()) {
    throw new CommandProblem(
      "terminal",
      `Expected a backup on standard input: "capsule restore - < FILE".`,
    );
  }
  const path = `${dataPath}.incoming-${crypto.randomUUID().slice(0, 8)}`;
  try {
    const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    await Deno.stdin.readable.pipeTo(file.writable);
    return path;
  } catch (error) {
    throw explainFile(error, `Cannot keep the backup in ${path}`, "a folder that is there");
  }
}
