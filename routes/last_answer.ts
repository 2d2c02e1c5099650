/** What is answered when even the page for errors fails. @module */

import { COMMON_HEADERS, READER_POLICY } from "./headers.ts";

/** A plain sentence, without the database and without views. */
export function makeLastAnswer(): Response {
  return new Response("Something went wrong here. Please try again in a moment.\n", {
    status: 500,
    headers: {
      ...COMMON_HEADERS,
      "Content-Security-Policy": READER_POLICY,
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
    },
  });
}
