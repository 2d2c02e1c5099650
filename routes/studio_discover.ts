/** People two steps away. Mounted at /studio/discover; nobody is asked by looking. @module */
import { Hono } from "hono";
import { listSuggestions } from "../storage/suggestions.ts";
import { DiscoverPage } from "../views/studio_discover.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const PER_PAGE = 50;

/** Builds the route of suggestions. */
export function discoverRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const typed = c.req.query("page") ?? "1";
    const page = /^[1-9]\d{0,2}$/.test(typed) ? Number(typed) : 1;
    const skip = (page - 1) * PER_PAGE;
    const found = listSuggestions(deps.db, { skip, limit: PER_PAGE + 1 });
    const url = (n: number) => withQuery("/studio/discover", { page: n === 1 ? undefined : n });
    const paging = {
      newer: page > 1 ? url(page - 1) : undefined,
      older: found.length > PER_PAGE ? url(page + 1) : undefined,
    };
    const suggestions = found.slice(0, PER_PAGE);
    return answerPage(c, DiscoverPage({ frame: readFrame(deps, c), suggestions, paging }));
  });

  return routes;
}
