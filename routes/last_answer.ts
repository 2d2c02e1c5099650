/** What is answered when even the page for errors fails. @module */

/** A plain sentence, without the database and without views. */
export function makeLastAnswer(): Response {
  return new Response("Something went wrong here. Please try again in a moment.\n", {
    status: 500,
    headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" },
  });
}
