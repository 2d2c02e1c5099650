/** Signing in and out, and the new password by recovery phrase. Mounted at /. @module */
import { Hono } from "hono";
import { findPassword, verifyPassword } from "../storage/passwords.ts";
import { deleteSession } from "../storage/sessions.ts";
import { type Carried, CarriedPage, SignInPage } from "../views/sessions.ts";
import type { Deps, Env } from "./app.ts";
import { attempt, describeWait } from "./attempts.ts";
import { forgottenRoutes } from "./forgotten.ts";
import { readWords } from "./forms.ts";
import { studioHeaders } from "./headers.ts";
import { isStudioPath } from "./owner.ts";
import { deleteSessionCookie } from "./session_cookie.ts";
import { startSession } from "./session_start.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

// Takes as long to check as a real one: whether a password is set cannot be told from the time of the answer.
const NO_PASSWORD =
  "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** Builds the routes of sessions. */
export function sessionRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();
  const headers = studioHeaders();
  for (const path of ["/sign-in", "/sign-out", "/forgotten"]) routes.use(path, headers);

  routes.get("/sign-in", (c) => {
    const next = readNext(c.req.query("next"));
    if (c.get("viewer") === "owner") return c.redirect(next, 303);
    return answerPage(c, SignInPage({ frame: readFrame(deps, c), next }));
  });

  routes.post("/sign-in", async (c) => {
    const form = await readWords(c.req.raw);
    const next = readNext(form.text("next"));
    const carried = readCarried(form.text("carried"));
    const phc = findPassword(db) ?? NO_PASSWORD;
    const outcome = await attempt(
      deps,
      c,
      "password",
      () => verifyPassword(form.text("password"), phc),
    );
    if (outcome !== "right") {
      const isWrong = outcome === "wrong";
      const problems = {
        password: isWrong
          ? "This password is not right."
          : `${describeWait(outcome.waitMs)} With your recovery phrase you need not wait.`,
      };
      if (!isWrong) c.header("Retry-After", String(Math.ceil(outcome.waitMs / 1000)));
      const page = SignInPage({ frame: readFrame(deps, c), next, problems, carried });
      return answerPage(c, page, isWrong ? 422 : 429);
    }
    startSession(deps, c);
    if (carried === undefined) return c.redirect(next, 303);
    return answerPage(c, CarriedPage({ frame: readFrame(deps, c), carried }));
  });

  routes.post("/sign-out", (c) => {
    const session = c.get("session");
    if (session !== undefined) deleteSession(db, session.id);
    deleteSessionCookie(c, deps.origin());
    return c.redirect("/", 303);
  });

  routes.route("/", forgottenRoutes(deps));
  return routes;
}

function readNext(next: string | undefined): string {
  return next !== undefined && isStudioPath(next) ? next : "/studio";
}

/** What the sign-in page carried; undefined for anything that it would not have written itself. */
function readCarried(text: string): Carried | undefined {
  if (text === "") return undefined;
  const value = parseJson(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { action, fields, hadFiles } = value as Record<string, unknown>;
  if (typeof action !== "string" || !isStudioPath(action) || !Array.isArray(fields)) {
    return undefined;
  }
  const pairs = fields.filter((field): field is [string, string] =>
    Array.isArray(field) && field.length === 2 && field.every((part) => typeof part === "string")
  );
  return { action, fields: pairs, hadFiles: hadFiles === true };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
