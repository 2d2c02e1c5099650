/** Tags. Mounted at /tags. @module */
import { Hono } from "hono";
import { findTag, listTags } from "../storage/tags.ts";
import { renderPage } from "../views/html.ts";
import { TagPage, TagsPage } from "../views/tags.ts";
import { tagUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { listPart } from "./paging.ts";
import { needSubject, readPageSite, readSettings } from "./site.ts";

const TAGS_SHOWN_MAX = 500;

/** Builds the routes over the given database. */
export function tagRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const tags = listTags(db, needSubject(deps, c).capsule.log, TAGS_SHOWN_MAX);
    return c.html(renderPage(TagsPage({ site: readPageSite(deps, c), tags })));
  });

  routes.get("/:tag", (c) => {
    const { capsule, base } = needSubject(deps, c);
    const { log } = capsule;
    const typed = c.req.param("tag");
    const tag = findTag(db, log, typed);
    if (tag === undefined) return c.notFound();
    const path = tagUrl(tag.tag);
    if (typed !== tag.tag) return c.redirect(base + path, 308);
    const limit = readSettings(deps).postsPerPage;
    const before = c.req.query("before");
    const part = listPart(db, { log, tag: tag.tag }, { base, path, typed: before, limit });
    if (part === undefined) return c.notFound();
    return c.html(renderPage(TagPage({ site: readPageSite(deps, c, part.pieces), tag, ...part })));
  });

  return routes;
}
