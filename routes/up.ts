/** The health check. Mounted at /up. @module */
import { Hono } from "hono";
import { findDamage } from "../storage/damage.ts";
import { DatabaseProblem } from "../storage/database_problem.ts";
import type { Deps, Env } from "./app.ts";
import { makeNamelessSite } from "./site.ts";

/** Builds the route: 200 means that this process answers and its database can be read. */
export function upRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    c.header("Cache-Control", "no-store");
    const told = {
      version: makeNamelessSite(deps).version,
      start: deps.startId,
    };
    const reason = findReason(deps);
    if (reason !== undefined) return c.json({ ok: false, ...told, reason }, 503);
    // Found while it runs too: pages go on, and nothing is published.
    const readOnly = deps.readOnly ?? (findDamage(deps.db) === undefined ? undefined : "damaged");
    return c.json({ ok: true, ...told, ...(readOnly === undefined ? {} : { readOnly }) });
  });

  return routes;
}

/** Why the database cannot be read, in one word: anybody may ask here. */
function findReason({ db }: Deps): string | undefined {
  try {
    db.changeMark();
    return undefined;
  } catch (error) {
    return error instanceof DatabaseProblem ? `database_${error.kind}` : "database_closed";
  }
}
