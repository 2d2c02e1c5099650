/** Mirrors are public: whose copy stands below /~<capsule id>, and who may see it. Mounted at /. @module */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { isBlocked } from "../storage/blocks.ts";
import { findLogCapsule } from "../storage/capsules.ts";
import { findConfirmedId } from "../storage/mirror_addresses.ts";
import { findLogMirror, findMirror, type Mirror } from "../storage/mirrors.ts";
import { findOpenCapsule } from "../storage/open_capsules.ts";
import { findTakedown } from "../storage/piece_takedowns.ts";
import type { Piece } from "../storage/pieces.ts";
import type { Site } from "../views/layout.ts";
import { mirrorBase } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { answerTakenDown } from "./errors.ts";
import { makeSite, needOwnCapsule, readOwnCapsule, readSubject, type Subject } from "./site.ts";

/** Where the reading routes are mounted a second time. */
export const MIRROR_PATH = "/:mirror{~cap1[a-z0-9]+}/";

const ADDRESS_PATH = "/:address{~[^/]+}";
/** So long nobody saw the origin: then search engines may have the copy. */
const ORIGIN_GONE_MS = 7 * 24 * 60 * 60 * 1000;

/** Middleware of what is mounted at `MIRROR_PATH`: sets the subject; who may not see it finds nothing. */
export function findMirrorSubject(deps: Deps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function findMirrorSubject(c, next) {
    const id = (c.req.param("mirror") ?? "").slice(1);
    if (readOwnCapsule(deps)?.id === id) return redirectBelow(c, "");
    const takedown = findTakedown(deps.db, "capsule", id);
    if (takedown !== undefined) return answerTakenDown(c, deps, takedown);
    const mirror = findShownMirror(deps, c, id);
    if (mirror === undefined) return await c.notFound();
    c.set("subject", readMirrorSubject(deps, mirror));
    await next();
  });
}

/** Builds the routes that lead to a mirror: an address readers know, and an id without a slash behind it. */
export function mirrorRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get(MIRROR_PATH.slice(0, -1), (c) => redirectBelow(c, `/${c.req.param("mirror")}`));
  routes.get(ADDRESS_PATH, (c) => answerAddress(c, deps));
  routes.get(`${ADDRESS_PATH}/*`, (c) => answerAddress(c, deps));
  return routes;
}

/** What a page shows of a mirrored capsule, for pages that show several; `pieces` are those of its on the page. */
export function readMirrorSite(
  deps: Deps,
  viewer: Env["Variables"]["viewer"],
  mirror: Mirror,
  pieces: readonly Piece[] = [],
): Site {
  return makeSite(deps, viewer, readMirrorSubject(deps, mirror), pieces);
}

/** A visitor's question costs the same for a capsule that is followed quietly as for one nobody heard of. */
function findShownMirror(deps: Deps, c: Context<Env>, id: string): Mirror | undefined {
  const { db } = deps;
  if (isBlocked(db, id)) return undefined;
  if (c.get("viewer") === "owner") {
    const mirror = findMirror(db, id);
    return mirror?.state === "leaving" ? undefined : mirror;
  }
  const capsule = findOpenCapsule(db, id);
  return capsule && findLogMirror(db, capsule.log);
}

function readMirrorSubject(deps: Deps, mirror: Mirror): Subject {
  const capsule = findLogCapsule(deps.db, mirror.log);
  if (capsule === undefined) throw new Error("Cannot show mirror: expected a capsule, found none");
  const seenAtMs = mirror.originSeenAtMs ?? mirror.followedAtMs;
  const subject = readSubject(deps.db, capsule, {
    base: mirrorBase(mirror.id),
    mirror: {
      ...mirror,
      origin: mirror.address ?? undefined,
      keeper: needOwnCapsule(deps).name,
      isIndexed: !mirror.isQuiet && deps.now() - seenAtMs > ORIGIN_GONE_MS,
    },
  });
  // Pictures come last, and the oldest go first where there is a budget.
  return { ...subject, profile: { ...subject.profile, name: nameOf(mirror) }, mayMiss: true };
}

/** Before the profile has come, it is called by its address. */
function nameOf({ name, address, id }: Mirror): string {
  return name || (address === null ? undefined : URL.parse(address)?.host) || `${id.slice(0, 12)}…`;
}

/** An address leads to the copy while it is confirmed, and our own to our own pages. */
function answerAddress(c: Context<Env>, deps: Deps): Response | Promise<Response> {
  const { db, isDev } = deps;
  const host = readHost((c.req.param("address") ?? "").slice(1));
  if (host === undefined) return c.notFound();
  if (host === URL.parse(deps.origin())?.host) return redirectBelow(c, "");
  const schemes = isDev ? ["https", "http"] : ["https"];
  const id = findConfirmedId(db, schemes.map((scheme) => `${scheme}://${host}`));
  if (id === undefined || isBlocked(db, id) || isBlocked(db, host)) return c.notFound();
  return redirectBelow(c, mirrorBase(id));
}

/** A host as addresses have it, whatever the spelling ("BÜCHER.example:443"); undefined for what is none. */
function readHost(typed: string): string | undefined {
  const url = /^[^/?#@\\]+$/.test(typed) ? URL.parse(`https://${typed}`) : null;
  return url?.host;
}

/** Leads to the same path below another base. */
function redirectBelow(c: Context<Env>, base: string): Response {
  const { pathname, search } = new URL(c.req.url);
  // Several slashes at the front would name another host.
  const rest = pathname.replace(/^\/[^/]*/, "").replace(/^\/+/, "/") || "/";
  return c.redirect(base + rest + search, 302);
}
