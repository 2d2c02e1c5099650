/** What every page shows of the capsule, read from the database. @module */
import type { Site } from "../views/layout.ts";
import type { Deps, Env } from "./app.ts";

/** Reads the capsule's name, pages and settings; a nameless site before set-up. */
export type ReadSite = (deps: Deps, viewer: Env["Variables"]["viewer"]) => Site;
