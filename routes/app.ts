/** The whole web application, as a table of contents. @module */
import { Hono } from "hono";
import type { Database } from "../storage/database.ts";
import type { Session } from "../storage/sessions.ts";

/** One line for the log: what happened, and what a person needs to look into it. */
export type LogLine = Readonly<{
  level: "info" | "warning" | "error";
  /** A sentence without the values. */
  message: string;
  requestId?: string;
  error?: unknown;
  /** Anything else, by name. */
  fields?: Readonly<Record<string, string | number | boolean>>;
}>;

/** What routes need, and nothing that a test could not give. */
export type Deps = Readonly<{
  db: Database;
  /** Unix milliseconds. */
  now: () => number;
  log: (line: LogLine) => void;
  /** True allows http and private addresses. */
  isDev: boolean;
  /** The public origin, without a slash at its end. */
  origin: () => string;
  /** A random number of this start. */
  startId: string;
}>;

/** What middleware sets for handlers. */
export type Env = {
  Variables: {
    viewer: "owner" | "visitor";
    requestId: string;
    /** Set by `studioHeaders` for pages with scripts. */
    nonce?: string;
    session?: Session;
  };
};

/** Builds the application over the given database, clock and log. */
export function createApp(_deps: Deps): Hono<Env> {
  return new Hono<Env>();
}
