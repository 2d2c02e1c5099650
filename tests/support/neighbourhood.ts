/** Several capsules in one process that ask each other through their real applications. @module */
import { makeMesh } from "../../host/mesh.ts";
import { type Ask, AskProblem, type Question } from "../../mesh/fetch.ts";
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

/** Opens capsules named after letters, at http://a.test:1 and so on. */
export function openNeighbourhood(count: number): Neighbourhood {
  let nowMs = START_MS;
  const now = () => nowMs;
  const asked: Question[] = [];
  const away = new Set<string>();
  const handlers = new Map<string, (request: Request) => Response | Promise<Response>>();

  const ask: Ask = async (question) => {
    asked.push(question);
    const { origin } = new URL(question.url);
    const handler = handlers.get(origin);
    if (handler === undefined || away.has(origin)) {
      throw new AskProblem("not_reached", `Nobody answers at ${origin}`);
    }
    const isPost = question.method === "POST";
    const response = await handler(
      new Request(question.url, {
        method: question.method ?? "GET",
        ...(isPost
          ? { body: question.body ?? "", headers: { "Content-Type": "application/json" } }
          : {}),
      }),
    );
    const bytes = await response.bytes();
    if (bytes.length > question.bytesMax) throw new AskProblem("too_long", question.url);
    return { status: response.status, headers: response.headers, bytes, url: question.url };
  };

  const all: Member[] = [];
  const join = (db: Database, address: string): Member => {
    const startId = `start-${all.length}`;
    const deps = { db, now, log: () => {}, isDev: true, origin: () => address, startId };
    const handle = createHandler(deps);
    const from = (hostname: string): Deno.ServeHandlerInfo => ({
      remoteAddr: { transport: "tcp", hostname, port: 1 },
      completed: Promise.resolve(),
    });
    handlers.set(address, (request) => handle(request, from("127.0.0.1")));
    const request: Member["request"] = async (path, init, ip = "198.51.100.7") =>
      await handle(new Request(`${address}${path}`, init), from(ip));
    const ownOrigin = () => address;
    const mesh = makeMesh({ db, now, ask, log: () => {}, isDev: true, startId, ownOrigin });
    const member: Member = {
      db,
      id: findOwnCapsule(db)?.id ?? "",
      log: findOwnCapsule(db)?.log ?? 0,
      address,
      mesh,
      now,
      post: (fields = {}) => {
        nowMs += 1_000;
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
    all.push(member);
    return member;
  };
  const members = Array.from({ length: count }, (_, n): Member => {
    const letter = String.fromCharCode(97 + n);
    const address = `http://${letter}.test:1`;
    const db = openDatabase(":memory:");
    const entropy = new Uint8Array(16).fill(SEED_FIRST + n);
    createCapsule({ db, now }, { name: letter.toUpperCase(), address, entropy });
    return join(db, address);
  });
  return {
    members,
    asked,
    away,
    wait: (ms) => void (nowMs += ms),
    join,
    [Symbol.dispose]: () => {
      try {
        for (const { db } of all) checkStore(db);
      } finally {
        for (const { db } of all) db.close();
      }
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
