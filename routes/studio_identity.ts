/** Moving, a new key, closing, publishing anyway. Mounted at /studio/identity. @module */
import { type Context, Hono } from "hono";
import { closeIdentity } from "../mesh/close.ts";
import { findIdentity } from "../mesh/identities.ts";
import { moveCapsule } from "../mesh/move.ts";
import { findAddressProblem } from "../mesh/new_address.ts";
import { listNewestEntries } from "../mesh/newest_entries.ts";
import { isClosed } from "../mesh/protocol/identity.ts";
import { PublishProblem } from "../mesh/publish.ts";
import { RecordProblem } from "../mesh/record_problem.ts";
import { rotateKey } from "../mesh/rotate.ts";
import { allowAnyway } from "../mesh/start_state.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findSigning } from "../storage/signing.ts";
import { problemSentence } from "../views/problem_sentences.ts";
import { type IdentityForm, IdentityPage } from "../views/studio_identity.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps, Env } from "./app.ts";
import { readTypedAddress } from "./addresses.ts";
import { type Form, readWords } from "./forms.ts";
import { readIndex, tryPublish } from "./publishing.ts";
import { needOwnCapsule } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

/** Entries shown to choose a cut by. */
const SHOWN_ENTRIES = 12;

/** Builds the routes of the identity. */
export function identityRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => answerIdentity(deps, c, { done: DONE[c.req.query("done") ?? ""] }));

  routes.post("/anyway", (c) => {
    if (allowAnyway(db, now())) return c.redirect("/studio/identity?done=anyway", 303);
    const problems = { "": "This is not what stands in the way now." };
    return answerIdentity(deps, c, { form: "anyway", problems });
  });

  routes.post("/move", async (c) => await answerMove(deps, c));

  routes.post("/rotate", async (c) => {
    const form = await readWords(c.req.raw);
    const { cut, problem } = readCut(deps, form);
    const typed = { cut: form.line("cut") };
    if (cut === undefined) {
      return answerIdentity(deps, c, { form: "rotate", typed, problems: { cut: problem } });
    }
    const made = tryRecord(() => rotateKey({ db, now }, { phrase: form.text("phrase"), cut }));
    if (made instanceof RecordProblem) {
      return answerIdentity(deps, c, { form: "rotate", typed, problems: toProblems(made) });
    }
    return c.redirect("/studio/identity?done=rotate", 303);
  });

  routes.post("/close", async (c) => {
    const form = await readWords(c.req.raw);
    if (form.text("sure") !== "yes") {
      const problems = { sure: "Say that you are sure: this cannot be undone." };
      return answerIdentity(deps, c, { form: "close", problems });
    }
    const made = tryRecord(() =>
      closeIdentity({ db, now }, { phrase: form.text("closingPhrase") })
    );
    if (made instanceof RecordProblem) {
      return answerIdentity(deps, c, {
        form: "close",
        problems: toProblems(made, "closingPhrase"),
      });
    }
    return c.redirect("/studio/identity?done=close", 303);
  });

  return routes;
}

async function answerMove(deps: Deps, c: Context<Env>): Promise<Response> {
  const { db, now } = deps;
  const form = await readWords(c.req.raw);
  const typed = { address: form.line("address") };
  const address = readTypedAddress(typed.address, deps.isDev);
  if (address === undefined) {
    const problems = {
      address: "An address looks like https://ida.example.org, without a path.",
    };
    return answerIdentity(deps, c, { form: "move", typed, problems });
  }
  if (form.text("anyway") !== "yes") {
    const problem = await findMoveProblem(deps, address);
    if (problem !== undefined) {
      const problems = { address: problem };
      return answerIdentity(deps, c, { form: "move", typed, problems, mayMoveAnyway: true });
    }
  }
  const moved = tryPublish(() => moveCapsule({ db, now }, address));
  if (moved === "same") {
    const problems = { address: "Your capsule is at this address already." };
    return answerIdentity(deps, c, { form: "move", typed, problems });
  }
  if (moved instanceof PublishProblem) {
    const field = moved.code === "address_form" ? "address" : "";
    return answerIdentity(deps, c, { form: "move", typed, problems: { [field]: moved.message } });
  }
  return c.redirect("/studio/identity?done=move", 303);
}

const DONE: Readonly<Record<string, string>> = {
  anyway: "You can publish now.",
  move: "The new address is published; your followers will learn of it.",
  rotate:
    "Your capsule has a new key. Your followers are being told; the former key counts no more.",
  close: "This identity is closed. Your followers are being told.",
};

/** What the page said when it was made may not be so any more: an entry that came since is not decided about. */
function readCut({ db }: Deps, form: Form): { cut?: number; problem: string } {
  const own = needOwnCapsule({ db });
  const size = findCheckpoint(db, own.log)?.size ?? 0;
  const cut = readIndex(form.line("cut"));
  if (cut === undefined || cut > size) {
    return { problem: `This is a number of entries, from 0 to ${size}.` };
  }
  if (form.text("size") === String(size)) return { cut, problem: "" };
  return {
    problem: "Your log has changed since you opened this page. Look at the newest entries again.",
  };
}

/** The new address is asked first: nobody is sent to a place where this capsule is not. */
async function findMoveProblem(deps: Deps, address: string): Promise<string | undefined> {
  const { mesh } = deps;
  if (mesh === undefined || needOwnCapsule(deps).address === address) return undefined;
  const code = await findAddressProblem(mesh, address);
  return code === undefined
    ? undefined
    : `This capsule does not answer there yet, so nothing was published. ${problemSentence(code)}`;
}

function tryRecord<T>(work: () => T): T | RecordProblem {
  try {
    return work();
  } catch (error) {
    if (error instanceof RecordProblem) return error;
    throw error;
  }
}

function toProblems({ code, message }: RecordProblem, phraseField = "phrase"): Problems {
  if (code === "phrase_malformed" || code === "phrase_wrong") return { [phraseField]: message };
  return { [code === "cut_range" ? "cut" : ""]: message };
}

function answerIdentity(
  deps: Deps,
  c: Context<Env>,
  told: Readonly<{
    form?: IdentityForm;
    typed?: { address?: string; cut?: string };
    problems?: Problems;
    done?: string | undefined;
    mayMoveAnyway?: boolean;
  }>,
): Response {
  const { db } = deps;
  const { log, id } = needOwnCapsule(deps);
  const identity = findIdentity(db, log);
  const page = IdentityPage({
    frame: readFrame(deps, c),
    id,
    record: identity?.newest.n ?? 0,
    size: findCheckpoint(db, log)?.size ?? 0,
    entries: listNewestEntries(db, log, SHOWN_ENTRIES),
    isClosed: identity !== undefined && isClosed(identity),
    isUnanswered: findSigning(db)?.outcome === "nobody",
    ...told,
  });
  return answerPage(c, page, told.problems === undefined ? 200 : 422);
}
