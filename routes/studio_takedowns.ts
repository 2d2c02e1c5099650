/** Taking something down from the copies here. Mounted at /studio. @module */
import { type Context, Hono } from "hono";
import { takeDown } from "../mesh/removal.ts";
import { listTakedowns, TAKEDOWN_REASONS, type TakingDown } from "../storage/takedowns.ts";
import type { Problems } from "../views/studio_fields.ts";
import { type TakedownForm, TakedownPage, TakedownsPage } from "../views/studio_takedowns.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readWords } from "./forms.ts";
import { readCursor } from "./paging.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { describeRemovable, isOwnWork, readRemovable } from "./takedown_target.ts";

const LIST = "/studio/takedowns";
const PER_PAGE = 50;
const TARGET_CHARS_MAX = 2_000;
const NOTE_CHARS_MAX = 2_000;

const NOTHING =
  "Nothing here goes by this name. Paste the address of its page, the hash of a picture, or a capsule id.";
const OWN = "This is your own. What you published yourself is withdrawn instead.";

/** What came of it, where it was not done. */
const OUTCOMES: Readonly<Record<Exclude<TakingDown, "taken_down" | "known">, string>> = {
  own: OWN,
  order: "This is an author’s own withdrawal: there is nothing in it to take down.",
  absent: NOTHING,
};

/** Builds the routes of takedowns. */
export function takedownRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/takedowns", (c) => {
    const before = readCursor(c.req.query("before"));
    if (before === "invalid") return c.redirect(LIST, 303);
    const found = listTakedowns(db, { before, limit: PER_PAGE + 1 });
    const takedowns = found.slice(0, PER_PAGE);
    const older = found.length > PER_PAGE
      ? withQuery(LIST, { before: takedowns.at(-1)?.id })
      : undefined;
    const page = TakedownsPage({
      frame: readFrame(deps, c),
      takedowns,
      paging: { newer: before === undefined ? undefined : LIST, older },
      done: c.req.query("done") === "removed"
        ? "It is taken down here. Copies on other capsules, and the author’s own pages, stay."
        : undefined,
    });
    return answerPage(c, page);
  });

  routes.get("/takedown", async (c) => {
    const target = (c.req.query("target") ?? "").slice(0, TARGET_CHARS_MAX);
    return await answerForm(deps, c, { target, reason: "", note: "" }, {});
  });

  routes.post("/takedown", async (c) => {
    const sent = await readWords(c.req.raw);
    const form = {
      target: sent.line("target"),
      reason: sent.text("reason"),
      note: sent.text("note").trim(),
    };
    const removable = await readRemovable(deps, form.target);
    const reason = TAKEDOWN_REASONS.find((one) => one === form.reason);
    const problems: Record<string, string> = {};
    if (removable === undefined) problems["target"] = NOTHING;
    if (removable !== undefined && isOwnWork(deps, removable)) problems["target"] = OWN;
    if (reason === undefined) problems["reason"] = "Please choose the kind of reason.";
    if (form.note.length > NOTE_CHARS_MAX) {
      problems["note"] = "A note has at most 2,000 characters.";
    }
    if (removable === undefined || reason === undefined || Object.keys(problems).length > 0) {
      return await answerForm(deps, c, form, problems);
    }
    const outcome = await takeDown({ db, now }, removable, { reason, note: form.note });
    // Sent twice, the second finds it taken down and says the same.
    if (outcome === "taken_down" || outcome === "known") {
      return c.redirect(withQuery(LIST, { done: "removed" }), 303);
    }
    return await answerForm(deps, c, form, { target: OUTCOMES[outcome] });
  });

  return routes;
}

async function answerForm(
  deps: Deps,
  c: Context<Env>,
  form: TakedownForm,
  problems: Problems,
): Promise<Response> {
  const removable = await readRemovable(deps, form.target);
  const page = TakedownPage({
    frame: readFrame(deps, c),
    form,
    subject: removable === undefined || isOwnWork(deps, removable)
      ? undefined
      : describeRemovable(deps, removable),
    problems,
  });
  return answerPage(c, page, Object.keys(problems).length > 0 ? 422 : 200);
}
