/** The article as it will look while it is written, for the island that shows it. Mounted at /studio/preview. @module */
import { Hono } from "hono";
import { renderPart } from "../views/html.ts";
import { PreviewInside } from "../views/editor.ts";
import type { Deps, Env } from "./app.ts";
import { makePreview } from "./article_forms.ts";
import { readForm } from "./forms.ts";

/** Builds the route that takes Markdown and answers safe HTML in JSON. */
export function previewRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.post("/", async (c) => {
    const form = await readForm(c.req.raw);
    const preview = makePreview(deps, { markdown: form.text("markdown") });
    return c.json({ html: renderPart(PreviewInside({ preview })) });
  });

  return routes;
}
