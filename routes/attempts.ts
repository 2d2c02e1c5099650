/** How often a password, a phrase or a code may be tried. @module */
import type { Context } from "hono";
import { deleteAttempts, findAttemptWait, insertAttempt } from "../storage/attempts.ts";
import type { Deps, Env } from "./app.ts";
import { readKnownBrowser } from "./known_browser.ts";
import { readNetwork } from "./network.ts";

/** What is tried: to sign in, to choose a new password, to set the capsule up. */
export type Secret = "password" | "phrase" | "code";

/** What came of a try. */
export type Attempt = "right" | "wrong" | Readonly<{ waitMs: number }>;

/**
 * Counts a try before it is checked, so that tries at the same time all count; a right one clears the count. Whoever is
 * signed in, or was before in this browser, has tries of their own: strangers cannot use them up.
 */
export async function attempt(
  deps: Deps,
  c: Context<Env>,
  secret: Secret,
  check: () => boolean | Promise<boolean>,
): Promise<Attempt> {
  const { db, now } = deps;
  const { who, isApart } = findCount(deps, c, secret);
  const waitMs = findAttemptWait(db, who, now(), { isApart });
  if (waitMs > 0) return { waitMs };
  db.urgently(() => insertAttempt(db, who, now()));
  if (!await check()) return "wrong";
  db.urgently(() => deleteAttempts(db, who));
  return "right";
}

function findCount(
  deps: Deps,
  c: Context<Env>,
  secret: Secret,
): Readonly<{ who: string; isApart: boolean }> {
  const session = c.get("session");
  const browser = readKnownBrowser(deps, c);
  if (session !== undefined) return { who: `${secret}, session ${session.id}`, isApart: true };
  if (browser !== undefined) return { who: `${secret}, browser ${browser}`, isApart: true };
  const network = readNetwork(c);
  // 128 bits cannot be guessed from many networks, so tries of the password elsewhere do not close this way in.
  return { who: `${secret}, network ${network}`, isApart: secret !== "password" };
}

/** The sentence for somebody who tried too often. */
export function describeWait(waitMs: number): string {
  const minutes = Math.max(1, Math.ceil(waitMs / 60_000));
  return `That was too many tries. Please wait ${
    minutes === 1 ? "a minute" : `${minutes} minutes`
  } and try again.`;
}
