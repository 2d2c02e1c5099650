/** The session cookie: its name, its token, how it is set and taken away. @module */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Env } from "./app.ts";

/** Browsers keep the cookie longer than the session lasts: a stale one brings back what was written. */
const COOKIE_SECONDS = 400 * 86_400;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The cookie's name at a public origin: `__Host-` where the connection is encrypted. */
function sessionCookieName(origin: string): string {
  return origin.startsWith("https:") ? "__Host-capsule" : "capsule";
}

/** The 32 bytes of the request's session token; undefined when it brings none of that form. */
export function readSessionToken(c: Context<Env>, origin: string): Uint8Array | undefined {
  const value = getCookie(c, sessionCookieName(origin));
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
  setCookie(c, sessionCookieName(origin), value, {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: origin.startsWith("https:"),
    maxAge: COOKIE_SECONDS,
  });
}

/** Takes the token away. */
export function deleteSessionCookie(c: Context<Env>, origin: string): void {
  deleteCookie(c, sessionCookieName(origin), { path: "/", secure: origin.startsWith("https:") });
}
