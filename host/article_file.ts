/** A Markdown file as an article: its fields, and the local pictures it shows. @module */
import { makeSlug } from "../content/slug.ts";
import { LONG_CONTENT_BYTES_MAX } from "../mesh/protocol/limits.ts";
import type { PictureField } from "../mesh/publish.ts";
import type { Database } from "../storage/database.ts";
import { findSettings } from "../storage/settings.ts";
import { CommandProblem, type Context } from "./command.ts";
import { makeArchivePictures } from "./import/archive_pictures.ts";
import { type ArticleFields, readArticleFields } from "./import/fields.ts";
import { readFrontMatter } from "./import/front_matter.ts";
import { rewriteTargets } from "./import/links.ts";
import { readTextFile } from "./pieces.ts";

/** What a file says. */
export type ArticleFile = Readonly<{
  fields: ArticleFields;
  /** The body, with every local picture as `blob:<hash>`. */
  markdown: string;
  cover: PictureField | undefined;
}>;

/** Answers the hash of a saved picture. */
type FindPicture = (target: string) => Promise<string | undefined>;

/** Reads a Markdown file ("-" for standard input) and saves its pictures, found beside it. */
export async function readArticleFile(
  db: Database,
  context: Context,
  path: string,
): Promise<ArticleFile> {
  const text = await readTextFile(path, LONG_CONTENT_BYTES_MAX, "an article in Markdown");
  const { fields, body, problem } = readFrontMatter(text);
  if (problem !== undefined) {
    throw new CommandProblem(
      "front_matter",
      `Cannot read ${path}: ${problem}. Mend the lines at its top.`,
    );
  }
  const file = path === "-" ? "article.md" : path.replace(/^.*[/\\]/, "");
  const known = readArticleFields(fields, file, findSettings(db).timeZone);
  if (known.badDate !== undefined) {
    throw new CommandProblem(
      "date_form",
      `Cannot read ${path}: expected a date such as 2026-05-01, found "${known.badDate}".`,
    );
  }
  const { title, markdown } = takeTitle(known.title, body.trim());
  // A file's name is seldom meant as an address; a field is.
  const isNamed = ["slug", "path", "permalink", "url"].some((name) => fields[name] !== undefined);
  const folder = path === "-" || !/[/\\]/.test(path)
    ? "."
    : path.replace(/[/\\][^/\\]*$/, "") || "/";
  const find = makeFinder(db, context, path, folder, file);
  const replaced = await replacePictures(markdown, find);
  const cover = known.cover === undefined ? undefined : await find(known.cover);
  return {
    fields: { ...known, title, slug: isNamed ? known.slug : makeSlug(title) },
    markdown: replaced,
    cover: cover === undefined ? undefined : { hash: cover, description: "" },
  };
}

/** The title of the fields, else of the first line when that is a heading (which then leaves the text). */
function takeTitle(title: string, body: string): { title: string; markdown: string } {
  if (title !== "") return { title, markdown: body };
  const heading = /^#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\r?\n|$)/.exec(body);
  if (heading === null) return { title: "", markdown: body };
  return { title: heading[1] ?? "", markdown: body.slice(heading[0].length).trim() };
}

/** Finds local pictures; `undefined` for those on other servers and those that are here already. */
function makeFinder(
  db: Database,
  context: Context,
  path: string,
  folder: string,
  file: string,
): FindPicture {
  const archive = makeArchivePictures(folder, db, context.now);
  return async (target) => {
    if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return undefined;
    const found = await archive.find(target, file);
    if (found.state === "saved") return found.picture.hash;
    throw new CommandProblem(
      "picture_unusable",
      found.state === "missing"
        ? `Cannot publish ${path}: the picture ${target} is not beside it. Put it there, or take it out of the text.`
        : `Cannot publish ${path}: the picture ${target} cannot be used: ${found.reason}.`,
    );
  };
}

async function replacePictures(markdown: string, find: FindPicture): Promise<string> {
  const targets = new Set<string>();
  rewriteTargets(markdown, () => undefined, (target) => {
    targets.add(target);
    return undefined;
  });
  const hashes = new Map<string, string>();
  for (const target of targets) {
    const hash = await find(target);
    if (hash !== undefined) hashes.set(target, hash);
  }
  return rewriteTargets(markdown, () => undefined, (target) => {
    const hash = hashes.get(target);
    if (hash !== undefined) return { picture: `blob:${hash}` };
    // Pages load nothing from other servers, so a picture there becomes a link to it.
    return /^https?:/i.test(target) ? { link: target } : undefined;
  });
}
