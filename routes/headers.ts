/** Security and caching headers: strict for readers' pages, with a nonce for the owner's. @module */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { Env } from "./app.ts";
import { REQUEST_ID_HEADER } from "./watching.ts";

/** What every answer carries. */
export const COMMON_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "strict-origin-when-cross-origin",
  "Permissions-Policy":
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
  "Cross-Origin-Opener-Policy": "same-origin",
} as const;

/** Readers' pages: no script at all, styles and pictures from here only. */
export const READER_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; manifest-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * A public page: a browser asks each time whether it is still true. A cache that many share may answer with it for five seconds,
 * and for a day while this capsule does not answer at all.
 */
export const PUBLIC_PAGE = "public, max-age=0, s-maxage=5, stale-if-error=86400";

/**
 * The same for content delivery networks (RFC 9213), which may also show it while they ask again: so it is a minute old at most. Not said
 * to browsers: who has just signed in wants to see it. `s-maxage` alone would forbid both kinds of staleness (RFC 9111 §5.2.2.10).
 */
const PUBLIC_PAGE_CDN = "max-age=5, stale-while-revalidate=55, stale-if-error=86400";

/** The name of a file that changes with its bytes: it may be kept for ever. */
export const IMMUTABLE = "public, max-age=31536000, immutable";

/** A picture: its bytes never change, but it can be taken down, so shared caches ask again every hour. */
export const IMMUTABLE_UNTIL_REMOVED =
  "public, max-age=31536000, s-maxage=3600, immutable, stale-if-error=86400";

/** The policy of a page of the owner's side: scripts with this nonce only, and calls to this capsule. */
function studioPolicy(nonce: string): string {
  return "default-src 'none'; style-src 'self'; img-src 'self' blob:; manifest-src 'self'; " +
    `script-src 'nonce-${nonce}'; connect-src 'self'; worker-src 'self'; ` +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

/** Middleware of the whole application: what a route has not said itself is said here, the strictest way. */
export function readerHeaders(): MiddlewareHandler<Env> {
  const common = Object.entries(COMMON_HEADERS);
  return createMiddleware<Env>(async function readerHeaders(c, next) {
    await next();
    // Not by `c.header`, which makes a new response for each header of one that is there already.
    const { headers, status } = c.res;
    for (const [name, value] of common) {
      if (!headers.has(name)) headers.set(name, value);
    }
    if (!headers.has("Content-Security-Policy")) {
      headers.set("Content-Security-Policy", READER_POLICY);
    }
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    const isPublic = isRead && status === 200 && c.get("viewer") === "visitor";
    const said = headers.get("Cache-Control") ?? (isPublic ? PUBLIC_PAGE : "no-store");
    const cache = headers.has("Set-Cookie") ? "no-store" : said;
    headers.set("Cache-Control", cache);
    // On what is kept it would name the request of somebody else.
    const requestId = c.get("requestId");
    if (cache === "no-store" && requestId !== undefined) headers.set(REQUEST_ID_HEADER, requestId);
    // Not by cookie, which no cache in front could bear: what the owner is shown is stored nowhere.
    if (cache === PUBLIC_PAGE || cache === IMMUTABLE) headers.set("Vary", "Accept-Encoding");
    if (cache === PUBLIC_PAGE) headers.set("CDN-Cache-Control", PUBLIC_PAGE_CDN);
  });
}

/** Middleware of the owner's side: sets `nonce` for the views, its policy, and `no-store`. */
export function studioHeaders(): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function studioHeaders(c, next) {
    const nonce = crypto.getRandomValues(new Uint8Array(16)).toBase64();
    c.set("nonce", nonce);
    await next();
    c.header("Content-Security-Policy", studioPolicy(nonce));
    c.header("Cache-Control", "no-store");
  });
}
