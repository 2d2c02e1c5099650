/** Set-up with a recovery phrase: the lost capsule is fetched while the page waits. Mounted at /setup/recover. @module */
import { type Context, Hono } from "hono";
import { RecordProblem } from "../mesh/record_problem.ts";
import type { RecoverProgress } from "../mesh/recover_fetch.ts";
import { type Branch, RecoverProblem } from "../mesh/recover_problem.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { hashPassword } from "../storage/passwords.ts";
import { insertSession } from "../storage/sessions.ts";
import { updateSetupCodeUsed } from "../storage/setup.ts";
import {
  type BranchChoice,
  type RecoverFields,
  SetupRecoveringPage,
  SetupRecoverPage,
} from "../views/setup_recover.ts";
import { explainCodes } from "../views/problem_sentences.ts";
import type { Problems } from "../views/studio_fields.ts";
import { isTimeZone } from "../views/time.ts";
import { readTypedAddress } from "./addresses.ts";
import type { Deps, Env } from "./app.ts";
import { type Form, readWords } from "./forms.ts";
import { rememberBrowser } from "./known_browser.ts";
import { checkNewPassword } from "./password_rules.ts";
import { makeSessionToken, setSessionCookie } from "./session_cookie.ts";
import { tryCode } from "./setup_code.ts";
import { deleteTicket, readTicket, type SetupTicket } from "./setup_seal.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const ADDRESSES_MAX = 16;

/** What is under way, or ended last, for the browser with this code. Kept in memory only: it knows a hashed password. */
type Job = {
  readonly code: string;
  readonly fields: RecoverFields;
  readonly phc: string;
  progress?: RecoverProgress;
  end?: "done" | Readonly<{ problems: Problems; branches: readonly Branch[] }>;
};

/** Builds the routes. */
export function setupRecoverRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();
  let job: Job | undefined;

  routes.get("/", async (c) => {
    const ticket = readTicket(c, deps.origin());
    if (ticket === undefined) return c.redirect("/setup", 303);
    const own = job?.code === ticket.code ? job : undefined;
    if (own?.end === "done") {
      job = undefined;
      return enter(deps, c);
    }
    if (!await isOpen(deps, c, ticket)) return c.redirect("/setup", 303);
    return own === undefined ? answerForm(deps, c, {}) : answerJob(deps, c, own);
  });

  routes.post("/", async (c) => {
    const ticket = readTicket(c, deps.origin());
    if (ticket === undefined || !await isOpen(deps, c, ticket)) return c.redirect("/setup", 303);
    const form = await readWords(c.req.raw);
    if (job !== undefined && job.end === undefined) return c.redirect("/setup/recover", 303);
    const before = job?.code === ticket.code ? job : undefined;
    const wish = readWish(deps, form, before);
    if (deps.mesh === undefined) wish.problems[""] = "Nothing can be fetched here just now.";
    if (Object.keys(wish.problems).length > 0 || deps.mesh === undefined) {
      return answerForm(deps, c, { ...wish, job: before });
    }
    const phc = before?.phc ?? await hashPassword(form.text("password"));
    job = { code: ticket.code, fields: wish.fields, phc };
    void run(deps, job, { ...wish, phrase: form.text("phrase") });
    return c.redirect("/setup/recover", 303);
  });

  return routes;
}

async function isOpen(deps: Deps, c: Context<Env>, { code }: SetupTicket): Promise<boolean> {
  return findOwnCapsule(deps.db) === undefined && await tryCode(deps, c, code) === "valid";
}

type Wish = Readonly<{
  fields: RecoverFields;
  from: string[];
  cut: number | undefined;
  problems: Record<string, string>;
}>;

function readWish({ isDev }: Deps, form: Form, before: Job | undefined): Wish {
  const fields = {
    from: form.text("from").slice(0, 4_096),
    timeZone: form.text("timeZone"),
    branch: form.text("branch"),
  };
  const problems: Record<string, string> = {};
  const lines = fields.from.split(/[\s,]+/).filter((line) => line !== "");
  const read = lines.map((line) => readTypedAddress(line, isDev));
  const from = read.filter((address) => address !== undefined).slice(0, ADDRESSES_MAX);
  const bad = lines.find((_, i) => read[i] === undefined);
  if (lines.length === 0) problems["from"] = "Name at least one capsule that followed yours.";
  if (bad !== undefined) {
    problems["from"] = `An address looks like https://ben.example: found “${bad.slice(0, 80)}”.`;
  }
  if (form.line("phrase") === "") problems["phrase"] = "Type the twelve words of your phrase.";
  if (!isTimeZone(fields.timeZone)) {
    problems["timeZone"] = "Please choose a time zone from the list.";
  }
  if (before === undefined) {
    Object.assign(problems, checkNewPassword(form.text("password"), form.text("again")));
  }
  const branches = listBranches(before);
  const branch = branches[Number(fields.branch || "-1")];
  if (branches.length > 0 && branch === undefined) {
    problems["branch"] = "Choose the copy that is yours.";
  }
  // The chosen copy's address goes first: it decides whose entries stay.
  const sorted = branch === undefined ? from : [...new Set([...branch.addresses, ...from])];
  return { fields, from: sorted, cut: branch?.size, problems };
}

function listBranches(job: Job | undefined): readonly Branch[] {
  return job?.end !== undefined && job.end !== "done" ? job.end.branches : [];
}

async function run(
  deps: Deps,
  job: Job,
  { phrase, from, cut, fields }: Wish & Readonly<{ phrase: string }>,
): Promise<void> {
  const { db, now, mesh, origin, isDev } = deps;
  if (mesh === undefined) return;
  const hasAddress = isDev || origin().startsWith("https:");
  try {
    // A capsule is lost once, if ever: everybody else's memory is spared.
    const { recoverCapsule } = await import("../mesh/recover.ts");
    await recoverCapsule(mesh, {
      phrase,
      from,
      cut,
      address: hasAddress ? origin() : null,
      phc: job.phc,
      timeZone: fields.timeZone,
      onProgress: (progress) => job.progress = progress,
      onStored: () => void updateSetupCodeUsed(db, job.code, now()),
    });
    job.end = "done";
  } catch (error) {
    const isKnown = error instanceof RecoverProblem || error instanceof RecordProblem;
    if (!isKnown) deps.log({ level: "error", message: "A recovery failed.", error });
    const sentence = isKnown ? explainCodes(error.message) : "Something went wrong; try once more.";
    const isPhrase = error instanceof RecordProblem && error.code === "phrase_malformed";
    const isCopies = error instanceof RecoverProblem && error.code === "no_copy";
    job.end = {
      problems: { [isPhrase ? "phrase" : isCopies ? "from" : ""]: sentence },
      branches: error instanceof RecoverProblem ? error.branches : [],
    };
  }
}

/** The capsule is here: whoever brought it back is signed in. */
function enter(deps: Deps, c: Context<Env>): Response {
  const { db, now, origin } = deps;
  const token = makeSessionToken();
  insertSession(db, token, { agent: c.req.header("User-Agent") ?? "", nowMs: now() });
  deleteTicket(c, origin());
  setSessionCookie(c, origin(), token);
  rememberBrowser(deps, c);
  return c.redirect("/studio", 303);
}

function answerJob(deps: Deps, c: Context<Env>, job: Job): Response {
  if (job.end !== undefined && job.end !== "done") {
    return answerForm(deps, c, { fields: job.fields, problems: job.end.problems, job });
  }
  c.header("Refresh", "2");
  const sentence = describeProgress(job.progress);
  return answerPage(c, SetupRecoveringPage({ frame: readFrame(deps, c), sentence }));
}

function describeProgress(progress: RecoverProgress | undefined): string {
  if (progress === undefined) return "Asking everybody who may have a copy.";
  const { step, done, total } = progress;
  if (step === "entries") {
    return `${done.toLocaleString("en")} of ${total.toLocaleString("en")} entries are here.`;
  }
  return step === "contents" ? "All entries are here; now what is in them." : "Now the pictures.";
}

function answerForm(
  deps: Deps,
  c: Context<Env>,
  { fields, problems, job }: Readonly<{
    fields?: RecoverFields;
    problems?: Problems;
    job?: Job | undefined;
  }>,
): Response {
  const branches = listBranches(job).map((branch, i): BranchChoice => ({
    value: String(i),
    label: `${branch.size.toLocaleString("en")} entries, at ${branch.addresses.join(", ")}`,
    help: branch.newest.length === 0
      ? "What is in it cannot be shown now."
      : `The newest: ${branch.newest.map(describePiece).join("; ")}.`,
  }));
  const page = SetupRecoverPage({
    frame: readFrame(deps, c),
    fields: fields ?? { from: "", timeZone: "UTC", branch: "" },
    branches,
    hasPassword: job !== undefined,
    problems,
  });
  return answerPage(c, page, Object.keys(problems ?? {}).length > 0 ? 422 : 200);
}

function describePiece({ time, kind, words }: Branch["newest"][number]): string {
  const day = time.slice(0, 16).replace("T", " ");
  return words === "" ? `${kind}, ${day}` : `“${words}”, ${day}`;
}
