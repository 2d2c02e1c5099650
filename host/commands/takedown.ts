/** `capsule takedown`: takes something of somebody else down from this capsule's copies, for good. @module */
import { findRemovable, type Removable, takeDown } from "../../mesh/removal.ts";
import { describeRemovable } from "../../routes/takedown_target.ts";
import type { Database } from "../../storage/database.ts";
import type { TakingDown } from "../../storage/takedowns.ts";
import { TAKEDOWN_REASONS, type TakedownReason } from "../../storage/takedowns.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

const NOTE_CHARACTERS_MAX = 2_000;

/** The command. */
export const command: Command = {
  name: "takedown",
  summary: "Take something of somebody else down from here, for good",
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
    "A post, an article, a picture or all of a capsule goes from every page and call here, and never\n" +
    "comes again. Others' copies stay. Date and kind of reason are public at /removed; your own words\n" +
    "are not. What is yours is withdrawn instead: capsule withdraw.",
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
  const removable = await findRemovable(db, word);
  // A capsule that is followed is unfollowed, which is an entry of the own log.
  if (removable?.kind === "capsule") await prepareSigning(context, db);
  // Afterwards nothing is here that could say it.
  const said = removable === undefined ? word : describe(db, removable);
  const outcome = removable === undefined
    ? "absent"
    : await takeDown({ db, now: context.now }, removable, words);
  if (removable === undefined || !(outcome === "taken_down" || outcome === "known")) {
    throw explain(outcome, word);
  }
  const { kind } = removable;
  context.answer(
    { kind, reason: words.reason, state: outcome },
    outcome === "known"
      ? "It was taken down before: nothing of it is left here."
      : `Taken down: ${said}. ${STAYS[kind]}`,
  );
}

/** What stays, and where. */
const STAYS: Readonly<Record<Removable["kind"], string>> = {
  entry:
    "It is gone from every page, call and search here, with its revisions and with the pictures that nothing else shows, and never comes again. " +
    "The author's own page and copies on other capsules stay.",
  content:
    "It is gone from every page, call and search here, whichever entry brought it, and never comes again. " +
    "The author's own page and copies on other capsules stay.",
  blob:
    "It is gone from every page and call here, and never comes again; its description stands in its place. " +
    "The author's own page and copies on other capsules stay.",
  capsule:
    "Nothing of it is shown here any more, the copy is being erased, and nothing is taken from it again. " +
    "The author's own pages and copies on other capsules stay.",
};

function describe(db: Database, removable: Removable): string {
  const { words } = describeRemovable({ db }, removable);
  return removable.kind === "entry" || removable.kind === "capsule" ? `“${words}”` : words;
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
      `${word} is an author's withdrawal: there is nothing in it to take down.`,
    );
  }
  return new CommandProblem(
    "not_found",
    `There is nothing of somebody else's here by the name ${word}. Expected the URL of a page or picture, a hash, or a capsule id.`,
  );
}
