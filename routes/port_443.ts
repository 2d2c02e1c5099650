/** What is answered to plain HTTP at the port of HTTPS. @module */
import { COMMON_HEADERS } from "./headers.ts";
import type { Handler } from "./page_cache.ts";

/** Says where HTTPS is, whatever was asked for, and ends the connection: nothing that is typed travels this way. */
export function createPlain443({ origin }: Readonly<{ origin: () => string }>): Handler {
  return () =>
    new Response(`This port speaks HTTPS only. Open ${origin()}/ instead.\n`, {
      status: 400,
      headers: {
        ...COMMON_HEADERS,
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
        "Connection": "close",
      },
    });
}
