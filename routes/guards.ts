/** What is checked before any route runs: lengths, where a form comes from, who asks. @module */
import type { Context, MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { findSession } from "../storage/sessions.ts";
import type { Deps, Env } from "./app.ts";
import { answerProblem } from "./errors.ts";
import { readSessionToken } from "./session_cookie.ts";

/** A URL may be this long. */
export const URL_CHARS_MAX = 4_096;
/** A body may be this long outside the owner's forms, which count as they read. */
const BODY_BYTES_MAX = 1024 * 1024;

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
export const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const OWN_FORMS = /^\/(?:studio|setup|sign-in|forgotten)(?:\/|$)/;
/** Calls that count what they read themselves, and answer as calls do. */
const COUNTED_CALLS = /^\/mesh\/1\/(?:inbox|heads|carried)$/;

/** Refuses a longer URL. */
export function limitUrl(deps: Deps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function limitUrl(c, next) {
    if (c.req.url.length <= URL_CHARS_MAX) return await next();
    return answerProblem(c, deps, {
      status: 414,
      title: "This address is too long",
      sentence: `An address here has at most ${URL_CHARS_MAX} characters. Please check the link.`,
    });
  });
}

/**
 * Refuses a body that says it is longer. Forms of the owner's side and calls that take one count as they read, so that their words can
 * be shown again; nothing else reads any.
 */
export function limitBody(deps: Deps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function limitBody(c, next) {
    const isCounted = OWN_FORMS.test(c.req.path) || COUNTED_CALLS.test(c.req.path);
    const bytes = Number(c.req.header("Content-Length") ?? "0");
    if (isCounted || bytes <= BODY_BYTES_MAX) return await next();
    return answerProblem(c, deps, {
      status: 413,
      title: "This is too much",
      sentence: "At most 1 MB can be sent here. Please send less.",
    });
  });
}

/** True for a form that is read although nobody is signed in. */
export function isStrangersForm(c: Context<Env>): boolean {
  return c.get("viewer") === "visitor" && OWN_FORMS.test(c.req.path);
}

/**
 * Refuses whatever changes something and was sent by a page of another site. Browsers always say where a form comes
 * from; other programs carry nobody's session, so their silence is allowed.
 */
export function checkOrigin(deps: Deps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function checkOrigin(c, next) {
    if (SAFE_METHODS.has(c.req.method) || isOwnOrigin(c, deps)) return await next();
    return answerProblem(c, deps, {
      status: 403,
      title: "This form came from another site",
      sentence:
        "Nothing was changed. If you filled in the form yourself, open this capsule again and send it from there.",
    });
  });
}

function isOwnOrigin(c: Context<Env>, deps: Deps): boolean {
  const site = c.req.header("Sec-Fetch-Site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const origin = c.req.header("Origin");
  if (origin === undefined || origin === deps.origin()) return true;
  // At another name of this machine, or behind a proxy that ends the encryption, the host decides: but whoever can
  // write on the way to the unencrypted address of a capsule does not speak for it.
  const from = URL.parse(origin);
  if (from === null || from.host !== URL.parse(c.req.url)?.host) return false;
  return from.protocol === "https:" || !deps.origin().startsWith("https:") ||
    LOOPBACK.test(from.hostname);
}

/** Says whether the owner asks, by the session cookie. */
export function findViewer(deps: Deps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function findViewer(c, next) {
    c.set("requestId", crypto.randomUUID().slice(0, 8));
    c.set("viewer", "visitor");
    // At a copy for reading nobody is signed in: whoever is at the capsule itself has another view there.
    const token = deps.readOnly === "replica" ? undefined : readSessionToken(c, deps.origin());
    const session = token && findSession(deps.db, token, deps.now());
    if (session !== undefined) {
      c.set("viewer", "owner");
      c.set("session", session);
    }
    await next();
  });
}
