/** `capsule export`: everything as Markdown, pictures and proofs. @module */
import { countPieces } from "../../storage/counts.ts";
import type { Command, Context } from "../command.ts";
import { formatCount } from "../counts.ts";
import { exportAll } from "../export/run.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "export",
  summary: "Write everything into a folder: Markdown, pictures, proofs",
  usage: "export FOLDER [options]",
  options: {},
  words: { min: 1, max: 1 },
  details:
    `The folder must be empty or new. "capsule import FOLDER" brings the same posts and articles\n` +
    `into another capsule; "capsule verify FOLDER/proofs/N.json" checks one piece off-line.\n` +
    `Drafts, settings and what was withdrawn are not in it: "capsule backup" keeps those.`,
  examples: ["capsule export my-writing"],
  run,
};

function run(context: Context): void {
  const folder = context.words[0] ?? "";
  using db = openExisting(context.dataPath);
  const { log } = requireCapsule(db);
  const total = countPieces(db, log) + countPieces(db, log, "page");
  const progress = context.progress("Exporting");
  try {
    const result = exportAll({
      db,
      log,
      folder,
      onProgress: (done) => progress.update(done, total),
    });
    progress.end();
    const { pieces, pictures, proofs } = result;
    context.answer(
      { folder, ...result },
      `Wrote ${formatCount(pieces, "post, article or page", "posts, articles and pages")}, ` +
        `${formatCount(pictures, "picture")} and ${formatCount(proofs, "proof")} to ${folder}.`,
    );
  } finally {
    progress.end();
  }
}
