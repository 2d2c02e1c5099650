/** Our own cookies: bound to HTTPS at an https origin, and plain ones for a browser on this machine beside them. @module */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Env } from "./app.ts";
import { LOOPBACK } from "./guards.ts";
import { isPassedOn } from "./plain_http.ts";

/** What our cookies are called before what they are for is added. */
const PREFIX = "capsule";

/** Reads one; `what` is "" for the session. */
export function readCookie(c: Context<Env>, origin: string, what: string): string | undefined {
  const bound = isHttps(origin) ? getCookie(c, `__Host-${PREFIX}${what}`) : undefined;
  return bound ?? (isLocal(c, origin) ? getCookie(c, PREFIX + what) : undefined);
}

/** Sets one; "" with 0 seconds takes it away. */
export function writeCookie(
  c: Context<Env>,
  origin: string,
  { what, value, seconds }: Readonly<{ what: string; value: string; seconds: number }>,
): void {
  const usual = { path: "/", httpOnly: true, sameSite: "Lax", maxAge: seconds } as const;
  if (isHttps(origin)) setCookie(c, `__Host-${PREFIX}${what}`, value, { ...usual, secure: true });
  if (isLocal(c, origin)) setCookie(c, PREFIX + what, value, usual);
}

function isHttps(origin: string): boolean {
  return origin.startsWith("https:");
}

/** True where the browser speaks without encryption: always at an http origin, else on this machine itself. */
function isLocal(c: Context<Env>, origin: string): boolean {
  if (!isHttps(origin)) return true;
  const from = c.req.header("Origin");
  const asked = URL.parse(from === undefined || from === "null" ? c.req.url : from);
  if (asked === null || asked.protocol !== "http:" || !LOOPBACK.test(asked.hostname)) return false;
  return !isPassedOn(c.req.raw.headers);
}
