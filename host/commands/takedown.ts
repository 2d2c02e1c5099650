/** `capsule takedown`: removes something of somebody else from this capsule's copies, for good. @module */
import { findRemovable, takeDown } from "../../mesh/removal.ts";
import type { TakingDown } from "../../storage/takedowns.ts";
import { TAKEDOWN_REASONS, type TakedownReason } from "../../storage/takedowns.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

const NOTE_CHARACTERS_MAX = 2_000;

/** The command. */
export const command: Command = {
  name: "takedown",
  summary: "Remove something of somebody else from here, for good",
  usage: "takedown URL|HASH --reason TEXT [options]",
  options: {
    reason: {
      type: "string",
      value: "TEXT",
      text: `why: ${TAKEDOWN_REASONS.join(", ")}, with your own words behind a colon`,
    },
    ...SIGNING_OPTIONS,
  },
  words: { min: 1, max: 1 },
  details:
    "A post, an article, a picture or all of a capsule goes from every page and call here, and never comes again. " +
    "Others' copies stay. Date and kind of reason are public at /removed; your own words are not. " +
    "What is yours is withdrawn instead: capsule withdraw.",
  examples: [
    'capsule takedown https://capsule.example.org/~cap1…/p/7 --reason "copyright: letter of 3 May"',
    "capsule takedown https://ada.example.org/ --reason spam",
  ],
  run,
};

async function run(context: Context): Promise<void> {
  const [word = ""] = context.words;
  const words = readReason(context.text("reason"));
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  const removable = findRemovable(db, word);
  // A capsule that is followed is unfollowed, which is an entry of the own log.
  if (removable?.kind === "capsule") await prepareSigning(context, db);
  const outcome = removable === undefined
    ? "absent"
    : takeDown({ db, now: context.now }, removable, words);
  if (removable === undefined || !(outcome === "taken_down" || outcome === "known")) {
    throw explain(outcome, word);
  }
  const state = outcome === "known" ? "It was removed before." : "Removed.";
  context.answer({ kind: removable.kind, reason: words.reason, state: outcome }, state);
}

/** One of the kinds, alone or with words behind it; anything else is "other" with these words. */
function readReason(text: string | undefined): { reason: TakedownReason; note: string } {
  const said = text?.trim() ?? "";
  if (said === "") {
    throw new UsageProblem(
      `Expected --reason with one of ${TAKEDOWN_REASONS.join(", ")}, or your own words.`,
    );
  }
  if (said.length > NOTE_CHARACTERS_MAX) {
    throw new UsageProblem(`Expected a reason of at most ${NOTE_CHARACTERS_MAX} characters.`);
  }
  const [, kind = "", words = ""] = /^([A-Za-z]+)\s*(?::\s*(.*))?$/s.exec(said) ?? [];
  const reason = TAKEDOWN_REASONS.find((name) => name === kind.toLowerCase());
  return reason === undefined ? { reason: "other", note: said } : { reason, note: words };
}

function explain(outcome: TakingDown, word: string): CommandProblem {
  if (outcome === "own") {
    return new CommandProblem(
      "own",
      `${word} is your own. Take it back with “capsule withdraw”: then every honest copy of it goes too.`,
    );
  }
  if (outcome === "order") {
    return new CommandProblem(
      "not_removable",
      `${word} is an author's withdrawal: there is nothing in it to remove.`,
    );
  }
  return new CommandProblem(
    "not_found",
    `There is nothing of somebody else's here by the name ${word}. Expected the URL of a page or picture, a hash, or a capsule id.`,
  );
}
