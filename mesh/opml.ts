/** Lists of whom one follows, as feed readers exchange them (OPML 2.0): ordinary feeds and capsules. @module */
import type { Opml } from "feedsmith";
import type { Database } from "../storage/database.ts";
import { FEEDS_MAX, insertFeed, listFeeds } from "../storage/feeds.ts";
import { findMirror, listMirrors } from "../storage/mirrors.ts";
import { isAddress } from "./protocol/address.ts";
import { isCapsuleId } from "./protocol/capsule_id.ts";
import { checkQuestionUrl, completeUrl } from "./question_url.ts";

/** Bytes of a list. */
export const OPML_BYTES_MAX = 2 * 1024 * 1024;
/** Lines of a list that are read. */
export const OPML_OUTLINES_MAX = 2_000;

/** What a list brought. */
export type ImportedOpml = Readonly<{
  /** Feeds that are followed from now on; they are asked by the mesh in its own time. */
  added: number;
  /** Feeds and capsules that were followed already. */
  known: number;
  /** Lines that are not followed: no usable URL, or more feeds than can be followed. */
  refused: string[];
  /** Capsules that the list names and that are not mirrored: for the caller to follow, one by one, with the owner's consent. */
  capsules: ListedCapsule[];
}>;

/** A capsule in a list. */
export type ListedCapsule = Readonly<{ id: string; address: string; name: string }>;

/** Beside the attributes of OPML: the capsule id, so that a capsule is known as one. Other programs see its feed. */
const ID_ATTRIBUTE = "capsule";
const PAGE = 200;
const FEED_PATH = "/feed.atom";

type Outline = Opml.Outline<string, readonly string[]>;

/**
 * Follows the feeds of a list, and tells which capsules it names; undefined when the text is no such list. `isDev` lets
 * http and private addresses pass; else https is asked in the place of http.
 */
export async function importOpml(
  db: Database,
  text: string,
  { nowMs, isDev }: Readonly<{ nowMs: number; isDev: boolean }>,
): Promise<ImportedOpml | undefined> {
  const outlines = await readOutlines(text);
  if (outlines === undefined) return undefined;
  const seen = new Set<string>();
  const refused: string[] = [];
  const capsules: ListedCapsule[] = [];
  let added = 0;
  let known = 0;
  for (const outline of outlines) {
    const name = (outline.title ?? outline.text ?? "").trim().slice(0, 200);
    const capsule = readCapsule(outline, name);
    const found = capsule?.id ?? outline.xmlUrl?.trim() ?? "";
    if (found === "" || seen.has(found)) continue;
    seen.add(found);
    const url = checkQuestionUrl(capsule?.address ?? completeUrl(found, isDev), isDev);
    if (!(url instanceof URL)) {
      refused.push(found.slice(0, 200));
    } else if (capsule !== undefined) {
      if (findMirror(db, capsule.id) === undefined) capsules.push(capsule);
      else known += 1;
    } else {
      const siteUrl = readSite(outline.htmlUrl);
      const id = insertFeed(db, { url: url.href, title: name, siteUrl, nowMs });
      if (id === "full") refused.push(url.href.slice(0, 200));
      else if (id === "known") known += 1;
      else added += 1;
    }
  }
  return { added, known, refused, capsules };
}

/** Writes whom the owner follows as a list, without those followed quietly. */
export async function exportOpml(db: Database, title: string): Promise<string> {
  const { generateOpml } = await import("feedsmith");
  const outlines = [...listCapsuleOutlines(db), ...listFeedOutlines(db)];
  return generateOpml({ head: { title }, body: { outlines } }, {
    extraOutlineAttributes: [ID_ATTRIBUTE],
  });
}

function listCapsuleOutlines(db: Database) {
  const outlines = [];
  for (let afterLog = 0;;) {
    const mirrors = listMirrors(db, { afterLog, limit: PAGE });
    for (const { id, name, address, isQuiet, state } of mirrors) {
      if (isQuiet || address === null || state === "leaving") continue;
      outlines.push({
        text: name || address,
        title: name || address,
        type: "rss",
        xmlUrl: `${address}${FEED_PATH}`,
        htmlUrl: `${address}/`,
        [ID_ATTRIBUTE]: id,
      });
    }
    const last = mirrors.at(-1);
    if (last === undefined || mirrors.length < PAGE) return outlines;
    afterLog = last.log;
  }
}

function listFeedOutlines(db: Database) {
  return listFeeds(db, { limit: FEEDS_MAX }).map(({ url, title, siteUrl }) => ({
    text: title || url,
    title: title || url,
    type: "rss",
    xmlUrl: url,
    ...(siteUrl === "" ? {} : { htmlUrl: siteUrl }),
  }));
}

async function readOutlines(text: string): Promise<Outline[] | undefined> {
  if (text.length > OPML_BYTES_MAX) return undefined;
  const { parseOpml } = await import("feedsmith");
  const outlines: Outline[] = [];
  try {
    const document = parseOpml(text, { extraOutlineAttributes: [ID_ATTRIBUTE] });
    const waiting: Outline[] = [...(document.body?.outlines ?? [])];
    while (waiting.length > 0 && outlines.length < OPML_OUTLINES_MAX) {
      const outline = waiting.shift() as Outline;
      outlines.push(outline);
      waiting.unshift(...(outline.outlines ?? []).slice(0, OPML_OUTLINES_MAX));
    }
    return outlines;
  } catch {
    // The library tells in many ways that this is no list.
    return undefined;
  }
}

function readCapsule(outline: Outline, name: string): ListedCapsule | undefined {
  const id = (outline as Readonly<Record<string, unknown>>)[ID_ATTRIBUTE];
  const address = URL.parse(outline.htmlUrl ?? outline.xmlUrl ?? "")?.origin;
  return isCapsuleId(id) && isAddress(address) ? { id, address, name } : undefined;
}

function readSite(url: string | undefined): string {
  const site = URL.parse((url ?? "").trim());
  const isPage = site?.protocol === "https:" || site?.protocol === "http:";
  return isPage && site.href.length <= 2_048 ? site.href : "";
}
