/** Settings: backups. Mounted at /studio/settings/backups. @module */
import { type Context, Hono } from "hono";
import {
  deleteBackupPlan,
  findBackupDue,
  findBackupPlan,
  findPlanProblem,
  saveBackupPlan,
  updateBackupWish,
  USUAL_PLAN,
} from "../storage/backup_plan.ts";
import {
  type Backup,
  findBackup,
  findBegunBackup,
  findNewestBackup,
  findNewestRehearsal,
  findNewestTry,
  listKeptBackups,
} from "../storage/backups.ts";
import { findPassword, verifyPassword } from "../storage/passwords.ts";
import { BackupsPage, type PlanForm } from "../views/settings_backups.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps, Env } from "./app.ts";
import { attempt, describeWait } from "./attempts.ts";
import { type Form, readWords } from "./forms.ts";
import { readIndex } from "./publishing.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const PATH = "/studio/settings/backups";
/** Backups offered for download. */
const SHOWN_MAX = 100;

/** Builds the routes of backups. */
export function backupRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => answerBackups(deps, c, { done: DONE[c.req.query("done") ?? ""] }));

  routes.post("/", async (c) => {
    const words = await readWords(c.req.raw);
    const wish = words.text("do");
    if (wish === "now") {
      return c.redirect(`${PATH}?done=${updateBackupWish(db) ? "now" : "off"}`, 303);
    }
    if (wish === "never") {
      deleteBackupPlan(db);
      return c.redirect(`${PATH}?done=off`, 303);
    }
    const { form, plan } = readPlan(words);
    const problem = findPlanProblem(plan);
    if (problem === undefined) {
      saveBackupPlan(db, plan, now());
      return c.redirect(`${PATH}?done=on`, 303);
    }
    const problems = { [problem.field]: problem.sentence };
    return answerBackups(deps, c, { form, problems, problemForm: "plan" });
  });

  routes.post("/download", async (c) => {
    const form = await readWords(c.req.raw);
    const refuse = (problems: Problems) =>
      answerBackups(deps, c, { problems, problemForm: "download" });
    const backup = findBackup(db, readIndex(form.text("backup")) ?? -1);
    const phc = findPassword(db) ?? "";
    const isRight = () => verifyPassword(form.text("password"), phc);
    const outcome = await attempt(deps, c, "password", isRight);
    if (outcome === "wrong") return refuse({ password: "This is not your password." });
    if (outcome !== "right") return refuse({ password: describeWait(outcome.waitMs) });
    const opened = backup && await deps.backups?.open(backup);
    if (opened === undefined) {
      return refuse({ backup: "This backup is not there any more. Choose another one." });
    }
    // Whoever has this file is the capsule: an owner who did not ask for it finds the line.
    deps.log({
      level: "warning",
      message: "A backup, with the keys in it, was handed out to a browser that gave the password.",
      requestId: c.get("requestId"),
      fields: { file: opened.name },
    });
    return c.body(opened.stream, 200, {
      "Content-Type": "application/vnd.sqlite3",
      "Content-Disposition": `attachment; filename="${opened.name}"`,
      "Content-Length": String(opened.bytes),
    });
  });

  return routes;
}

const DONE: Readonly<Record<string, string>> = {
  on: "Backups are made every night from now on, the first one within a few seconds.",
  off: "No backup is planned any more. Those that are there stay.",
  now: "A backup is made within a few seconds.",
};

function readPlan(words: Form) {
  const form = {
    folder: words.line("folder").replace(/^\.\/|\/$/g, ""),
    keepDays: words.line("keepDays"),
    keepWeeks: words.line("keepWeeks"),
  };
  const { folder } = form;
  const plan = { folder, keepDays: toNumber(form.keepDays), keepWeeks: toNumber(form.keepWeeks) };
  return { form, plan };
}

function toNumber(typed: string): number {
  return /^\d{1,4}$/.test(typed) ? Number(typed) : Number.NaN;
}

function answerBackups(
  deps: Deps,
  c: Context<Env>,
  told: Readonly<{
    done?: string | undefined;
    form?: PlanForm;
    problems?: Problems;
    problemForm?: "plan" | "download";
  }>,
): Response {
  const { db, now } = deps;
  const plan = findBackupPlan(db);
  const { folder, keepDays, keepWeeks } = plan ?? USUAL_PLAN;
  const kept: Backup[] = plan === undefined || deps.backups === undefined
    ? []
    : listKeptBackups(db, plan.folder).slice(0, SHOWN_MAX);
  const page = BackupsPage({
    frame: readFrame(deps, c),
    plan,
    form: { folder, keepDays: String(keepDays), keepWeeks: String(keepWeeks) },
    newest: findNewestBackup(db),
    newestTry: findNewestTry(db),
    rehearsal: findNewestRehearsal(db),
    isBeingMade: findBegunBackup(db) !== undefined,
    dueMs: findBackupDue(db, now()),
    kept,
    ...told,
  });
  return answerPage(c, page, told.problems === undefined ? 200 : 422);
}
