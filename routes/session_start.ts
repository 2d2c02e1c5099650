/** Where every sign-in ends: a new session, a new cookie. @module */
import type { Context } from "hono";
import { deleteSession, findSession, insertSession } from "../storage/sessions.ts";
import type { Deps, Env } from "./app.ts";
import { rememberBrowser } from "./known_browser.ts";
import { makeSessionToken, readSessionToken, setSessionCookie } from "./session_cookie.ts";

/** A new token at each sign-in; the one that this browser held before is worth nothing any more. */
export function startSession(deps: Deps, c: Context<Env>): void {
  const { db, now, origin } = deps;
  const token = makeSessionToken();
  const held = readSessionToken(c, origin());
  // Also on a full disk: whoever wants to withdraw something signs in first.
  db.urgently(() =>
    db.transaction(() => {
      const before = held && findSession(db, held, now());
      if (before !== undefined) deleteSession(db, before.id);
      insertSession(db, token, { agent: c.req.header("User-Agent") ?? "", nowMs: now() });
    })
  );
  setSessionCookie(c, origin(), token);
  rememberBrowser(deps, c);
}
