/** What the person named: a folder, one Markdown file, or a feed; opened and looked through. @module */
import type { Database } from "../../storage/database.ts";
import { findSettings } from "../../storage/settings.ts";
import { openSurvey } from "../../storage/surveys.ts";
import { CommandProblem } from "../command.ts";
import { explainFile, formatBytes, readNamedFile } from "../files.ts";
import { readStdin } from "../terminal.ts";
import type { Candidates } from "./candidate.ts";
import { type FeedForm, surveyFeed } from "./feed_file.ts";
import { decodeText } from "./files.ts";
import { surveyFolder } from "./markdown_folder.ts";
import type { Problems } from "./problems.ts";

/** How an archive is read. */
export type Form = "markdown" | FeedForm;

/** What opening an archive needs. */
export type ArchiveOptions = Readonly<{
  db: Database;
  log: number;
  /** A folder, a file, or "-" for a feed on standard input. */
  path: string;
  form: Form | undefined;
  base: string | undefined;
  isDryRun: boolean;
  now: () => number;
  problems: Problems;
}>;

/** What an archive holds. */
type Contents = Readonly<{
  candidates: Candidates;
  /** The address at which its links lead to its own articles, where one was given or found out. */
  base: () => string | undefined;
  /** Pictures taken over so far, and the milliseconds it took. */
  pictures: () => Readonly<{ count: number; ms: number }>;
}>;

/** An archive that was looked through; leaving its scope forgets what was learnt of it. */
export type OpenedArchive = Contents & Disposable;

/** A feed is read whole. */
const FEED_BYTES_MAX = 64 * 1024 * 1024;
const MARKDOWN = /\.(?:md|markdown|mdown|mkd)$/i;

/** Opens what the person named. Throws CommandProblem when it is not there or is nothing that can be imported. */
export async function openArchive(options: ArchiveOptions): Promise<OpenedArchive> {
  using opening = new DisposableStack();
  const contents = await open({ ...options, survey: opening.use(openSurvey()) });
  const opened = opening.move();
  return { ...contents, [Symbol.dispose]: () => opened.dispose() };
}

type Opening = ArchiveOptions & Readonly<{ survey: Database }>;

async function open(options: Opening): Promise<Contents> {
  const { path, form } = options;
  if (path === "-") {
    if (form === "markdown") {
      throw new CommandProblem(
        "not_a_feed",
        `Standard input is read as one feed. Name a folder or a file to import Markdown.`,
      );
    }
    return openFeed(options, await readStdin(FEED_BYTES_MAX), "standard input");
  }
  const isFolder = await checkFolder(path);
  if (isFolder || form === "markdown" || (form === undefined && MARKDOWN.test(path))) {
    return openMarkdown(options, isFolder);
  }
  const bytes = readNamedFile(path, FEED_BYTES_MAX, "a folder of Markdown files or a feed");
  return openFeed(options, bytes, path);
}

async function checkFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    throw explainFile(error, `Cannot import ${path}`, "a folder of Markdown files or a feed");
  }
}

function openMarkdown(options: Opening, isFolder: boolean): Contents {
  const { db, path } = options;
  const root = isFolder ? path : path.replace(/[^/\\]*$/, "") || ".";
  const only = isFolder ? undefined : path.slice(path.length - path.replace(/^.*[/\\]/, "").length);
  const { timeZone } = findSettings(db);
  try {
    const { archive, candidates } = surveyFolder({ ...options, root, only, timeZone });
    return { candidates, base: () => archive.links.base, pictures: () => archive.pictures };
  } catch (error) {
    throw explainFile(error, `Cannot import ${path}`, "a folder of Markdown files");
  }
}

function openFeed(options: Opening, bytes: Uint8Array, source: string): Contents {
  const { db, survey, log, form, base, now, problems } = options;
  const feedForm = form === "markdown" ? undefined : form;
  const candidates = surveyFeed({
    db,
    survey,
    log,
    text: decodeText(bytes, source, problems),
    form: feedForm,
    base,
    timeZone: findSettings(db).timeZone,
    nowMs: now(),
    problems,
  });
  if (candidates === undefined) {
    const expected = feedForm === undefined
      ? "a feed (RSS, Atom or JSON Feed)"
      : { rss: "an RSS feed", atom: "an Atom feed", json: "a JSON Feed" }[feedForm];
    throw new CommandProblem(
      "not_a_feed",
      `Cannot import ${source}: expected ${expected}, found ${
        formatBytes(bytes.length)
      } of something else. Folders of Markdown files and feeds can be imported.`,
    );
  }
  return { candidates, base: () => base, pictures: () => ({ count: 0, ms: 0 }) };
}
