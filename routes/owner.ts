/** The studio's door: the owner passes, everybody else is sent to sign in, and what they wrote waits. @module */
import type { Context, MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { findOwnCapsule } from "../storage/capsules.ts";
import { type Carried, SignInPage } from "../views/sessions.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { FORM_LIMITS, readForm } from "./forms.ts";
import { readSessionToken } from "./session_cookie.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

/** The sentence for scripts of a page whose session has ended. */
const SIGNED_OUT =
  "You were signed out. What you wrote is still in this window: sign in in another one, then go on here.";

const SECRETS = new Set(["password", "again", "current", "phrase", "closingPhrase", "carried"]);

/** Middleware: lets the owner pass. A form that comes too late is carried through sign-in. */
export function requireOwner(deps: Deps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function requireOwner(c, next) {
    if (c.get("viewer") === "owner") return await next();
    if (findOwnCapsule(deps.db) === undefined) return c.redirect("/setup", 303);
    if (c.req.method === "GET" || c.req.method === "HEAD") {
      const { pathname, search } = new URL(c.req.url);
      return c.redirect(withQuery("/sign-in", { next: pathname + search }), 303);
    }
    if (wantsJson(c)) return c.json({ problem: SIGNED_OUT, isSignedOut: true }, 403);
    const carried = await readCarried(deps, c);
    const frame = readFrame(deps, c);
    return answerPage(c, SignInPage({ frame, next: "/studio", carried }), 403);
  });
}

/** True for requests of our islands, which read JSON. */
function wantsJson(c: Context<Env>): boolean {
  return c.req.header("Accept") === "application/json";
}

/** True for paths of the studio: the only places to go on to after signing in. */
export function isStudioPath(path: string): boolean {
  return /^\/studio(?:[/?][!-~]*)?$/.test(path) && !path.includes("//") && !path.includes("\\");
}

// Only a browser that once held a session is listened to at length. Nothing is stored: the page itself carries the words.
async function readCarried(deps: Deps, c: Context<Env>): Promise<Carried | undefined> {
  if (readSessionToken(c, deps.origin()) === undefined) return undefined;
  let hadFiles = false;
  const form = await readForm(c.req.raw, () => {
    hadFiles = true;
    return Promise.resolve();
  }, { ...FORM_LIMITS, fileBytes: 0 });
  const action = c.req.path;
  if (!isStudioPath(action) || form.fields.length === 0) return undefined;
  const fields = form.fields.filter(([name]) => !SECRETS.has(name))
    .map(([name, value]) => [name, name === "do" && hadFiles ? "refresh" : value] as const);
  return { action, fields, hadFiles };
}
