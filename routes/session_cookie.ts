/** The session cookie: its name, its token, how it is set and taken away. @module */
import type { Context } from "hono";
import type { Env } from "./app.ts";
import { readCookie, writeCookie } from "./cookies.ts";

/** Browsers keep the cookie longer than the session lasts: a stale one brings back what was written. */
const COOKIE_SECONDS = 400 * 86_400;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The 32 bytes of the request's session token; undefined when it brings none of that form. */
export function readSessionToken(c: Context<Env>, origin: string): Uint8Array | undefined {
  const value = readCookie(c, origin, "");
  if (value === undefined || !TOKEN.test(value)) return undefined;
  try {
    return Uint8Array.fromBase64(value, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

/** Makes a new random token. */
export function makeSessionToken(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** Gives the browser its token. */
export function setSessionCookie(c: Context<Env>, origin: string, token: Uint8Array): void {
  const value = token.toBase64({ alphabet: "base64url", omitPadding: true });
  writeCookie(c, origin, { what: "", value, seconds: COOKIE_SECONDS });
}

/** Takes the token away. */
export function deleteSessionCookie(c: Context<Env>, origin: string): void {
  writeCookie(c, origin, { what: "", value: "", seconds: 0 });
}
