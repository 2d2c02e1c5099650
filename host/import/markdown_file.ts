/** One Markdown file of somebody else's archive made into an article. @module */
import { cleanText } from "../../content/escape.ts";
import { convertInlineHtml } from "../../content/html_to_markdown.ts";
import type { Picture } from "../../mesh/protocol/content.ts";
import type { ArchiveLinks } from "./archive_links.ts";
import type { ArchivePictures, FoundPicture } from "./archive_pictures.ts";
import type { LoadedPiece } from "./candidate.ts";
import { cutBytes } from "./field_values.ts";
import { type ArticleFields, baseName } from "./fields.ts";
import { dropHeadingIds, takeTitle } from "./headings.ts";
import { rewriteTargets } from "./links.ts";
import type { Problems } from "./problems.ts";
import { listShortcodes } from "./shortcodes.ts";

/** What all files of one archive share. */
export type Archive = Readonly<{
  /** The folder. */
  root: string;
  links: ArchiveLinks;
  pictures: ArchivePictures;
  problems: Problems;
}>;

/** A file taken apart. */
export type MarkdownSource = Readonly<{
  /** Path below the folder. */
  file: string;
  fields: ArticleFields;
  body: string;
  /** Free in the log and in this archive. */
  slug: string;
  dateMs: number;
}>;

const PICTURES_MAX = 64;
const DESCRIPTION_BYTES_MAX = 4_096;
const TITLE_BYTES_MAX = 1_024;
const REMOTE = /^(?:https?:)?\/\//i;

/** Converts what is HTML, points links and pictures to this capsule, and notes what could not come along. */
export async function loadArticle(
  archive: Archive,
  source: MarkdownSource,
): Promise<LoadedPiece | undefined> {
  const { file, fields } = source;
  const { problems } = archive;
  const converted = convertInlineHtml(cleanText(source.body));
  for (const problem of converted.problems) problems.add(file, "html", problem);
  for (const name of listShortcodes(converted.markdown)) {
    problems.add(file, "shortcode", `the shortcode ${name} stays in the text as it is written`);
  }
  const opened = openText(dropHeadingIds(converted.markdown), fields.title, file);
  const found = await findPictures(archive, source, opened.markdown);
  const markdown = rewriteTargets(
    opened.markdown,
    (target) => resolveLink(archive, file, found, target),
    (target, description) => resolvePicture(archive, file, found, target, description),
  ).trim();
  if (markdown === "") {
    problems.add(file, "empty", "there is no text in this file: not imported");
    return undefined;
  }
  const { cover, pictures } = collectPictures(archive, source, found, markdown);
  return {
    kind: "article",
    publishedAtMs: source.dateMs,
    ...(fields.language !== undefined && { language: fields.language }),
    title: opened.title,
    slug: source.slug,
    summary: fields.summary,
    ...(cover && { cover }),
    tags: fields.tags,
    markdown,
    pictures,
    ...(fields.isPage && { isPage: true as const }),
    aliases: fields.aliases,
    authors: fields.authors,
  };
}

/** The title, and the text without a first heading that only repeats it. */
function openText(
  body: string,
  title: string,
  file: string,
): { title: string; markdown: string } {
  const taken = takeTitle(body);
  if (title === "") {
    const name = baseName(file).replace(/^\d{4}-\d{2}-\d{2}[-_]?/, "").replace(/[-_]+/g, " ");
    const found = cutBytes(taken.title || name || "Untitled", TITLE_BYTES_MAX);
    return { title: found, markdown: taken.title === "" ? body : taken.rest };
  }
  return { title, markdown: taken.title === title ? taken.rest : body };
}

type Found = Map<string, FoundPicture>;

/** Looks for every local picture that the text shows, and for the cover. */
async function findPictures(
  archive: Archive,
  { file, fields }: MarkdownSource,
  markdown: string,
): Promise<Found> {
  const targets = new Set<string>();
  const mayShow = /!\[|\.(?:png|jpe?g|gif|webp|avif)/i.test(markdown);
  rewriteTargets(mayShow ? markdown : "", (target) => {
    if (/\.(?:png|jpe?g|gif|webp|avif)$/i.test(target)) targets.add(target);
    return undefined;
  }, (target) => {
    targets.add(target);
    return undefined;
  });
  if (fields.cover !== undefined) targets.add(fields.cover);
  const found: Found = new Map();
  for (const target of targets) {
    const local = localTarget(archive, target);
    if (local !== undefined && found.size < 4 * PICTURES_MAX) {
      found.set(target, await archive.pictures.find(local, file));
    }
  }
  return found;
}

/** The target as a path in the archive: also of a picture that the old site served; `undefined` for pictures elsewhere. */
function localTarget(archive: Archive, target: string): string | undefined {
  const { base } = archive.links;
  if (base !== undefined && target.startsWith(`${base}/`)) return target.slice(base.length);
  return REMOTE.test(target) || /^(?:data|blob|mailto):/i.test(target) ? undefined : target;
}

function resolveLink(
  archive: Archive,
  file: string,
  found: Found,
  target: string,
): string | undefined {
  const { links, problems } = archive;
  const url = links.resolve(target, file);
  if (url !== undefined) return url;
  const picture = found.get(target);
  if (picture?.state === "saved") return `blob:${picture.picture.hash}`;
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target) || target === "") return undefined;
  const oldUrl = links.oldUrl(target, file);
  if (oldUrl !== undefined) return oldUrl;
  problems.add(
    file,
    "link",
    `the link to ${target} leads to nothing in this archive: kept as text`,
  );
  return "";
}

function resolvePicture(
  archive: Archive,
  file: string,
  found: Found,
  target: string,
  description: string,
): ReturnType<Parameters<typeof rewriteTargets>[2]> {
  const { links, problems } = archive;
  const picture = found.get(target);
  if (picture?.state === "saved") return { picture: `blob:${picture.picture.hash}` };
  if (picture === undefined && REMOTE.test(target)) {
    problems.add(
      file,
      "picture_remote",
      `the picture ${target} is on another site: shown as a link`,
    );
    return { link: target };
  }
  if (picture?.state === "unusable") {
    problems.add(
      file,
      "picture_unusable",
      `the picture ${target} cannot be used: ${picture.reason}`,
    );
  } else {
    problems.add(
      file,
      "picture_missing",
      `the picture ${cutBytes(target, 200)} is not in this archive`,
    );
  }
  const oldUrl = links.oldUrl(target, file);
  return oldUrl === undefined ? { words: description } : { link: oldUrl };
}

/** The pictures that the finished text names, described by their first mention, and the cover. */
function collectPictures(
  archive: Archive,
  { file, fields }: MarkdownSource,
  found: Found,
  markdown: string,
): { cover: Picture | undefined; pictures: Picture[] } {
  const byHash = new Map<string, Omit<Picture, "description">>();
  for (const picture of found.values()) {
    if (picture.state === "saved") byHash.set(picture.picture.hash, picture.picture);
  }
  const pictures = new Map<string, Picture>();
  for (const match of markdown.matchAll(/(!?)\[([^\[\]]*)\]\(blob:([0-9a-f]{64})\)/g)) {
    const [, mark, words = "", hash = ""] = match;
    const picture = byHash.get(hash);
    if (!picture || (pictures.has(hash) && pictures.get(hash)?.description !== "")) continue;
    const description = mark === "!"
      ? cutBytes(words.replace(/\s+/g, " "), DESCRIPTION_BYTES_MAX)
      : "";
    pictures.set(hash, { ...picture, description });
  }
  const list = [...pictures.values()];
  if (list.length > PICTURES_MAX) {
    const problem = `the text shows ${list.length} pictures: the first ${PICTURES_MAX} came along`;
    archive.problems.add(file, "picture_unusable", problem);
  }
  const cover = fields.cover === undefined ? undefined : found.get(fields.cover);
  if (fields.cover !== undefined && cover?.state !== "saved") {
    const reason = cover?.state === "unusable" ? cover.reason : "it is not in this archive";
    archive.problems.add(file, "picture_missing", `the cover ${fields.cover}: ${reason}`);
  }
  return {
    cover: cover?.state === "saved" ? { ...cover.picture, description: "" } : undefined,
    pictures: list.slice(0, PICTURES_MAX),
  };
}
