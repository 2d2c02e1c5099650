/** Security headers: strict for readers' pages, with a nonce for the owner's. @module */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { Env } from "./app.ts";

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
  "default-src 'none'; style-src 'self'; img-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The policy of a page of the owner's side: scripts with this nonce only, and calls to this capsule. */
export function studioPolicy(nonce: string): string {
  return "default-src 'none'; style-src 'self'; img-src 'self' blob:; manifest-src 'self'; " +
    `script-src 'nonce-${nonce}'; connect-src 'self'; worker-src 'self'; ` +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
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
