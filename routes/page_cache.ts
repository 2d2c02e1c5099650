/** Public pages kept as bytes, in front of the application: exact, because anything committed ends them. @module */
import { createApp, type Deps } from "./app.ts";
import { type CachedPage, makePage } from "./cached_page.ts";
import { readMark } from "./change_mark.ts";
import { IMMUTABLE, PUBLIC_PAGE } from "./headers.ts";

/** What `Deno.serve` calls. */
export type Handler = (
  request: Request,
  info?: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** Bytes of all pages together, every encoding counted. */
const CACHE_BYTES_MAX = 8 * 1024 * 1024;
const PAGE_BYTES_MAX = 2 * 1024 * 1024;
const KEY_CHARS_MAX = 512;
/** What one entry costs beside its bytes, measured: headers, closures, and what the allocator rounds up. */
const ENTRY_BYTES = 6_144;
const SESSION_COOKIE = "capsule=";
/** Answers of these have headers of their own, and answer HEAD themselves. */
const CALLS = /^https?:\/\/[^/]*\/mesh\//;
const CURSOR = /^before=\d{1,16}$/;
const KEPT_TYPES =
  /^(?:text\/|application\/(?:atom\+xml|rss\+xml|feed\+json|xml|manifest\+json)|image\/svg\+xml)/;

type Entry = {
  readonly page: CachedPage;
  /** The database's mark at which it was made, before it was made. */
  mark: string;
  bytes: number;
  /** Asked for since the last time somebody had to go. */
  isUsed: boolean;
};

/** Builds what `Deno.serve` calls: the pages kept, then the application. */
export function createHandler(deps: Deps): Handler {
  const app = createApp(deps);
  const pages = new PageCache();
  const { meter } = deps;

  async function make(
    request: Request,
    info: Deno.ServeHandlerInfo | undefined,
    key: string | undefined,
  ): Promise<Response> {
    const mark = key === undefined ? undefined : findMark(deps);
    const response = await app.fetch(CALLS.test(request.url) ? request : asGet(request), info);
    if (!isKept(response)) return withoutBody(request, response);
    const body = new Uint8Array(await response.arrayBuffer());
    if (key === undefined || mark === undefined || body.length > PAGE_BYTES_MAX) {
      return makePage(body, response.headers).answer(request);
    }
    return answer(request, pages.keep(key, mark, body, response.headers), pages);
  }

  // What is known of the connection goes along: tries to sign in are counted by network.
  return function handle(request, info) {
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") return app.fetch(request, info);
    const target = targetOf(request.url);
    const known = pages.find(target);
    if (hasSession(request)) return app.fetch(request, info);
    if (known !== undefined && known.mark === findMark(deps)) {
      if (meter !== undefined) meter.pageHits += 1;
      return answer(request, known, pages);
    }
    const key = known === undefined ? keyOf(target) : target;
    return make(request, info, key);
  };
}

/** HEAD is answered with the headers of the whole page, which is made and kept. */
function asGet(request: Request): Request {
  // A copy of all of it would ask for its signal, and the runtime prints a remark about that.
  const { method, url, headers } = request;
  return method === "GET" ? request : new Request(url, { headers });
}

function withoutBody(request: Request, response: Response): Response {
  if (request.method === "GET" || response.body === null) return response;
  void response.body.cancel();
  return new Response(null, response);
}

/** Pages by path and cursor, within a number of bytes; those nobody asked for lately go first. */
class PageCache {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  find(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  keep(key: string, mark: string, body: Uint8Array<ArrayBuffer>, headers: Headers): Entry {
    const before = this.#entries.get(key);
    const page = makePage(body, headers);
    // The same bytes as before something else was committed: their compressed forms are still good.
    if (before !== undefined && before.page.isSame(page)) {
      before.mark = mark;
      return before;
    }
    if (before !== undefined) this.#drop(key, before);
    const entry = { page, mark, bytes: 0, isUsed: false };
    this.#entries.set(key, entry);
    this.count(entry);
    return entry;
  }

  /** Counts an entry again, after it grew by a compressed form, and makes room. */
  count(entry: Entry): void {
    const bytes = entry.page.bytes + ENTRY_BYTES;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    if (this.#bytes > CACHE_BYTES_MAX) this.#makeRoom(entry);
  }

  /** Second chance: whoever was asked for since the last round goes to the end of the queue once. */
  #makeRoom(kept: Entry): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= CACHE_BYTES_MAX) return;
      if (entry === kept) continue;
      if (!entry.isUsed) {
        this.#drop(key, entry);
        continue;
      }
      entry.isUsed = false;
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
  }

  #drop(key: string, entry: Entry): void {
    if (!this.#entries.delete(key)) return;
    this.#bytes -= entry.bytes;
    entry.bytes = 0;
  }
}

function answer(request: Request, entry: Entry, pages: PageCache): Response {
  entry.isUsed = true;
  const { page } = entry;
  const before = page.bytes;
  const response = page.answer(request);
  if (page.bytes !== before && entry.bytes > 0) pages.count(entry);
  return response;
}

/** Path and query as they were sent, without the host: pages do not depend on it. */
function targetOf(url: string): string {
  const start = url.indexOf("/", 8);
  return start < 0 ? "/" : url.slice(start);
}

/** The key of a target, or undefined for one that is not kept: only the cursor of lists is part of a page. */
function keyOf(target: string): string | undefined {
  if (target.length > KEY_CHARS_MAX) return undefined;
  const question = target.indexOf("?");
  if (question < 0) return target;
  return CURSOR.test(target.slice(question + 1)) ? target : undefined;
}

function hasSession(request: Request): boolean {
  return request.headers.get("cookie")?.includes(SESSION_COOKIE) ?? false;
}

function isKept({ status, headers }: Response): boolean {
  const cache = headers.get("Cache-Control");
  if (status !== 200 || (cache !== PUBLIC_PAGE && cache !== IMMUTABLE)) return false;
  return KEPT_TYPES.test(headers.get("Content-Type") ?? "") && !headers.has("Set-Cookie");
}

/** Undefined when the database cannot be read, or is damaged: then nothing is kept, and the application says what is wrong. */
function findMark({ db }: Deps): string | undefined {
  if (db.damage !== undefined) return undefined;
  try {
    return readMark(db);
  } catch {
    // The application meets the same trouble and answers with it.
    return undefined;
  }
}
