/** What is answered when even the page for errors fails. @module */

import { COMMON_HEADERS, READER_POLICY } from "./headers.ts";

/** A plain sentence, without the database and without views. */
export function makeLastAnswer(): Response {
  return makePlain("Something went wrong here. Please try again in a moment.\n", 500);
}

/** For a request that is none: without a host, without a path, with a header that may not be. */
export function makeUnreadable(): Response {
  return makePlain("This request cannot be read.\n", 400);
}

/** While the file that is shown cannot be read: another one is being put in its place. */
export function makeNotNow(): Response {
  const answer = makePlain("Not just now. Please try again in a moment.\n", 503);
  answer.headers.set("Retry-After", "5");
  return answer;
}

/** For whoever asks for more than they read. */
export function makeBusy(): Response {
  return makePlain("Too many answers are waiting to be read. Please try again in a moment.\n", 503);
}

function makePlain(sentence: string, status: number): Response {
  return new Response(sentence, {
    status,
    headers: {
      ...COMMON_HEADERS,
      "Content-Security-Policy": READER_POLICY,
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
    },
  });
}
