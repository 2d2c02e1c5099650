/** An author's capsule on a real port, whose answers a test may change on their way out. @module */
import { createHandler } from "../../routes/page_cache.ts";
import type { Database } from "../../storage/database.ts";
import { confirmPeer, deletePeer } from "../../storage/peers.ts";
import { followAuthor, type TestAuthor } from "./mirror.ts";

/** Changes an answer; what it leaves alone it answers as it came. */
export type Tamper = (request: Request, response: Response) => Response | Promise<Response>;

/** A serving author. */
export type AuthorServer = Readonly<
  {
    /** `http://127.0.0.1:<port>`. */
    origin: string;
    /** Paths asked for, with their questions, in order. */
    requests: string[];
    /** From now on. */
    tamper: (tamper: Tamper | undefined) => void;
  } & AsyncDisposable
>;

/** Serves the own capsule of a database, and the mirrors in it. */
export function serveAuthor(
  { db, now }: Readonly<{ db: Database; now: () => number }>,
  first?: Tamper,
): AuthorServer {
  const requests: string[] = [];
  let tamper = first;
  let origin = "";
  const deps = { db, now, log: () => {}, isDev: true, origin: () => origin, startId: "author" };
  const handle = createHandler(deps);
  const onListen = () => {};
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, async (request, info) => {
    const { pathname, search } = new URL(request.url);
    requests.push(pathname + search);
    const response = await handle(request, info);
    return tamper === undefined ? response : await tamper(request, response);
  });
  origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    origin,
    requests,
    tamper: (next) => void (tamper = next),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Follows a served author: its mirror, and where it was confirmed, which need not be where its identity says. */
export function followServed(
  { db, now }: Readonly<{ db: Database; now: () => number }>,
  author: TestAuthor,
  origin: string,
): number {
  const log = followAuthor(db, author, { nowMs: now() });
  deletePeer(db, author.id, author.address);
  confirmPeer(db, { id: author.id, address: origin, nowMs: now() });
  return log;
}

/** Changes the text of answers whose path matches; the answer is sent without compression. */
export function changeText(
  pattern: RegExp,
  change: (text: string, request: Request) => string,
): Tamper {
  return async (request, response) => {
    const { pathname, search } = new URL(request.url);
    if (!pattern.test(pathname + search) || response.status !== 200) return response;
    const isPacked = response.headers.get("content-encoding") === "gzip";
    const body = isPacked
      ? response.body?.pipeThrough(new DecompressionStream("gzip"))
      : response.body;
    const headers = new Headers(response.headers);
    for (const name of ["content-encoding", "content-length", "etag"]) headers.delete(name);
    return new Response(change(await new Response(body).text(), request), { headers });
  };
}

/** Changes the rows of runs. */
export function changeRows(change: (rows: string[], request: Request) => string[]): Tamper {
  return changeText(/\/entries\?/, (text, request) => {
    const rows = change(text.split("\n").slice(0, -1), request);
    return rows.map((row) => `${row}\n`).join("");
  });
}
