/** The owner's side of the web application: set-up, signing in, the studio. Loaded when somebody first asks for it. @module */
import type { Hono } from "hono";
import { type Deps, endApp, type Env, guardedApp } from "./app.ts";
import { sessionRoutes } from "./sessions.ts";
import { setupRoutes } from "./setup.ts";
import { studioRoutes } from "./studio.ts";

/** Builds it, guarded as the whole is: for the owner only, but for the ways in. */
export function createOwnersSide(deps: Deps): Hono<Env> {
  const side = guardedApp(deps);
  side.route("/setup", setupRoutes(deps));
  side.route("/", sessionRoutes(deps));
  side.route("/studio", studioRoutes(deps));
  return endApp(side, deps);
}
