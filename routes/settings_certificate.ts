/** Settings: the certificate for HTTPS. Mounted at /studio/settings/certificate. @module */
import { type Context, Hono } from "hono";
import { moveCapsule } from "../mesh/move.ts";
import { PublishProblem } from "../mesh/publish.ts";
import { CertificateSettingsPage } from "../views/settings_certificate.ts";
import { readTypedName } from "./addresses.ts";
import type { CertificateDesk, Deps, Env } from "./app.ts";
import { answerNotFound } from "./errors.ts";
import { readWords } from "./forms.ts";
import { tryPublish } from "./publishing.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

/** Builds the routes; there is nothing where this program does not serve HTTPS itself. */
export function certificateRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();
  const { certificate } = deps;

  routes.get("/", (c) => {
    if (certificate === undefined) return answerNotFound(c, deps);
    const { state } = certificate.facts();
    const isOpening = state === "nameless" || state === "asking";
    const asked = c.req.query("asked") ?? "";
    const told = asked === "name" && !isOpening ? undefined : TOLD[asked];
    const answer = answerCertificate(deps, c, certificate, { told });
    // While something happens by itself the page shows it by itself.
    if (state === "asking" || state === "closed" || told !== undefined) {
      answer.headers.set("Refresh", "5");
    }
    return answer;
  });

  routes.post("/name", async (c) => {
    if (!certificate?.canName()) return answerNotFound(c, deps);
    const typed = (await readWords(c.req.raw)).line("address");
    const { address, problem = "" } = readTypedName(typed);
    if (address === undefined) {
      return answerCertificate(deps, c, certificate, { typed, problem });
    }
    const moved = tryPublish(() => moveCapsule(deps, address));
    if (moved instanceof PublishProblem) {
      return answerCertificate(deps, c, certificate, { typed, problem: moved.message });
    }
    return c.redirect("/studio/settings/certificate?asked=name", 303);
  });

  routes.post("/", (c) => {
    if (certificate === undefined) return answerNotFound(c, deps);
    const waitMs = certificate.tryNow();
    if (waitMs === 0) return c.redirect("/studio/settings/certificate?asked=yes", 303);
    const minutes = Math.ceil(waitMs / 60_000);
    const told = "So that the authority’s limits are kept, this can be asked for again in " +
      `${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
    return answerCertificate(deps, c, certificate, { told }, 429);
  });

  return routes;
}

const TOLD: Readonly<Record<string, string>> = {
  yes: "It is tried within a few seconds; this page then shows what came of it.",
  name: "The name is kept, and HTTPS is being opened. This page then shows how that goes.",
};

function answerCertificate(
  deps: Deps,
  c: Context<Env>,
  certificate: CertificateDesk,
  more: Readonly<{ told?: string | undefined; typed?: string; problem?: string }>,
  status: 200 | 429 = 200,
): Response {
  const page = CertificateSettingsPage({
    frame: readFrame(deps, c),
    facts: certificate.facts(),
    canName: certificate.canName(),
    ...more,
  });
  return answerPage(c, page, more.problem === undefined ? status : 422);
}
