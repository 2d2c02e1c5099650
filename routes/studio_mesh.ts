/** Everybody followed and what can be done with each copy. Mounted at /studio/mesh. @module */
import { type Context, Hono } from "hono";
import { actOnMirror, MIRROR_ACTS } from "../mesh/mirror_acts.ts";
import { listAbsentBlobs } from "../storage/absent_blobs.ts";
import { countMirrorGaps, listSetAside } from "../storage/mirror_gaps.ts";
import {
  findMirror,
  listMirrors,
  type Mirror,
  MIRRORS_MAX,
  updateMirror,
} from "../storage/mirrors.ts";
import { listConfirmed } from "../storage/peers.ts";
import type { Picture } from "../storage/pieces.ts";
import { findProfile } from "../storage/profiles.ts";
import { countHeldBack } from "../storage/withdrawals.ts";
import { describeMirror } from "../views/mirror_states.ts";
import type { Paging } from "../views/paging.ts";
import { MeshPage, type MeshTotals, nameOf } from "../views/studio_mesh.ts";
import type { Problems } from "../views/studio_fields.ts";
import { MirrorPage, UnfollowPage } from "../views/studio_mirror.ts";
import { SetAsidePage } from "../views/studio_set_aside.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { tryUnfollow } from "./following.ts";
import { readWords } from "./forms.ts";
import { listFeedRows } from "./studio_feeds.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { readHoldings } from "./studio_followers.ts";

/** Mirrors read for one page at most: an owner who follows more finds the others by searching. */
const MIRRORS_READ_MAX = 5_000;
const MIRRORS_PER_PAGE = 50;
const MEGABYTE = 1_000_000;
const BUDGET_MEGABYTES_MAX = 1_000_000;

const DONE: Readonly<Record<string, string>> = {
  ask: "It is asked now; reload this page in a moment to see what came of it.",
  pause: "It is paused.",
  resume: "It goes on.",
  "go-on": "It goes on. You are asked again if it grows by another 100,000 entries.",
  copy: "It is being copied.",
  erase: "What they withdrew is erased when its 30 days are over.",
  budget: "The room for pictures is changed.",
  followed: "You follow them now. The copy is on its way, the newest pieces first.",
  known: "You follow them already.",
  "feed-followed": "You follow this feed now. Its items stand in your timeline.",
  "feed-known": "You follow this feed already.",
  "feed-unfollowed": "You do not follow this feed any more.",
  unfollowed: "You do not follow them any more. Your copy is being erased.",
};

/** Builds the routes of mirrors for their owner. */
export function meshStudioRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => answerMesh(deps, c));

  routes.get(
    "/set-aside",
    (c) => answerPage(c, SetAsidePage({ frame: readFrame(deps, c), lines: listSetAside(db) })),
  );

  routes.get("/:id", (c) => answerMirror(deps, c));

  routes.post("/:id", async (c) => {
    const id = c.req.param("id");
    const form = await readWords(c.req.raw);
    const wish = form.text("do");
    if (wish === "budget") return changeBudget(deps, c, form.line("budget"));
    const act = MIRROR_ACTS.find((one) => one === wish);
    if (act === undefined || actOnMirror(db, id, act, now()) === "absent") return c.notFound();
    // Sent twice, or overtaken by what the mirror did meanwhile: the page shows how it is now.
    return c.redirect(withQuery(`/studio/mesh/${id}`, { done: act }), 303);
  });

  routes.get("/:id/unfollow", (c) => {
    const mirror = findMirror(db, c.req.param("id"));
    if (mirror === undefined) return c.notFound();
    return answerPage(c, UnfollowPage({ frame: readFrame(deps, c), mirror }));
  });

  routes.post("/:id/unfollow", (c) => {
    const mirror = findMirror(db, c.req.param("id"));
    // Sent twice, the second finds nobody and says the same.
    const problem = mirror && tryUnfollow(deps, mirror.id);
    if (mirror === undefined || problem === undefined) {
      return c.redirect("/studio/mesh?done=unfollowed", 303);
    }
    const page = UnfollowPage({ frame: readFrame(deps, c), mirror, problems: { "": problem } });
    return answerPage(c, page, 422);
  });

  return routes;
}

function answerMesh(deps: Deps, c: Context<Env>): Response {
  const frame = readFrame(deps, c);
  const all = listAllMirrors(deps);
  const query = (c.req.query("q") ?? "").trim().slice(0, 200);
  const found = query === "" ? all : all.filter((mirror) => isMatch(mirror, query));
  const pages = Math.max(1, Math.ceil(found.length / MIRRORS_PER_PAGE));
  const typed = Number(c.req.query("page") ?? "1");
  const page = Number.isInteger(typed) && typed >= 1 && typed <= pages ? typed : 1;
  const start = (page - 1) * MIRRORS_PER_PAGE;
  const mirrors = found.slice(start, start + MIRRORS_PER_PAGE)
    .map((mirror) => withAddress(deps, mirror));
  return answerPage(
    c,
    MeshPage({
      frame,
      nowMs: deps.now(),
      mirrors,
      portraits: findPortraits(deps, mirrors),
      totals: addUp(all),
      holdings: readHoldings(deps),
      feeds: listFeedRows(deps),
      query,
      paging: makePaging(query, page, pages),
      isFirst: page === 1,
      hasSetAside: listSetAside(deps.db).length > 0,
      done: DONE[c.req.query("done") ?? ""],
    }),
  );
}

function findPortraits({ db }: Deps, mirrors: readonly Mirror[]): Map<number, Picture> {
  return new Map(mirrors.flatMap(({ log }) => {
    const { picture } = findProfile(db, log);
    const isHere = picture !== undefined && listAbsentBlobs(db, [picture.hash]).length === 0;
    return isHere ? [[log, picture] as const] : [];
  }));
}

/** Those that wait for the owner first, then those worth a look, then by name. */
function listAllMirrors({ db }: Deps): Mirror[] {
  const all: Mirror[] = [];
  while (all.length < MIRRORS_READ_MAX) {
    const some = listMirrors(db, { afterLog: all.at(-1)?.log, limit: MIRRORS_MAX });
    all.push(...some);
    if (some.length < MIRRORS_MAX) break;
  }
  const order = new Intl.Collator("en", { sensitivity: "base", numeric: true });
  return all.filter(({ state }) => state !== "leaving")
    .map((mirror) => ({ mirror, ...describeMirror(mirror), name: nameOf(mirror) }))
    .sort((a, b) => b.trouble - a.trouble || order.compare(a.name, b.name))
    .map(({ mirror }) => mirror);
}

function isMatch(mirror: Mirror, query: string): boolean {
  const text = `${mirror.name} ${mirror.address ?? ""} ${mirror.id}`.toLowerCase();
  return text.includes(query.toLowerCase());
}

function addUp(mirrors: readonly Mirror[]): MeshTotals {
  const sum = (value: (mirror: Mirror) => number) =>
    mirrors.reduce((total, mirror) => total + value(mirror), 0);
  return {
    mirrors: mirrors.length,
    troubles: mirrors.filter((mirror) => describeMirror(mirror).trouble === 2).length,
    entries: sum(({ entries }) => entries),
    contentBytes: sum(({ contentBytes }) => contentBytes),
    blobBytes: sum(({ blobBytes }) => blobBytes),
  };
}

function makePaging(query: string, page: number, pages: number): Paging {
  const url = (n: number) => withQuery("/studio/mesh", { q: query, page: n === 1 ? undefined : n });
  return {
    newer: page > 1 ? url(page - 1) : undefined,
    older: page < pages ? url(page + 1) : undefined,
  };
}

async function changeBudget(deps: Deps, c: Context<Env>, typed: string): Promise<Response> {
  const mirror = findMirror(deps.db, c.req.param("id") ?? "");
  if (mirror === undefined) return await c.notFound();
  const megabytes = Number(typed.replaceAll(/[\s,_]|MB$/gi, ""));
  const isFit = typed !== "" && megabytes >= 0 && megabytes <= BUDGET_MEGABYTES_MAX;
  if (!isFit) {
    const budget = "Please say it as a number of megabytes, from 0 to 1,000,000.";
    return answerMirror(deps, c, { typed, problems: { budget } });
  }
  updateMirror(deps.db, mirror.log, { budgetBytes: Math.round(megabytes * MEGABYTE) });
  return c.redirect(withQuery(`/studio/mesh/${mirror.id}`, { done: "budget" }), 303);
}

/** Before its log says where it is, a mirror is where it was found. */
function withAddress({ db }: Deps, mirror: Mirror): Mirror {
  return { ...mirror, address: mirror.address ?? listConfirmed(db, mirror.id)[0]?.address ?? null };
}

async function answerMirror(
  deps: Deps,
  c: Context<Env>,
  back: Readonly<{ typed?: string; problems?: Problems }> = {},
): Promise<Response> {
  const found = findMirror(deps.db, c.req.param("id") ?? "");
  if (found === undefined) return await c.notFound();
  const mirror = withAddress(deps, found);
  const page = MirrorPage({
    frame: readFrame(deps, c),
    nowMs: deps.now(),
    mirror,
    gaps: countMirrorGaps(deps.db, mirror.log),
    heldBack: countHeldBack(deps.db, mirror.log),
    budget: back.typed ?? String(Math.round(mirror.budgetBytes / MEGABYTE)),
    problems: back.problems,
    done: DONE[c.req.query("done") ?? ""],
  });
  return answerPage(c, page, back.problems === undefined ? 200 : 422);
}
