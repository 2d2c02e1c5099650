/** `capsule rotate`: a new signing key, with the recovery phrase. @module */
import { rotateKey } from "../../mesh/rotate.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import type { Command, Context } from "../command.ts";
import { formatCount } from "../counts.ts";
import { readWhole } from "../numbers.ts";
import { readPhrase } from "../phrases.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "rotate",
  summary: "Make a new signing key, so that a stolen one counts no more",
  usage: "rotate [--cut N] [options]",
  options: {
    cut: { type: "string", value: "N", text: "entries that stay; later ones are set aside (all)" },
  },
  details: "The recovery phrase is read from standard input, or asked for.\n" +
    "What the former key signed at or above the cut counts no more, here and with everybody who\n" +
    "follows you, withdrawals too. It is kept unshown for 30 days. Look at your newest entries first:\n" +
    "what you name as the cut is the number of entries that are yours.",
  examples: ["capsule rotate < phrase.txt", "capsule rotate --cut 120 < phrase.txt"],
  run,
};

async function run(context: Context): Promise<void> {
  const cut = readWhole(context, "cut");
  using db = openExisting(context.dataPath);
  const { id, log } = requireCapsule(db);
  const { phrase } = await readPhrase(context, "rotate");
  const before = findCheckpoint(db, log)?.size ?? 0;
  const made = rotateKey({ db, now: context.now }, { phrase, cut });
  const setAside = before - made.cut;
  context.answer(
    { id, record: made.n, size: made.cut, setAside },
    `The capsule has a new key (record ${made.n}). ${
      formatCount(made.cut, "entry stays", "entries stay")
    }, ${formatCount(setAside, "is", "are")} set aside. Your followers are told when it is served.`,
  );
}
