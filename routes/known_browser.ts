/** Browsers that signed in here before: their tries are counted apart, so that strangers' tries do not keep the owner out. @module */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { findPassword } from "../storage/passwords.ts";
import type { Deps, Env } from "./app.ts";
import { readCookie, writeCookie } from "./cookies.ts";

type Needs = Pick<Deps, "db" | "origin">;

const BROWSER = "-browser";
const COOKIE_SECONDS = 400 * 86_400;
const COOKIE = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** Remembers this browser, after it signed in. A new password makes every browser a stranger again. */
export function rememberBrowser({ db, origin }: Needs, c: Context<Env>): void {
  const name = readKnownBrowser({ db, origin }, c) ?? makeName();
  const seal = sealName(db, name);
  if (seal === undefined) return;
  const value = `${name}.${seal}`;
  writeCookie(c, origin(), { what: BROWSER, value, seconds: COOKIE_SECONDS });
}

/** The name of a browser that was remembered under today's password; undefined for every other. It opens nothing. */
export function readKnownBrowser({ db, origin }: Needs, c: Context<Env>): string | undefined {
  const match = (readCookie(c, origin(), BROWSER) ?? "").match(COOKIE);
  if (match === null) return undefined;
  const [, name = "", given = ""] = match;
  const seal = sealName(db, name);
  if (seal === undefined || !timingSafeEqual(Buffer.from(seal), Buffer.from(given))) {
    return undefined;
  }
  return name;
}

function makeName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

// The stored hash of the password is the key: only this database has it, and a new password is a new key.
function sealName(db: Deps["db"], name: string): string | undefined {
  const phc = findPassword(db);
  if (phc === undefined) return undefined;
  return createHmac("sha256", phc).update(`capsule known browser ${name}`).digest("base64url");
}
