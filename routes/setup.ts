/** Set-up: from the one-time link to a capsule that is signed in. Mounted at /setup. @module */
import { type Context, Hono } from "hono";
import { encodePhrase } from "../mesh/protocol/phrase.ts";
import { countUtf8 } from "../mesh/protocol/text.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { hashPassword } from "../storage/passwords.ts";
import { guessLanguage, isLanguage } from "../views/languages.ts";
import {
  SetupAboutPage,
  SetupClosedPage,
  SetupPasswordPage,
  SetupPhrasePage,
  SetupWordsPage,
} from "../views/setup.ts";
import type { Problems } from "../views/studio_fields.ts";
import { isTimeZone } from "../views/time.ts";
import { readTypedName } from "./addresses.ts";
import type { Deps, Env } from "./app.ts";
import { describeWait } from "./attempts.ts";
import type { Form } from "./forms.ts";
import { studioHeaders } from "./headers.ts";
import { rememberBrowser } from "./known_browser.ts";
import { checkNewPassword } from "./password_rules.ts";
import { makeSessionToken, setSessionCookie } from "./session_cookie.ts";
import { type CodeTry, tryCode } from "./setup_code.ts";
import { createFromSetup } from "./setup_completion.ts";
import { setupRecoverRoutes } from "./setup_recover.ts";
import {
  deleteTicket,
  deriveEntropy,
  openState,
  readTicket,
  sealState,
  setTicket,
  type SetupState,
  type SetupTicket,
} from "./setup_seal.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { readPictureForm, TOO_LARGE, type Upload } from "./uploads.ts";

const NAME_BYTES_MAX = 200;
const LINE_BYTES_MAX = 600;

/** Builds the wizard. */
export function setupRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use(studioHeaders());

  routes.get("/", async (c) => {
    const closed = findClosed(deps);
    if (closed !== undefined) return answerClosed(deps, c, closed);
    const code = c.req.query("code");
    const ticket = readTicket(c, deps.origin());
    if (code !== undefined) {
      const state = await tryCode(deps, c, code);
      if (state !== "valid") return answerClosed(deps, c, state);
      setTicket(c, deps.origin(), code);
      return c.redirect("/setup", 303);
    }
    if (ticket === undefined) return answerClosed(deps, c, "wrong");
    const codeState = await tryCode(deps, c, ticket.code);
    if (codeState !== "valid") return answerClosed(deps, c, codeState);
    const language = guessLanguage(c.req.header("Accept-Language") ?? "");
    const state = { name: "", line: "", language, timeZone: "UTC" };
    return await answerStep({ deps, c, ticket, state, step: "about" });
  });

  routes.post("/", async (c) => {
    const closed = findClosed(deps);
    if (closed !== undefined) return answerClosed(deps, c, closed);
    const ticket = readTicket(c, deps.origin());
    if (ticket === undefined) return answerClosed(deps, c, "wrong");
    const codeState = await tryCode(deps, c, ticket.code);
    if (codeState !== "valid") return answerClosed(deps, c, codeState);
    const { form, uploads } = await readPictureForm(deps, c.req.raw);
    const state = await openState(ticket, form.text("sealed"));
    if (state === undefined) return c.redirect("/setup", 303);
    const at = { deps, c, ticket, state };
    const isBack = form.text("go") === "back";
    const step = form.text("step");
    if (step === "password") {
      return isBack ? await answerStep({ ...at, step: "about" }) : await takePassword(at, form);
    }
    if (state.phc !== undefined && step === "phrase") {
      return await answerStep({ ...at, step: isBack ? "password" : "words" });
    }
    if (state.phc !== undefined && step === "words") {
      return isBack ? await answerStep({ ...at, step: "phrase" }) : await takeWords(at, form);
    }
    return await takeAbout(at, form, uploads);
  });

  routes.route("/recover", setupRecoverRoutes(deps));
  return routes;
}

type At = Readonly<{ deps: Deps; c: Context<Env>; ticket: SetupTicket; state: SetupState }>;
type Step = "about" | "password" | "phrase" | "words";

async function takeAbout(at: At, form: Form, uploads: readonly Upload[]): Promise<Response> {
  const name = form.line("name");
  const line = form.line("line");
  const upload = uploads[0];
  const typedAddress = mayName(at.deps) ? form.line("address") : "";
  const { address, problem } = typedAddress === "" ? {} : readTypedName(typedAddress);
  const problems: Record<string, string> = {};
  if (problem !== undefined) problems["address"] = problem;
  if (name === "") problems["name"] = "Readers need a name: yours, or that of your publication.";
  if (countUtf8(name) > NAME_BYTES_MAX) problems["name"] = "This name is too long to show.";
  if (countUtf8(line) > LINE_BYTES_MAX) {
    problems["line"] = "This is more than one line; the about page has room for it later.";
  }
  if (form.end === "too_large") problems["picture"] = TOO_LARGE;
  if (upload !== undefined && "problem" in upload) problems["picture"] = upload.problem;
  const picture = upload !== undefined && "picture" in upload ? upload.picture : at.state.picture;
  const { address: _before, ...before } = at.state;
  const state = {
    ...before,
    name,
    line,
    ...(address !== undefined && { address }),
    ...(picture !== undefined && { picture: { ...picture, description: name } }),
  };
  const step = Object.keys(problems).length === 0 ? "password" : "about";
  return await answerStep({ ...at, state, step, problems, typedAddress });
}

/** Without an https address, and where HTTPS would be served: it can be typed. */
function mayName({ certificate, origin }: Deps): boolean {
  return certificate?.canName() === true && !origin().startsWith("https:");
}

async function takePassword(at: At, form: Form): Promise<Response> {
  const password = form.text("password");
  const language = form.text("language");
  const timeZone = form.text("timeZone");
  const problems: Record<string, string> = { ...checkNewPassword(password, form.text("again")) };
  if (!isLanguage(language)) problems["language"] = "Please choose a language from the list.";
  if (!isTimeZone(timeZone)) problems["timeZone"] = "Please choose a time zone from the list.";
  const kept = {
    language: isLanguage(language) ? language : at.state.language,
    timeZone: isTimeZone(timeZone) ? timeZone : at.state.timeZone,
  };
  if (Object.keys(problems).length > 0) {
    return await answerStep({ ...at, state: { ...at.state, ...kept }, step: "password", problems });
  }
  const phc = await hashPassword(password);
  return await answerStep({ ...at, state: { ...at.state, ...kept, phc }, step: "phrase" });
}

async function takeWords(at: At, form: Form): Promise<Response> {
  const { deps, c, ticket, state } = at;
  const entropy = await deriveEntropy(ticket);
  const words = encodePhrase(entropy).split(" ");
  const [first, second] = positionsOf(entropy);
  const problems: Record<string, string> = {};
  if (form.line("first").toLowerCase() !== words[first - 1]) {
    problems["first"] = `That is not word number ${first}. Look at the paper once more.`;
  }
  if (form.line("second").toLowerCase() !== words[second - 1]) {
    problems["second"] = `That is not word number ${second}. Look at the paper once more.`;
  }
  if (Object.keys(problems).length > 0) return await answerStep({ ...at, step: "words", problems });
  const token = makeSessionToken();
  const agent = c.req.header("User-Agent") ?? "";
  const outcome = createFromSetup(deps, { code: ticket.code, state, entropy, token, agent });
  if (outcome !== "created") return answerClosed(deps, c, outcome);
  deleteTicket(c, deps.origin());
  setSessionCookie(c, deps.origin(), token);
  rememberBrowser(deps, c);
  // With a name that was just typed HTTPS is being opened: there it can be seen.
  const isNamed = state.address !== undefined;
  return c.redirect(isNamed ? "/studio/settings/certificate?asked=name" : "/studio", 303);
}

async function answerStep(
  { deps, c, ticket, state, step, problems, typedAddress }:
    & At
    & { step: Step; problems?: Problems; typedAddress?: string },
): Promise<Response> {
  const sealed = await sealState(ticket, state);
  const address = mayName(deps) ? typedAddress ?? state.address ?? "" : undefined;
  const fields = { ...state, picture: state.picture, address };
  const props = { frame: readFrame(deps, c), fields, sealed, problems };
  const status = Object.keys(problems ?? {}).length > 0 ? 422 : 200;
  if (step === "about") return answerPage(c, SetupAboutPage(props), status);
  if (step === "password") return answerPage(c, SetupPasswordPage(props), status);
  const entropy = await deriveEntropy(ticket);
  if (step === "words") {
    return answerPage(c, SetupWordsPage({ ...props, positions: positionsOf(entropy) }), status);
  }
  return answerPage(c, SetupPhrasePage({ ...props, words: encodePhrase(entropy).split(" ") }));
}

// Two different places of the phrase, the same ones each time this browser is asked.
function positionsOf(entropy: Uint8Array): [number, number] {
  const sum = entropy.reduce((total, byte) => total + byte, 0);
  const first = 1 + sum % 6;
  const second = 7 + (sum >> 3) % 6;
  return [first, second];
}

function findClosed({ db }: Deps): "used" | undefined {
  return findOwnCapsule(db) === undefined ? undefined : "used";
}

function answerClosed(
  deps: Deps,
  c: Context<Env>,
  state: Exclude<CodeTry, "valid">,
): Response {
  const isDone = findOwnCapsule(deps.db) !== undefined;
  // A page of set-up that is loaded again after its end leads on.
  if (isDone && c.get("viewer") === "owner") return c.redirect("/studio", 303);
  const frame = readFrame(deps, c);
  if (!isDone && typeof state !== "string") {
    c.header("Retry-After", String(Math.ceil(state.waitMs / 1_000)));
    const page = SetupClosedPage({ frame, reason: "wait", sentence: describeWait(state.waitMs) });
    return answerPage(c, page, 429);
  }
  const reason = isDone || typeof state !== "string" ? "done" : state;
  return answerPage(c, SetupClosedPage({ frame, reason }), isDone ? 410 : 403);
}
