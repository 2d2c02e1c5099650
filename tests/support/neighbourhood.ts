/** Several capsules in one process that ask each other through their real applications. @module */
import { makeMesh } from "../../host/mesh.ts";
import { type Ask, AskProblem, type Question, type Reply } from "../../mesh/fetch.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { createCapsule, type PostFields, publishPost } from "../../mesh/publish.ts";
import { publishFollow } from "../../mesh/publish_follow.ts";
import { createHandler } from "../../routes/page_cache.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { addDeliveries } from "../../storage/deliveries.ts";
import { listIdentityRecords } from "../../storage/identity_records.ts";
import { insertMirror, updateMirror } from "../../storage/mirrors.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { START_MS } from "./capsule.ts";
import { checkStore } from "./check_store.ts";

/** One capsule of a neighbourhood. */
export type Member = Readonly<{
  db: Database;
  id: string;
  log: number;
  address: string;
  /** What its mesh side works with. */
  mesh: Mesh;
  now: () => number;
  /** Publishes a post a second after the last thing. */
  post: (fields?: Partial<PostFields>) => number;
  /** Asks it as a stranger would, from an IP address. */
  request: (path: string, init?: RequestInit, ip?: string) => Promise<Response>;
  /** Delivers a body to its inbox. */
  deliver: (
    body: unknown,
    ip?: string,
  ) => Promise<{ status: number; body: Record<string, unknown> }>;
}>;

/** Capsules that reach each other. */
export type Neighbourhood =
  & Disposable
  & Readonly<{
    members: readonly Member[];
    /** What was asked of whom, in order. */
    asked: Question[];
    /** Addresses that do not answer. */
    away: Set<string>;
    /** Moves everybody's clock. */
    wait: (ms: number) => void;
    /** Lets a database that another one was copied from, or that is to be, answer at an address; it is checked and closed at the end. */
    join: (db: Database, address: string) => Member;
  }>;

const SEED_FIRST = 40;

type Handler = (
  request: Request,
  info?: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** Opens capsules named after letters, at http://a.test:1 and so on. */
export function openNeighbourhood(count: number): Neighbourhood {
  const clock = { nowMs: START_MS };
  const asked: Question[] = [];
  const away = new Set<string>();
  const handlers = new Map<string, Handler>();
  const ask: Ask = async (question) => {
    asked.push(question);
    const { origin } = new URL(question.url);
    const handler = handlers.get(origin);
    if (handler === undefined || away.has(origin)) {
      throw new AskProblem("not_reached", `Nobody answers at ${origin}`);
    }
    return await askHandler(handler, question);
  };
  const all: Member[] = [];
  const join = (db: Database, address: string) => {
    const startId = `start-${all.length}`;
    const member = makeMember({ db, address, startId, clock, ask, handlers });
    all.push(member);
    return member;
  };
  const members = Array.from({ length: count }, (_, n) => {
    const letter = String.fromCharCode(97 + n);
    const address = `http://${letter}.test:1`;
    const db = openDatabase(":memory:");
    const entropy = new Uint8Array(16).fill(SEED_FIRST + n);
    const now = () => clock.nowMs;
    createCapsule({ db, now }, { name: letter.toUpperCase(), address, entropy });
    return join(db, address);
  });
  return {
    members,
    asked,
    away,
    join,
    wait: (ms) => {
      clock.nowMs += ms;
    },
    [Symbol.dispose]: () => {
      try {
        for (const { db } of all) checkStore(db);
      } finally {
        for (const { db } of all) db.close();
      }
    },
  };
}

/** Asks an application as the one outbound function asks a server. */
async function askHandler(handler: Handler, question: Question): Promise<Reply> {
  const { url, method = "GET", body = "", bytesMax } = question;
  const headers = { "Content-Type": "application/json" };
  const request = method === "POST"
    ? new Request(url, { method, body, headers })
    : new Request(url, { method });
  const response = await handler(request, from("127.0.0.1"));
  const bytes = await response.bytes();
  if (bytes.length > bytesMax) throw new AskProblem("too_long", url);
  return { status: response.status, headers: response.headers, bytes, url };
}

function from(hostname: string): Deno.ServeHandlerInfo {
  return {
    remoteAddr: { transport: "tcp", hostname, port: 1 },
    completed: Promise.resolve(),
  };
}

type Making = Readonly<{
  db: Database;
  address: string;
  startId: string;
  clock: { nowMs: number };
  ask: Ask;
  handlers: Map<string, Handler>;
}>;

function makeMember({ db, address, startId, clock, ask, handlers }: Making): Member {
  const now = () => clock.nowMs;
  const shared = { db, now, log: () => {}, isDev: true, startId };
  const mesh = makeMesh({ ...shared, ask, ownOrigin: () => address });
  const handle = createHandler({ ...shared, origin: () => address, mesh });
  handlers.set(address, handle);
  const request: Member["request"] = async (path, init, ip = "198.51.100.7") =>
    await handle(new Request(`${address}${path}`, init), from(ip));
  return {
    db,
    id: findOwnCapsule(db)?.id ?? "",
    log: findOwnCapsule(db)?.log ?? 0,
    address,
    mesh,
    now,
    post: (fields = {}) => {
      clock.nowMs += 1_000;
      return publishPost({ db, now }, { text: "Hello", ...fields }).index;
    },
    request,
    async deliver(body, ip) {
      const response = await request("/mesh/1/inbox", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }, ip);
      return { status: response.status, body: await response.json() };
    },
  };
}

/** Makes one capsule a follower of another: empty mirror, confirmed addresses on both sides, entry and its delivery. */
export function follow(
  follower: Member,
  author: Member,
  { isQuiet = false }: Readonly<{ isQuiet?: boolean }> = {},
): number {
  const { id, address } = author;
  const nowMs = follower.now();
  const log = insertMirror(follower.db, {
    id,
    records: listIdentityRecords(author.db, author.log),
    address,
    isQuiet,
    nowMs,
  });
  updateMirror(follower.db, log, { state: "current", firstSize: 0 });
  confirmPeer(follower.db, { id, address, nowMs });
  confirmPeer(author.db, { id: follower.id, address: follower.address, nowMs });
  if (isQuiet) return log;
  const { index } = publishFollow(follower, { id, address });
  addDeliveries(follower.db, "follow", follower.log, [id], nowMs, index);
  return log;
}
