/** Tags. Mounted at /tags. @module */
import { Hono } from "hono";
import { findTag, listTags } from "../storage/tags.ts";
import { renderPage } from "../views/html.ts";
import { TagPage, TagsPage } from "../views/tags.ts";
import { tagUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { listPart } from "./paging.ts";
import { needOwnCapsule, readSettings, readSite } from "./site.ts";

const TAGS_SHOWN_MAX = 500;

/** Builds the routes over the given database. */
export function tagRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const tags = listTags(db, needOwnCapsule(deps).log, TAGS_SHOWN_MAX);
    return c.html(renderPage(TagsPage({ site: readSite(deps, c.get("viewer")), tags })));
  });

  routes.get("/:tag", (c) => {
    const { log } = needOwnCapsule(deps);
    const typed = c.req.param("tag");
    const tag = findTag(db, log, typed);
    if (tag === undefined) return c.notFound();
    const path = tagUrl(tag.tag);
    if (typed !== tag.tag) return c.redirect(path, 308);
    const limit = readSettings(deps).postsPerPage;
    const part = listPart(db, { log, tag: tag.tag }, { path, typed: c.req.query("before"), limit });
    if (part === undefined) return c.notFound();
    return c.html(renderPage(TagPage({ site: readSite(deps, c.get("viewer")), tag, ...part })));
  });

  return routes;
}
