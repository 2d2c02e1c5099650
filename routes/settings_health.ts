/** Settings: how everything is doing. Mounted at /studio/settings/health. @module */
import { type Context, Hono } from "hono";
import {
  deleteMetricsToken,
  findMetricsTokenMs,
  saveMetricsToken,
} from "../storage/metrics_tokens.ts";
import { HealthPage } from "../views/settings_health.ts";
import type { Deps, Env, HealthDesk } from "./app.ts";
import { answerNotFound } from "./errors.ts";
import { readWords } from "./forms.ts";
import { readDayRequests, readDaySizes } from "./health_figures.ts";
import { readSettings } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const PATH = "/studio/settings/health";
const TOKEN_BYTES = 24;

/** Builds the routes. Opening the page asks nobody anything. */
export function healthRoutes(deps: Deps): Hono<Env> {
  const { db, now, health } = deps;
  const routes = new Hono<Env>();

  routes.get("/", async (c) => {
    if (health === undefined) return answerNotFound(c, deps);
    return await answerHealth(deps, c, health);
  });

  routes.post("/", async (c) => {
    if (health === undefined) return answerNotFound(c, deps);
    await health.lookOutside();
    return c.redirect(PATH, 303);
  });

  routes.post("/token", async (c) => {
    if (health === undefined) return answerNotFound(c, deps);
    const form = await readWords(c.req.raw);
    if (form.text("do") === "remove") {
      deleteMetricsToken(db);
      return c.redirect(`${PATH}#figures`, 303);
    }
    const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({
      alphabet: "base64url",
    });
    saveMetricsToken(db, token, now());
    return await answerHealth(deps, c, health, token);
  });

  return routes;
}

async function answerHealth(
  deps: Deps,
  c: Context<Env>,
  health: HealthDesk,
  token?: string,
): Promise<Response> {
  const { db, now } = deps;
  const { timeZone } = readSettings(deps);
  const page = HealthPage({
    frame: readFrame(deps, c),
    nowMs: now(),
    here: await health.lookHere(),
    outside: health.outside(),
    days: readDayRequests(db, timeZone, now()),
    sizes: readDaySizes(db),
    token,
    tokenMadeAtMs: findMetricsTokenMs(db),
  });
  return answerPage(c, page);
}
