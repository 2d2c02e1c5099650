/** Following capsules and feeds, one by one or by lists. Mounted at /studio/follow. @module */
import { type Context, Hono } from "hono";
import { exportOpml, importOpml, OPML_BYTES_MAX } from "../mesh/opml.ts";
import { deleteFeed, findFeed } from "../storage/feeds.ts";
import { type FollowForm, FollowPage, UnfollowFeedPage } from "../views/studio_follow.ts";
import { ListReadPage } from "../views/studio_follow_list.ts";
import type { Problems } from "../views/studio_fields.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { tryFollow } from "./following.ts";
import { FORM_LIMITS, readForm, readWords } from "./forms.ts";
import { readIndex } from "./publishing.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const EMPTY: FollowForm = { target: "", from: "", isQuiet: false };

/** Builds the routes of following. */
export function followRoutes(deps: Deps): Hono<Env> {
  const { db, mesh } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const form = { ...EMPTY, target: (c.req.query("target") ?? "").slice(0, 2_000) };
    return answerForm(deps, c, { form });
  });

  routes.post("/", async (c) => {
    const sent = await readWords(c.req.raw);
    const form = {
      target: sent.line("target"),
      from: sent.line("from"),
      isQuiet: sent.text("quiet") === "yes",
    };
    if (mesh === undefined) return answerForm(deps, c, { form, problems: { "": NOT_RUNNING } });
    if (form.target === "") {
      return answerForm(deps, c, { form, problems: { target: "Whom do you wish to follow?" } });
    }
    const outcome = await tryFollow(mesh, form);
    if ("problems" in outcome) return answerForm(deps, c, { form, ...outcome });
    const done = outcome.isNew ? "followed" : "known";
    return "id" in outcome
      ? c.redirect(withQuery(`/studio/mesh/${outcome.id}`, { done }), 303)
      : c.redirect(withQuery("/studio/mesh", { done: `feed-${done}` }), 303);
  });

  routes.get("/list.opml", async (c) => {
    const title = `${readFrame(deps, c).site.name}: following`;
    return c.body(await exportOpml(db, title), 200, {
      "Content-Type": "text/x-opml; charset=utf-8",
      "Content-Disposition": 'attachment; filename="follows.opml"',
    });
  });

  routes.post("/list", (c) => takeList(deps, c));

  routes.get("/feeds/:id", (c) => {
    const feed = findFeed(db, readIndex(c.req.param("id")) ?? -1);
    if (feed === undefined) return c.notFound();
    const title = feed.title || URL.parse(feed.url)?.host || feed.url;
    return answerPage(c, UnfollowFeedPage({ frame: readFrame(deps, c), id: feed.id, title }));
  });

  routes.post("/feeds/:id", (c) => {
    // Sent twice, the second finds none and says the same.
    deleteFeed(db, readIndex(c.req.param("id")) ?? -1);
    return c.redirect("/studio/mesh?done=feed-unfollowed", 303);
  });

  return routes;
}

const NOT_RUNNING = "The side of the program that asks others is not running: nobody was followed.";

async function takeList(deps: Deps, c: Context<Env>): Promise<Response> {
  const { db, now, isDev } = deps;
  let bytes: Uint8Array | undefined;
  const limits = { ...FORM_LIMITS, fileBytes: OPML_BYTES_MAX, files: 1 };
  await readForm(c.req.raw, (file) => {
    bytes = file.bytes;
    return Promise.resolve();
  }, limits);
  const text = bytes === undefined ? "" : new TextDecoder().decode(bytes);
  const read = text === "" ? undefined : await importOpml(db, text, { nowMs: now(), isDev });
  if (read === undefined) {
    const opml = "Please choose a list in OPML, of at most 2 MB: feed readers call it “export”.";
    return answerForm(deps, c, { form: EMPTY, problems: { opml } });
  }
  return answerPage(c, ListReadPage({ frame: readFrame(deps, c), read }));
}

function answerForm(
  deps: Deps,
  c: Context<Env>,
  { form, problems, needsSource = false }: Readonly<{
    form: FollowForm;
    problems?: Problems;
    needsSource?: boolean;
  }>,
): Response {
  const page = FollowPage({
    frame: readFrame(deps, c),
    form,
    isMeshRunning: deps.mesh !== undefined,
    needsSource,
    problems,
  });
  return answerPage(c, page, problems === undefined ? 200 : 422);
}
