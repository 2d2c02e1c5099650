/** Settings: the certificate for HTTPS. Mounted at /studio/settings/certificate. @module */
import { Hono } from "hono";
import { CertificateSettingsPage } from "../views/settings_certificate.ts";
import type { Deps, Env } from "./app.ts";
import { answerNotFound } from "./errors.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

/** Builds the routes; there is nothing where this program does not serve HTTPS itself. */
export function certificateRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();
  const { certificate } = deps;

  routes.get("/", (c) => {
    if (certificate === undefined) return answerNotFound(c, deps);
    const told = c.req.query("asked") === "yes"
      ? "It is tried within a few seconds; open this page again to see what came of it."
      : undefined;
    const frame = readFrame(deps, c);
    return answerPage(c, CertificateSettingsPage({ frame, facts: certificate.facts(), told }));
  });

  routes.post("/", (c) => {
    if (certificate === undefined) return answerNotFound(c, deps);
    const waitMs = certificate.tryNow();
    if (waitMs === 0) return c.redirect("/studio/settings/certificate?asked=yes", 303);
    const minutes = Math.ceil(waitMs / 60_000);
    const told = "So that the authority’s limits are kept, this can be asked for again in " +
      `${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
    const page = { frame: readFrame(deps, c), facts: certificate.facts(), told };
    return answerPage(c, CertificateSettingsPage(page), 429);
  });

  return routes;
}
