/** Security: password, signed-in devices, a test of the recovery phrase. Mounted at /studio/settings/security. @module */
import { type Context, Hono } from "hono";
import { checkRecoveryPhrase } from "../mesh/recovery_phrase.ts";
import { findPassword, hashPassword, savePassword, verifyPassword } from "../storage/passwords.ts";
import {
  deleteOtherSessions,
  deleteSession,
  insertSession,
  listSessions,
} from "../storage/sessions.ts";
import { SecurityPage } from "../views/settings_security.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps, Env } from "./app.ts";
import { attempt, describeWait } from "./attempts.ts";
import { readWords } from "./forms.ts";
import { rememberBrowser } from "./known_browser.ts";
import { checkNewPassword } from "./password_rules.ts";
import { readIndex } from "./publishing.ts";
import { makeSessionToken, setSessionCookie } from "./session_cookie.ts";
import { needOwnCapsule } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

/** Builds the routes of security. */
export function securityRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => answerSecurity(deps, c, { done: DONE[c.req.query("done") ?? ""] }));

  routes.post("/phrase", async (c) => {
    const form = await readWords(c.req.raw);
    const answer = checkRecoveryPhrase(form.text("phrase"), needOwnCapsule(deps).id);
    if (answer === "right") {
      return answerSecurity(deps, c, { done: "Yes: this is the recovery phrase of this capsule." });
    }
    const problems = { phrase: PHRASE_ANSWERS[answer] };
    return answerSecurity(deps, c, { form: "phrase", problems });
  });

  routes.post("/password", async (c) => {
    const form = await readWords(c.req.raw);
    const problems = checkNewPassword(form.text("password"), form.text("again"));
    if (Object.keys(problems).length > 0) {
      return answerSecurity(deps, c, { form: "password", problems });
    }
    const phc = findPassword(db) ?? "";
    const isRight = () => verifyPassword(form.text("current"), phc);
    const outcome = await attempt(deps, c, "password", isRight);
    if (outcome !== "right") {
      const sentence = outcome === "wrong"
        ? "This is not the password that is set now."
        : describeWait(outcome.waitMs);
      return answerSecurity(deps, c, { form: "password", problems: { current: sentence } });
    }
    const hashed = await hashPassword(form.text("password"));
    const token = makeSessionToken();
    const agent = c.req.header("User-Agent") ?? "";
    db.transaction(() => {
      savePassword(db, hashed);
      deleteOtherSessions(db, insertSession(db, token, { agent, nowMs: now() }).id);
    });
    setSessionCookie(c, deps.origin(), token);
    rememberBrowser(deps, c);
    return c.redirect("/studio/settings/security?done=password", 303);
  });

  routes.post("/sessions", (c) => {
    deleteOtherSessions(db, c.get("session")?.id ?? 0);
    return c.redirect("/studio/settings/security?done=sessions#sessions", 303);
  });

  routes.post("/sessions/:id", (c) => {
    deleteSession(db, readIndex(c.req.param("id")) ?? -1);
    return c.redirect("/studio/settings/security?done=session#sessions", 303);
  });

  return routes;
}

/** Why a phrase is not the one, said to its owner. */
export const PHRASE_ANSWERS = {
  wrong: "No: these twelve words belong to another capsule.",
  malformed:
    "No: this is not a recovery phrase. It has twelve words; look for a slip in spelling or order.",
} as const;

const DONE: Readonly<Record<string, string>> = {
  password: "The password is changed, and every other device is signed out.",
  sessions: "Every other device is signed out.",
  session: "That device is signed out.",
};

function answerSecurity(
  deps: Deps,
  c: Context<Env>,
  told: Readonly<{
    done?: string | undefined;
    form?: "password" | "phrase";
    problems?: Problems;
  }>,
): Response {
  const page = SecurityPage({
    frame: readFrame(deps, c),
    sessions: listSessions(deps.db, deps.now()),
    currentId: c.get("session")?.id ?? 0,
    ...told,
  });
  return answerPage(c, page, told.problems === undefined ? 200 : 422);
}
