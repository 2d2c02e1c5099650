/** `capsule verify`: checks the whole database, or one saved proof document. @module */
import { type Command, type Context, UsageProblem } from "../command.ts";
import { readTextFile } from "../pieces.ts";
import { checkProof } from "../proof_check.ts";
import { openServed, requireCapsule } from "../served_database.ts";
import type { Database } from "../../storage/database.ts";
import { deleteDamage, findDamage, saveDamage } from "../../storage/damage.ts";
import { formatCount } from "../counts.ts";
import { verifyInTwo } from "../verify_in_two.ts";
import { JSON_BYTES_MAX } from "../../mesh/protocol/limits.ts";

/** Problems shown to a person; --json lists all. */
const SHOWN_MAX = 20;
const DAMAGE = 'The database is damaged ("capsule verify --all" says where). ' +
  "Stop the capsule and restore the newest backup.";

/** The command. */
export const command: Command = {
  name: "verify",
  summary: "Check the whole database, or one saved proof document",
  usage: "verify --all | FILE|- [options]",
  options: { all: { type: "boolean", text: "check log, tree, texts, pictures and search index" } },
  words: { min: 0, max: 1 },
  details:
    "A proof document is checked off-line and needs no database. The exit status says whether all is well.",
  examples: ["capsule verify --all", "capsule verify post-42.json"],
  run,
};

function run(context: Context): Promise<number> {
  const [file] = context.words;
  if (context.flag("all") === (file !== undefined)) {
    throw new UsageProblem("verify: give either --all or the FILE of one proof document.");
  }
  return file === undefined ? verifyAll(context) : verifyFile(context, file);
}

async function verifyAll(context: Context): Promise<number> {
  const { db, readOnly } = openServed(context.dataPath, context.now, { mustExist: true });
  using _closed = db;
  requireCapsule(db);
  const progress = context.progress("Verifying");
  const { ok, entries, problems } = await verifyInTwo(db, progress.update);
  progress.end();
  if (readOnly === undefined) remember(context, db, problems);
  context.answer({ ok, entries, problems }, describe(entries, problems));
  return ok ? 0 : 1;
}

/** A capsule with a wrong log must not sign; one that was found in order may again. */
function remember(context: Context, db: Database, problems: readonly string[]): void {
  if (problems.length > 0) return saveDamage(db, DAMAGE, context.now());
  if (findDamage(db) !== undefined) deleteDamage(db);
}

function describe(entries: number, problems: readonly string[]): string {
  if (problems.length === 0) {
    return `All is well: ${formatCount(entries, "entry", "entries")} verified.`;
  }
  const shown = problems.slice(0, SHOWN_MAX).map((problem) => `- ${problem.split("\n", 1)[0]}`);
  const rest = problems.length - shown.length;
  return [
    `Not well: ${formatCount(problems.length, "problem")} in ${
      formatCount(entries, "entry", "entries")
    }.`,
    ...shown,
    ...(rest > 0 ? [`… and ${rest} more (--json lists them).`] : []),
    "Stop the capsule and restore the newest backup; until then it signs nothing.",
  ].join("\n");
}

async function verifyFile(context: Context, file: string): Promise<number> {
  const text = await readTextFile(file, JSON_BYTES_MAX, "a proof document");
  const told = checkProof(text, context.dataPath);
  context.answer(told.value, told.text);
  return told.isGood ? 0 : 1;
}
