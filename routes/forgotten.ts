/** A new password by recovery phrase. Mounted at /. @module */
import { type Context, Hono } from "hono";
import { checkRecoveryPhrase } from "../mesh/recovery_phrase.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { hashPassword, savePassword } from "../storage/passwords.ts";
import { deleteSessions } from "../storage/sessions.ts";
import { ForgottenPage } from "../views/sessions.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps, Env } from "./app.ts";
import { attempt, describeWait } from "./attempts.ts";
import { readWords } from "./forms.ts";
import { checkNewPassword } from "./password_rules.ts";
import { startSession } from "./session_start.ts";
import { PHRASE_ANSWERS } from "./settings_security.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

/** Builds the routes of a forgotten password; the headers come from `sessionRoutes`. */
export function forgottenRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/forgotten", (c) => {
    return answerPage(c, ForgottenPage({ frame: readFrame(deps, c), phrase: "" }));
  });

  routes.post("/forgotten", async (c) => {
    const form = await readWords(c.req.raw);
    const phrase = form.text("phrase");
    const checked = checkNewPassword(form.text("password"), form.text("again"));
    if (Object.keys(checked).length > 0) return answerForgotten(deps, c, phrase, checked);
    const capsuleId = findOwnCapsule(db)?.id ?? "";
    const answer = checkRecoveryPhrase(phrase, capsuleId);
    const outcome = await attempt(deps, c, "phrase", () => answer === "right");
    if (outcome !== "right") {
      const isWrong = outcome === "wrong";
      const words = answer === "wrong" ? PHRASE_ANSWERS.wrong : PHRASE_ANSWERS.malformed;
      const sentence = isWrong ? words : describeWait(outcome.waitMs);
      const status = isWrong ? 422 : 429;
      return answerForgotten(deps, c, phrase, { phrase: sentence }, status);
    }
    const phc = await hashPassword(form.text("password"));
    db.transaction(() => {
      savePassword(db, phc);
      deleteSessions(db);
      startSession(deps, c);
    });
    return c.redirect("/studio", 303);
  });

  return routes;
}

function answerForgotten(
  deps: Deps,
  c: Context<Env>,
  phrase: string,
  problems: Problems,
  status: 422 | 429 = 422,
): Response {
  const page = ForgottenPage({
    frame: readFrame(deps, c),
    phrase: phrase.slice(0, 1_000),
    problems,
  });
  return answerPage(c, page, status);
}
