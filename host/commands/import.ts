/** `capsule import`: takes over what was published elsewhere. @module */
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { formatCount } from "../counts.ts";
import { type Form, openArchive, type OpenedArchive } from "../import/archive.ts";
import { collectProblems, type Problems } from "../import/problems.ts";
import { importAll, type ImportResult } from "../import/run.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";

const FORMS: readonly Form[] = ["markdown", "rss", "atom", "json"];
/** Problems that a person sees; --json lists them. */
const SHOWN_MAX = 30;

/** The command. */
export const command: Command = {
  name: "import",
  summary: "Take over articles and posts from Markdown files or a feed",
  usage: "import FOLDER|FILE|- [options]",
  options: {
    as: { type: "string", value: "FORM", text: `how to read it: ${FORMS.join(", ")} (found out)` },
    url: { type: "string", value: "URL", text: "where the archive was published, for its links" },
    draft: { type: "boolean", text: "save everything as drafts, publish nothing" },
    "dry-run": { type: "boolean", text: "say what would happen, change nothing" },
    ...SIGNING_OPTIONS,
  },
  words: { min: 1, max: 1 },
  details:
    `Markdown may have TOML (+++) or YAML (---) fields: date, title, slug, path, tags, summary,\n` +
    `authors, draft, aliases, language, cover. Pictures beside the text come along, links between\n` +
    `the articles follow them, old addresses redirect. With "-" a feed is read from standard input.\n` +
    `What was imported once is skipped, so an interrupted import can simply be started again.`,
  examples: [
    "capsule import blog/content --url https://old.example.org",
    "capsule import feed.xml",
    "capsule import - --as rss < feed.xml",
  ],
  run,
};

async function run(context: Context): Promise<number> {
  const path = context.words[0] ?? "";
  const form = readForm(context.text("as"));
  const base = readBase(context.text("url"));
  const isDryRun = context.flag("dry-run");
  using db = openExisting(context.dataPath);
  const { log } = requireCapsule(db);
  await prepareSigning(context, db);
  const problems = collectProblems();
  const { now } = context;
  const progress = context.progress("Importing");
  try {
    using archive = await openArchive({ db, log, path, form, base, isDryRun, now, problems });
    const result = await importAll({
      publisher: { db, now },
      log,
      problems,
      isDryRun,
      isDraft: context.flag("draft"),
      onProgress: progress.update,
    }, archive.candidates);
    progress.end();
    answer(context, result, problems, archive, isDryRun);
    // Problems stop nothing, but where nothing else came of it the command has failed.
    const { imported, drafts, skipped } = result;
    return imported + drafts + skipped === 0 && problems.list.length > 0 ? 1 : 0;
  } finally {
    progress.end();
  }
}

function answer(
  context: Context,
  result: ImportResult,
  problems: Problems,
  archive: OpenedArchive,
  isDryRun: boolean,
): void {
  const { imported, drafts, skipped } = result;
  const { count } = archive.pictures();
  const base = archive.base();
  const value = { imported, skipped, drafts, pictures: count, problems: problems.list };
  const lines = [
    `${isDryRun ? "Would import" : "Imported"} ${imported}` +
    `${drafts > 0 ? ` (${drafts} as drafts)` : ""}, ` +
    `${skipped} were there already, ${formatCount(count, "picture")}.`,
  ];
  if (base !== undefined) {
    lines.push(`Links to ${base} lead to the articles here where they came along.`);
  }
  lines.push(...describeProblems(problems));
  context.answer(value, lines.join("\n"));
}

function describeProblems({ list, counts }: Problems): string[] {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return ["No problems."];
  const kinds = [...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`);
  const shown = list.slice(0, SHOWN_MAX).map(({ source, problem }) => `  ${source}: ${problem}`);
  const more = total > shown.length ? [`  … and ${total - shown.length} more: add --json.`] : [];
  return [`${formatCount(total, "problem")} (${kinds.join(", ")}):`, ...shown, ...more];
}

function readForm(typed: string | undefined): Form | undefined {
  const form = FORMS.find((known) => known === typed);
  if (typed === undefined || form !== undefined) return form;
  throw new UsageProblem(`import: expected --as ${FORMS.join(", ")}, found "${typed}".`);
}

function readBase(typed: string | undefined): string | undefined {
  if (typed === undefined) return undefined;
  const url = URL.parse(typed);
  if (url && /^https?:$/.test(url.protocol)) return url.origin + url.pathname.replace(/\/+$/, "");
  throw new CommandProblem(
    "url_form",
    `Cannot read --url ${typed}: expected the old site's address such as https://old.example.org.`,
  );
}
