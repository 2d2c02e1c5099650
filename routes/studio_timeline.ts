/** The timeline of everybody followed. Mounted at /studio/timeline. @module */
import { type Context, Hono } from "hono";
import { findFeedItem } from "../storage/feeds.ts";
import { findLogMirror } from "../storage/mirrors.ts";
import type { Piece } from "../storage/pieces.ts";
import {
  hasTimeline,
  listNewerTimeline,
  listTimeline,
  type TimelineItem,
} from "../storage/timeline.ts";
import { findTimelineMark, saveTimelineLook } from "../storage/timeline_mark.ts";
import type { Paging } from "../views/paging.ts";
import { FeedItemPage } from "../views/timeline_feed_item.ts";
import { type TimelineLine, TimelinePage } from "../views/timeline.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readMirrorSite } from "./mirrors.ts";
import { readCursor } from "./paging.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const PATH = "/studio/timeline";
const PER_PAGE = 20;

/** Builds the routes of the timeline. */
export function timelineRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const typed = c.req.query("before");
    const before = readCursor(typed);
    if (before === "invalid") return c.redirect(PATH, 303);
    const found = listTimeline(db, { before, limit: PER_PAGE + 1 });
    const items = found.slice(0, PER_PAGE);
    if (before !== undefined && items.length === 0) return c.redirect(PATH, 303);
    const isFirst = before === undefined;
    const seenId = findTimelineMark(db, deps.now());
    const frame = readFrame(deps, c);
    const page = TimelinePage({
      frame,
      nowMs: deps.now(),
      lines: readLines(deps, c, items),
      paging: makePaging(deps, items, { isFirst, hasOlder: found.length > PER_PAGE }),
      seenId,
      isFirst,
      isFollowing: hasTimeline(db),
    });
    const [newest] = items;
    // A damaged database takes no writes, and still shows its timeline.
    if (isFirst && newest !== undefined && frame.site.damage === undefined) {
      saveTimelineLook(db, newest.id, deps.now());
    }
    return answerPage(c, page);
  });

  routes.get("/feed/:id", (c) => {
    const id = readCursor(c.req.param("id"));
    const item = typeof id === "number" ? findFeedItem(db, id) : undefined;
    if (item === undefined) return c.notFound();
    return answerPage(c, FeedItemPage({ frame: readFrame(deps, c), item }));
  });

  return routes;
}

/** Each piece with its author's site, which is read once for each author. */
function readLines(
  deps: Deps,
  c: Context<Env>,
  items: readonly TimelineItem[],
): TimelineLine[] {
  const pieces = items.filter((item): item is Piece => "log" in item);
  const byLog = Map.groupBy(pieces, ({ log }) => log);
  const sites = new Map([...byLog].flatMap(([log, own]) => {
    const mirror = findLogMirror(deps.db, log);
    return mirror === undefined
      ? []
      : [[log, readMirrorSite(deps, c.get("viewer"), mirror, own)] as const];
  }));
  return items.flatMap((item): TimelineLine[] => {
    if (!("log" in item)) return [{ item }];
    const site = sites.get(item.log);
    return site === undefined ? [] : [{ piece: item, site }];
  });
}

/** The beginning has one address only, however one gets there. */
function makePaging(
  { db }: Deps,
  items: readonly TimelineItem[],
  { isFirst, hasOlder }: Readonly<{ isFirst: boolean; hasOlder: boolean }>,
): Paging {
  const [first] = items;
  const last = items.at(-1);
  const older = hasOlder && last !== undefined ? withQuery(PATH, { before: last.id }) : undefined;
  if (isFirst || first === undefined) return { newer: undefined, older };
  const above = listNewerTimeline(db, { after: first.id, limit: PER_PAGE + 1 });
  const start = above.at(-PER_PAGE);
  const newer = above.length <= PER_PAGE || start === undefined
    ? PATH
    : withQuery(PATH, { before: start.id + 1 });
  return { newer, older };
}
