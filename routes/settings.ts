/** Settings: the hub, the profile, how the capsule looks. Mounted at /studio/settings. @module */
import { type Context, Hono } from "hono";
import { PublishProblem, publishProfile } from "../mesh/publish.ts";
import type { ProfileLink } from "../mesh/protocol/content.ts";
import { countUtf8 } from "../mesh/protocol/text.ts";
import { findProfile } from "../storage/profiles.ts";
import { findSettings, saveSettings, type Settings } from "../storage/settings.ts";
import { DEFAULT_ACCENT, isColour } from "../views/accent.ts";
import { isLanguage } from "../views/languages.ts";
import { type ProfileForm, ProfilePage, SettingsPage } from "../views/settings.ts";
import { AppearancePage } from "../views/settings_appearance.ts";
import type { Problems } from "../views/studio_fields.ts";
import { isTimeZone } from "../views/time.ts";
import type { Deps, Env } from "./app.ts";
import { type Form, readWords } from "./forms.ts";
import { toProblems, tryPublish } from "./publishing.ts";
import { backupRoutes } from "./settings_backups.ts";
import { certificateRoutes } from "./settings_certificate.ts";
import { healthRoutes } from "./settings_health.ts";
import { securityRoutes } from "./settings_security.ts";
import { needOwnCapsule } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import {
  findPicture,
  type PictureForm,
  readPictureForm,
  readUploadProblem,
  TOO_LARGE,
} from "./uploads.ts";

const LINKS_MAX = 32;
const NAME_BYTES_MAX = 256;
const LINE_BYTES_MAX = 1_024;
/** Leaves room in the 16 KiB of a profile for everything else. */
const ABOUT_BYTES_MAX = 8 * 1024;

/** Builds the routes of settings. */
export function settingsRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const { id } = needOwnCapsule(deps);
    const hasCertificate = deps.certificate !== undefined;
    const hasHealth = deps.health !== undefined;
    const frame = readFrame(deps, c);
    return answerPage(c, SettingsPage({ frame, capsuleId: id, hasCertificate, hasHealth }));
  });

  routes.get("/profile", (c) => {
    const profile = findProfile(db, needOwnCapsule(deps).log);
    const form = { ...profile, picture: profile.picture };
    return answerProfile(deps, c, form, {});
  });

  routes.post("/profile", async (c) => {
    const sent = await readPictureForm(deps, c.req.raw);
    const { profile, problems } = readProfile(deps, sent);
    if (Object.keys(problems).length > 0) return answerProfile(deps, c, profile, problems);
    const picture = profile.picture === undefined
      ? null
      : { hash: profile.picture.hash, description: profile.name };
    const published = tryPublish(() => publishProfile({ db, now }, { ...profile, picture }));
    if (!(published instanceof PublishProblem)) {
      return c.redirect("/studio/settings/profile?saved=yes", 303);
    }
    return answerProfile(deps, c, profile, toProblems(published, PROFILE_FIELDS));
  });

  routes.get("/appearance", (c) => {
    const settings = findSettings(db);
    const accent = isColour(settings.accent) ? settings.accent : DEFAULT_ACCENT;
    return answerAppearance(deps, c, { ...settings, accent }, {});
  });

  routes.post("/appearance", async (c) => {
    const { settings, problems } = readAppearance(deps, await readWords(c.req.raw));
    if (Object.keys(problems).length > 0) return answerAppearance(deps, c, settings, problems);
    saveSettings(db, settings);
    return c.redirect("/studio/settings/appearance?saved=yes", 303);
  });

  routes.route("/security", securityRoutes(deps));
  routes.route("/backups", backupRoutes(deps));
  routes.route("/certificate", certificateRoutes(deps));
  routes.route("/health", healthRoutes(deps));
  return routes;
}

const PROFILE_FIELDS = {
  name_missing: "name",
  language_form: "language",
  content_too_large: "about",
  unknown_picture: "pictureFile",
} as const;

function readProfile(
  deps: Deps,
  sent: PictureForm,
): { profile: ProfileForm; problems: Problems } {
  const { form, uploads } = sent;
  const now = findProfile(deps.db, needOwnCapsule(deps).log);
  const upload = uploads.find((one) => "picture" in one);
  const kept = form.text("do") === "remove-picture"
    ? undefined
    : findPicture(deps, form.text("picture"), "");
  const language = form.text("language");
  const { links, problems } = readLinks(form);
  const profile = {
    name: form.line("name"),
    line: form.line("line"),
    about: form.text("about").trim(),
    language: isLanguage(language) ? language : now.language,
    picture: upload !== undefined && "picture" in upload ? upload.picture : kept,
    links,
  };
  const fileProblem = form.end === "too_large" ? TOO_LARGE : readUploadProblem(sent, "pictureFile");
  const all: Record<string, string> = { ...problems };
  if (profile.name === "") all["name"] = "Readers need a name: yours, or that of your publication.";
  if (countUtf8(profile.name) > NAME_BYTES_MAX) all["name"] = "This name is too long to show.";
  if (countUtf8(profile.line) > LINE_BYTES_MAX) {
    all["line"] = "This is more than one line; “About” below has room for it.";
  }
  if (countUtf8(profile.about) > ABOUT_BYTES_MAX) {
    all["about"] =
      "This is longer than an about page holds (8 kB). Make the rest a page of your site.";
  }
  if (fileProblem !== undefined) all["pictureFile"] = fileProblem;
  return { profile, problems: all };
}

function readLinks(form: Form): { links: ProfileLink[]; problems: Problems } {
  const links: ProfileLink[] = [];
  const problems: Record<string, string> = {};
  for (let n = 0; n < LINKS_MAX; n += 1) {
    const label = form.line(`linkLabel${n}`);
    const typed = form.line(`linkUrl${n}`);
    if (label === "" && typed === "") continue;
    const url = completeUrl(typed);
    const row = links.push({ label, url: url ?? typed }) - 1;
    if (url === undefined) {
      problems[`linkUrl${row}`] = "This does not look like an address: https://… is expected.";
    }
    if (label === "") problems[`linkLabel${row}`] = "Say in a word or two where this link leads.";
  }
  return { links, problems };
}

// People leave "https://" out.
function completeUrl(typed: string): string | undefined {
  const text = /^(?:https?|mailto):/i.test(typed) ? typed : `https://${typed}`;
  const url = URL.parse(text);
  if (url === null || text.length > 2_048 || typed === "") return undefined;
  return url.protocol === "mailto:" || url.hostname.includes(".") ? url.href : undefined;
}

function readAppearance(
  { db }: Deps,
  form: Form,
): { settings: Settings; problems: Problems } {
  const before = findSettings(db);
  const accent = form.text("accent");
  const timeZone = form.text("timeZone");
  const crawlers = (["all", "no-ai", "none"] as const)
    .find((value) => value === form.text("crawlers")) ?? before.crawlers;
  const problems: Record<string, string> = {};
  if (!isColour(accent)) problems["accent"] = "Please choose a colour, as in #8a3324.";
  if (!isTimeZone(timeZone)) problems["timeZone"] = "Please choose a time zone from the list.";
  const settings = {
    ...before,
    accent: isColour(accent) ? accent : DEFAULT_ACCENT,
    timeZone: isTimeZone(timeZone) ? timeZone : before.timeZone,
    crawlers,
  };
  return { settings, problems };
}

function answerProfile(
  deps: Deps,
  c: Context<Env>,
  form: ProfileForm,
  problems: Problems,
): Response {
  const isSaved = c.req.method === "GET" && c.req.query("saved") === "yes";
  const page = ProfilePage({ frame: readFrame(deps, c), form, problems, isSaved });
  return answerPage(c, page, Object.keys(problems).length > 0 ? 422 : 200);
}

function answerAppearance(
  deps: Deps,
  c: Context<Env>,
  settings: Settings,
  problems: Problems,
): Response {
  const isSaved = c.req.method === "GET" && c.req.query("saved") === "yes";
  const page = AppearancePage({ frame: readFrame(deps, c), settings, problems, isSaved });
  return answerPage(c, page, Object.keys(problems).length > 0 ? 422 : 200);
}
