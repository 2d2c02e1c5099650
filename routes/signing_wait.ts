/** A form that comes while followers are asked at the start waits for the answer, as long as a person waits for a page. @module */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { isChecking } from "../mesh/signing.ts";
import type { Deps, Env } from "./app.ts";

const WAIT_MS = 8_000;
const POLL_MS = 100;

/** Middleware for what the owner sends: after a start most answers are there within a second. */
export function waitForCheck({ db, now }: Deps): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function waitForCheck(c, next) {
    if (c.req.method === "POST") {
      const deadlineMs = now() + WAIT_MS;
      // Counted too: a clock that stands still ends it as well.
      for (let polls = WAIT_MS / POLL_MS; polls > 0 && now() < deadlineMs; polls--) {
        if (!isChecking(db, now())) break;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
    await next();
  });
}
