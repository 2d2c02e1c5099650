/** The one place for what goes wrong: not found, not allowed, damaged, and everything else. @module */
import type { Context } from "hono";
import type { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { TrieRouter } from "hono/router/trie-router";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { PublishProblem } from "../mesh/publish_problem.ts";
import { saveDamage } from "../storage/damage.ts";
import { DatabaseProblem } from "../storage/database.ts";
import type { Takedown } from "../storage/takedowns.ts";
import {
  ElsewherePage,
  NotFoundPage,
  NotSetUpPage,
  ProblemPage,
  TakenDownPage,
  WithdrawnPage,
} from "../views/errors.ts";
import { renderPage } from "../views/html.ts";
import type { Site } from "../views/layout.ts";
import type { Deps, Env } from "./app.ts";
import { makeNamelessSite, readOwnCapsule, readPageSite, readSite } from "./site.ts";

const DAMAGED =
  "The database of this capsule is damaged. The owner can stop it and restore the newest backup.";
const OPEN_BEFORE_SETUP =
  /^\/(?:setup|assets|up|mesh|\.well-known|favicon\.svg|manifest\.webmanifest)(?:\/|$)/;

/** One sentence for a person, and the status that goes with it. */
export type Problem = Readonly<{
  status: ContentfulStatusCode;
  title: string;
  sentence: string;
  requestId?: string;
}>;

/** Answers a page with one sentence; it works when the database does not. */
export function answerProblem(c: Context<Env>, deps: Deps, problem: Problem): Response {
  const { status, ...words } = problem;
  c.header("Cache-Control", "no-store");
  return c.html(renderPage(ProblemPage({ site: siteOrNameless(c, deps), ...words })), status);
}

/** Answers the page for addresses at which there is nothing. */
export function answerNotFound(c: Context<Env>, deps: Deps): Response {
  return c.html(renderPage(NotFoundPage({ site: siteOrNameless(c, deps) })), 404);
}

/** Answers the page for what its author took back. */
export function answerWithdrawn(
  c: Context<Env>,
  deps: Deps,
  kind: "post" | "article",
): Response | Promise<Response> {
  return c.html(renderPage(WithdrawnPage({ site: readPageSite(deps, c), kind })), 410);
}

/** Answers the page for what was taken down from the copies here: when, and for what kind of reason. */
export function answerTakenDown(
  c: Context<Env>,
  deps: Deps,
  { atMs, reason }: Takedown,
): Response | Promise<Response> {
  const site = siteOrNameless(c, deps);
  return c.html(renderPage(TakenDownPage({ site, atMs, reason })), 451);
}

/** Before set-up nothing but set-up answers. */
export function answerNotSetUp(c: Context<Env>, deps: Deps): Response | undefined {
  if (OPEN_BEFORE_SETUP.test(c.req.path) || readOwnCapsule(deps) !== undefined) return undefined;
  c.header("Retry-After", "60");
  return c.html(renderPage(NotSetUpPage({ site: makeNamelessSite(deps) })), 503);
}

/** Finds the methods that an address answers to, for those it does not. */
export function makeMethodFinder(app: Hono<Env>): (path: string) => string[] {
  const routers = new Map<string, TrieRouter<true>>();
  for (const { method, path } of app.routes) {
    if (method !== "GET" && method !== "POST") continue;
    const router = routers.get(method) ?? new TrieRouter<true>();
    routers.set(method, router);
    router.add(method, path, true);
  }
  return (path) => {
    const methods: string[] = [];
    for (const [method, router] of routers) {
      if (router.match(method, path)[0].length > 0) methods.push(method);
    }
    return methods.includes("GET") ? ["HEAD", ...methods] : methods;
  };
}

/** What only the owner does is done where the capsule is written, not at a copy for reading. */
export function answerElsewhere(c: Context<Env>, deps: Deps): Response {
  c.header("Cache-Control", "no-store");
  const site = siteOrNameless(c, deps);
  const writtenAt = readOwnCapsule(deps)?.address ?? undefined;
  return c.html(renderPage(ElsewherePage({ site, writtenAt })), 403);
}

/** An address that is there, but not for this method. */
export function answerMethod(
  c: Context<Env>,
  deps: Deps,
  findMethods: (path: string) => string[],
): Response | undefined {
  const methods = findMethods(c.req.path);
  if (methods.length === 0 || methods.includes(c.req.method)) return undefined;
  c.header("Allow", methods.join(", "));
  return answerProblem(c, deps, {
    status: 405,
    title: "Not in this way",
    sentence: "This address cannot be used like that. Go back and try the link or the form again.",
  });
}

/** The one error answer: damage is remembered, what nobody expected is logged once, and a person reads what to do. */
export function answerError(error: Error, c: Context<Env>, deps: Deps): Response {
  if (error instanceof HTTPException) return answerException(error, c, deps);
  if (isCallerGone(error)) return c.body(null, 400);
  const requestId = c.get("requestId") ?? "";
  const path = c.req.path.slice(0, 200);
  if (error instanceof DatabaseProblem) {
    const isDamaged = error.kind === "damaged";
    if (isDamaged) saveDamage(deps.db, error.message, deps.now());
    deps.log({ level: "error", message: "Database refused", requestId, error, fields: { path } });
    return answerProblem(c, deps, {
      status: 503,
      title: isDamaged ? "This capsule needs repair" : "Not just now",
      sentence: isDamaged ? DAMAGED : error.message,
      requestId,
    });
  }
  // A form without words of its own to keep, such as a withdrawal, while nothing may be signed.
  if (error instanceof PublishProblem) {
    return answerProblem(c, deps, {
      status: 409,
      title: "Nothing was published",
      sentence: error.message,
    });
  }
  deps.log({ level: "error", message: "Request failed", requestId, error, fields: { path } });
  return answerProblem(c, deps, {
    status: 500,
    title: "Something went wrong here",
    sentence: "It is not your fault, and nothing was lost. Please try again in a moment.",
    requestId,
  });
}

/** A body that breaks off is the caller's doing: nobody reads the answer, and nothing here is to be mended. */
function isCallerGone({ name, message }: Error): boolean {
  return name === "BadResource" && message.includes("request body") ||
    name === "Http" && message.includes("reading a body");
}

function answerException(error: HTTPException, c: Context<Env>, deps: Deps): Response {
  if (error.res !== undefined) return error.getResponse();
  const title = error.status === 403 ? "Not allowed" : "This could not be done";
  const sentence = error.message || "The request was not in the form that was expected.";
  return answerProblem(c, deps, { status: error.status, title, sentence });
}

function siteOrNameless(c: Context<Env>, deps: Deps): Site {
  try {
    const viewer = c.get("viewer") ?? "visitor";
    return c.get("subject") === undefined ? readSite(deps, viewer) : readPageSite(deps, c);
  } catch {
    // The page of last resort: what broke the site is what is being answered.
    return makeNamelessSite(deps);
  }
}
