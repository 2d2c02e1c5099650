/** What every page of the owner's side needs: the site, this answer's nonce, the paths of styles and islands. @module */
import type { Context } from "hono";
import { findSigning } from "../storage/signing.ts";
import { hasTimeline } from "../storage/timeline.ts";
import { type Markup, renderPage } from "../views/html.ts";
import { describeSigning } from "../views/signing_states.ts";
import type { Frame } from "../views/studio.ts";
import { ISLAND_URLS, STUDIO_STYLE_URL } from "../views/studio_assets.ts";
import type { Deps, Env } from "./app.ts";
import { readSite } from "./site.ts";

/** Reads the frame of one answer; `studioHeaders` ran before. */
export function readFrame(deps: Deps, c: Context<Env>): Frame {
  const site = readSite(deps, c.get("viewer"));
  const signing = findSigning(deps.db);
  return {
    // Before set-up there is no name yet.
    site: site.name === "" ? { ...site, name: "Your capsule" } : site,
    nonce: c.get("nonce") ?? "",
    styleUrl: STUDIO_STYLE_URL,
    islandUrl: (island) => ISLAND_URLS[island],
    isFollowing: hasTimeline(deps.db),
    signing: signing && describeSigning(signing.outcome),
  };
}

/** Answers with a page. */
export function answerPage(
  c: Context<Env>,
  page: Markup,
  status: 200 | 403 | 404 | 409 | 410 | 413 | 422 | 429 | 503 = 200,
): Response {
  return c.html(renderPage(page), status);
}
