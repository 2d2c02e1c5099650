/** `capsule withdraw`: takes a post or an article back. @module */
import { publishWithdrawal } from "../../mesh/publish.ts";
import { pieceUrl } from "../../views/urls.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { answerPublished, requirePiece } from "../pieces.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";
import { askYes } from "../terminal.ts";

/** The command. */
export const command: Command = {
  name: "withdraw",
  summary: "Take a post or an article back, for good",
  usage: "withdraw INDEX|URL [--yes] [options]",
  options: {
    yes: { type: "boolean", text: "do not ask; --json does not either" },
    ...SIGNING_OPTIONS,
  },
  words: { min: 1, max: 1 },
  details: "Its text and pictures disappear from the capsule, and from every honest copy of it.",
  examples: ["capsule withdraw 42", "capsule withdraw https://capsule.example.org/p/42 --yes"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  const capsule = requireCapsule(db);
  await prepareSigning(context, db);
  const piece = requirePiece(db, capsule, context.words[0] ?? "");
  // A program that asks for JSON has decided.
  const isDecided = context.flag("yes") || context.isJson;
  if (!isDecided) await confirm(piece.title || piece.text, pieceUrl(piece));
  const publisher = { db, now: context.now };
  const published = db.urgently(() => publishWithdrawal(publisher, piece.index));
  if (typeof published === "string") {
    throw new CommandProblem("withdrawn", `${context.words[0]} was withdrawn in the meantime.`);
  }
  answerPublished(context, db, capsule, published, piece, "Withdrawn: ");
}

async function confirm(words: string, path: string): Promise<void> {
  if (!Deno.stdin.isTerminal()) {
    throw new CommandProblem(
      "not_confirmed",
      "Withdrawing is for good, and nobody can be asked here: repeat the command with --yes.",
    );
  }
  const opening = Array.from(words.replace(/\s+/g, " ")).slice(0, 60).join("");
  if (await askYes(`Withdraw ${path} ("${opening}") for good?`)) return;
  throw new CommandProblem("cancelled", "Cancelled; nothing changed.");
}
