/** `capsule verify`: checks the whole database, or one saved proof document. @module */
import { type Command, type Context, UsageProblem } from "../command.ts";
import { readTextFile } from "../pieces.ts";
import { checkProof } from "../proof_check.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { deleteDamage, saveDamage } from "../../storage/damage.ts";
import { verifyStore } from "../../storage/verify.ts";
import { JSON_BYTES_MAX } from "../../mesh/protocol/limits.ts";

/** Problems shown to a person; --json lists all. */
const SHOWN_MAX = 20;

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

async function verifyFile(context: Context, file: string): Promise<number> {
  const text = await readTextFile(file, JSON_BYTES_MAX, "a proof document");
  const told = checkProof(text, context.dataPath);
  context.answer(told.value, told.text);
  return told.isGood ? 0 : 1;
}
