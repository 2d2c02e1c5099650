/** Following ordinary feeds: on the capsule's own schedule, politely, into the same timeline, unsigned. @module */
import { createHash } from "node:crypto";
import {
  deleteFeed,
  type Feed,
  type FeedChanges,
  findFeed,
  findFeedByUrl,
  findNextFeed,
  insertFeed,
  listDueFeeds,
  type NewFeedItem,
  saveFeedItems,
  updateFeed,
} from "../storage/feeds.ts";
import type { Database } from "../storage/database.ts";
import { decodeFeed, FEED_BYTES_MAX, type FeedDocument, findFeedLinks } from "./feed_document.ts";
import { nextFeedInterval, retryFeedAfter } from "./feed_schedule.ts";
import { AskProblem, type Question, type Reply } from "./fetch.ts";
import type { Mesh } from "./mesh.ts";
import { completeUrl } from "./question_url.ts";
import { readRetryAfter } from "./schedule.ts";

/** A feed that is followed now. */
export type FollowedFeed = Readonly<{
  id: number;
  /** Where the feed is, which need not be what was given. */
  url: string;
  title: string;
  /** False when it was followed before. */
  isNew: boolean;
}>;

/** Why a feed cannot be followed; for one that is followed, what went wrong the last time, or a code of `AskProblem`. */
export type FeedCode =
  /** It answers, but neither with a feed nor with a page that names one. */
  | "no_feed"
  /** Nothing is there (404). */
  | "not_there"
  /** It is gone for good (410). */
  | "gone"
  /** It does not want us (401, 403). */
  | "turned_away"
  /** It asks to come back later (429, 503). */
  | "later"
  /** Another status. */
  | "failing"
  /** As many feeds are followed as can be. */
  | "full";

/** A feed cannot be followed. */
export class FeedProblem extends Error {
  /** Always the class's name. */
  override readonly name = "FeedProblem";
  /** Why. */
  readonly code: FeedCode;

  /** The message is for logs. */
  constructor(code: FeedCode, message: string) {
    super(message);
    this.code = code;
  }
}

const ACCEPT =
  "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.5, */*;q=0.1";
const FEEDS_AT_ONCE = 4;
const IDLE_MS = 3_600_000;
const LINKS_TRIED_MAX = 3;
const HEADER_CHARS_MAX = 1_000;
const TEXT_CHARS_MAX = 64 * 1024;

/**
 * Follows the feed at a URL, or the first one that the page there names, and takes its items in. Throws `FeedProblem` or
 * `AskProblem`. A URL without a scheme, or with http, is taken for https.
 */
export async function followFeed(
  mesh: Mesh,
  url: string,
  signal?: AbortSignal,
): Promise<FollowedFeed> {
  const given = completeUrl(url, mesh.isDev);
  const { reply, document } = await findDocument(mesh, given, signal);
  const found = reply.movedTo ?? reply.url;
  const nowMs = mesh.now();
  const title = await readTitle(mesh, document.title, found);
  const id = insertFeed(mesh.db, { url: found, title, siteUrl: document.siteUrl, nowMs });
  if (id === "full") {
    throw new FeedProblem("full", `Cannot follow ${found}: too many feeds are followed already`);
  }
  const feed = id === "known" ? findFeedByUrl(mesh.db, found) : findFeed(mesh.db, id);
  // Unfollowed in this very moment by somebody else.
  if (feed === undefined) throw new FeedProblem("no_feed", `Cannot follow ${found}: unfollowed`);
  await takeIn(mesh, feed, reply, document);
  return { id: feed.id, url: found, title, isNew: id !== "known" };
}

/** Ends following a feed, by its URL; its items go. False when it was not followed. */
export function unfollowFeed(db: Database, url: string): boolean {
  const feed = findFeedByUrl(db, url) ?? findFeedByUrl(db, URL.parse(url)?.href ?? url);
  return feed !== undefined && deleteFeed(db, feed.id);
}

/** Asks the feeds that are due, a few at once and each host once at a time. A `Round`. */
export async function runFeeds(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const due = listDueFeeds(mesh.db, mesh.now(), 4 * FEEDS_AT_ONCE);
  const apart = new Map(due.toReversed().map((feed) => [URL.parse(feed.url)?.host, feed]));
  const chosen = [...apart.values()].toReversed().slice(0, FEEDS_AT_ONCE);
  await Promise.all(chosen.map((feed) => pullFeed(mesh, feed, signal)));
  const nextAtMs = signal.aborted ? undefined : findNextFeed(mesh.db);
  return nextAtMs === undefined ? IDLE_MS : Math.max(0, Math.min(IDLE_MS, nextAtMs - mesh.now()));
}

/** Asks one feed for what is newer, and writes down how it went and when it is asked again. */
export async function pullFeed(mesh: Mesh, feed: Feed, signal?: AbortSignal): Promise<void> {
  try {
    const { etag, modified } = feed;
    const reply = await mesh.ask({
      ...makeQuestion(feed.url, signal),
      ...(etag === undefined ? {} : { etag }),
      ...(modified === undefined ? {} : { modified }),
    });
    if (reply.status === 304) return noteSame(mesh, feed);
    const problem = problemOf(reply.status);
    if (problem !== undefined) return noteFailure(mesh, feed, problem, reply);
    const document = await decodeFeed(reply.bytes, reply.headers.get("content-type"));
    if (document === undefined) return noteFailure(mesh, feed, "no_feed", reply);
    await takeIn(mesh, feed, reply, document);
  } catch (error) {
    if (!(error instanceof AskProblem)) throw error;
    if (error.code !== "stopped") noteFailure(mesh, feed, error.code);
  }
}

function makeQuestion(url: string, signal: AbortSignal | undefined): Question {
  return {
    url,
    accept: ACCEPT,
    bytesMax: FEED_BYTES_MAX,
    ...(signal === undefined ? {} : { signal }),
  };
}

async function findDocument(
  mesh: Mesh,
  url: string,
  signal: AbortSignal | undefined,
): Promise<Readonly<{ reply: Reply; document: FeedDocument }>> {
  const page = await askWell(mesh, url, signal);
  const type = page.headers.get("content-type");
  const document = await decodeFeed(page.bytes, type);
  if (document !== undefined) return { reply: page, document };
  let problem: unknown;
  for (const link of findFeedLinks(page.bytes, type, page.url).slice(0, LINKS_TRIED_MAX)) {
    try {
      const reply = await askWell(mesh, completeUrl(link, mesh.isDev), signal);
      const linked = await decodeFeed(reply.bytes, reply.headers.get("content-type"));
      if (linked !== undefined) return { reply, document: linked };
    } catch (error) {
      // The page may name another one that is there.
      if (!(error instanceof FeedProblem || error instanceof AskProblem)) throw error;
      problem ??= error;
    }
  }
  if (problem !== undefined) throw problem;
  throw new FeedProblem(
    "no_feed",
    `Cannot follow ${url}: neither a feed nor a page that names one`,
  );
}

async function askWell(mesh: Mesh, url: string, signal: AbortSignal | undefined): Promise<Reply> {
  const reply = await mesh.ask(makeQuestion(url, signal));
  const problem = problemOf(reply.status);
  if (problem === undefined) return reply;
  throw new FeedProblem(problem, `Cannot follow ${url}: it answered with status ${reply.status}`);
}

function problemOf(status: number): FeedCode | undefined {
  switch (status) {
    case 200:
      return undefined;
    case 401:
    case 403:
      return "turned_away";
    case 404:
      return "not_there";
    case 410:
      return "gone";
    case 429:
    case 503:
      return "later";
    default:
      return "failing";
  }
}

/** Items in safe form, then one transaction for them and one for how it went. */
async function takeIn(
  mesh: Mesh,
  feed: Feed,
  reply: Reply,
  document: FeedDocument,
): Promise<void> {
  const { db } = mesh;
  const nowMs = mesh.now();
  const items: NewFeedItem[] = [];
  for (const [place, entry] of document.entries.entries()) {
    // Others have their turn in between: a hundred long items take a while.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const url = entry.url === "" ? "" : URL.parse(entry.url, reply.url)?.href ?? "";
    const base = url || document.siteUrl || reply.url;
    const { html, text } = await mesh.cleanHtml(entry.html, base);
    items.push({
      key: createHash("sha256").update(entry.id).digest(),
      url,
      title: await readTitle(mesh, entry.title, base),
      author: await readTitle(mesh, entry.author, base),
      html,
      text: text.slice(0, TEXT_CHARS_MAX),
      // A time to come counts as now; those without any keep the order of their feed.
      publishedAtMs: Math.max(0, Math.min(entry.atMs ?? nowMs - place, nowMs)),
    });
  }
  const title = await readTitle(mesh, document.title, reply.url);
  const intervalMs = nextFeedInterval(items.map(({ publishedAtMs }) => publishedAtMs), nowMs);
  db.transaction(() => {
    saveFeedItems(db, feed.id, items);
    updateFeed(db, feed.id, {
      title: title || feed.title,
      siteUrl: document.siteUrl || feed.siteUrl,
      etag: readHeader(reply, "etag"),
      modified: readHeader(reply, "last-modified"),
      ...(reply.movedTo === undefined ? {} : { url: reply.movedTo }),
      ...makeGood(mesh, intervalMs),
    });
  });
}

function noteSame(mesh: Mesh, feed: Feed): void {
  updateFeed(mesh.db, feed.id, makeGood(mesh, nextFeedInterval([], mesh.now(), feed.intervalMs)));
}

function makeGood(mesh: Mesh, intervalMs: number): FeedChanges {
  return {
    state: "current",
    problem: null,
    failures: 0,
    seenAtMs: mesh.now(),
    intervalMs,
    nextAtMs: mesh.now() + Math.round(intervalMs * (0.85 + 0.3 * mesh.random())),
  };
}

function noteFailure(mesh: Mesh, feed: Feed, problem: string, reply?: Reply): void {
  const failures = feed.failures + 1;
  const wishedMs = readRetryAfter(reply?.headers.get("retry-after") ?? null, mesh.now()) ?? 0;
  const waitMs = retryFeedAfter(problem, failures) * (0.85 + 0.3 * mesh.random());
  updateFeed(mesh.db, feed.id, {
    // What answered is there, but refuses or is none.
    state: ["no_feed", "gone", "turned_away"].includes(problem) ? "refused" : "unreachable",
    problem,
    failures,
    nextAtMs: mesh.now() + Math.round(Math.max(waitMs, wishedMs)),
  });
}

/** One line of words, whatever its feed made of it. */
async function readTitle(mesh: Mesh, title: string, base: string): Promise<string> {
  const words = /[<&]/.test(title) ? (await mesh.cleanHtml(title, base)).text : title;
  return words.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

function readHeader(reply: Reply, name: string): string | null {
  const value = reply.headers.get(name);
  return value !== null && value.length <= HEADER_CHARS_MAX ? value : null;
}
