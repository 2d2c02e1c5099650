/** How mesh calls answer: origins, entity tags, compression, problems (docs/protocol.md §12). @module */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip, type ZlibOptions } from "node:zlib";
import type { Context, MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { Env } from "./app.ts";

/** The closed list of codes that only calls have; beside them a call answers `ProtocolCode`s. §14. */
export const MESH_CODES = [
  "not_set_up",
  "capsule_unknown",
  "call_unknown",
  "checkpoint_unknown",
  "tile_unknown",
  "entry_unknown",
  "blob_unknown",
  "run_form",
  "range_form",
  "withdrawn",
  "taken_down",
  "body_type",
  "body_too_long",
  "body_slow",
  "body_form",
  "too_many",
  "read_only",
  "fork",
  "fork_unknown",
] as const;

/** A call that cannot be answered: status, code, and a sentence for people. */
export class MeshProblem extends Error {
  /** HTTP status. */
  readonly status: 400 | 404 | 408 | 410 | 413 | 415 | 416 | 429 | 451 | 503;
  /** What is wrong: a mesh code or a protocol code. */
  readonly code: string;
  /** Seconds after which to ask again; undefined where that would not help. */
  readonly retryAfter: number | undefined;

  constructor(status: MeshProblem["status"], code: string, message: string, retryAfter?: number) {
    super(message);
    this.name = "MeshProblem";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter ?? (status === 503 ? 60 : undefined);
  }
}

/** Nothing can be taken now. */
export function makeReadOnly(): MeshProblem {
  return new MeshProblem(503, "read_only", "Nothing can be written here now: ask again later");
}

/** Answers a problem as JSON, which no cache remembers. */
export function refuse(c: Context<Env>, problem: MeshProblem): Response {
  c.header("Cache-Control", "no-store");
  if (problem.retryAfter !== undefined) c.header("Retry-After", String(problem.retryAfter));
  return c.json({ error: problem.code, message: problem.message }, problem.status);
}

/** Lets every origin read, without credentials, and answers the question before (OPTIONS). */
export function allowEveryOrigin(): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async function allowEveryOrigin(c, next) {
    c.header("Access-Control-Allow-Origin", "*");
    c.header("Access-Control-Expose-Headers", "Capsule-Record, Content-Range, ETag");
    if (c.req.method === "OPTIONS") {
      c.header("Access-Control-Allow-Methods", "GET, HEAD");
      c.header("Access-Control-Allow-Headers", "If-None-Match, Range");
      c.header("Access-Control-Max-Age", "86400");
      return c.body(null, 204);
    }
    await next();
  });
}

/** What a call answers with. */
export type Answer = Readonly<{
  /** Text or bytes. */
  body: string | Uint8Array<ArrayBuffer>;
  /** Media type. */
  type: string;
  /** `Cache-Control`. */
  cache: string;
  /** `Capsule-Record`: number and hash of the newest identity record; absent where it is not told. */
  record?: string;
}>;

const COMPRESSED_BYTES_MIN = 1024;
/** A tenth longer than at the usual level, for a third of the work. */
const GZIP_LEVEL = 3;
const compress = promisify<Uint8Array, ZlibOptions, Uint8Array>(gzip);

/** Answers 200, or 304 when the caller holds these bytes; compressed when the caller takes gzip. */
export async function answer(c: Context<Env>, what: Answer): Promise<Response> {
  const bytes = typeof what.body === "string" ? new TextEncoder().encode(what.body) : what.body;
  // Weak: the same tag stands for the plain and the compressed bytes.
  const tag = `W/"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  c.header("Cache-Control", what.cache);
  c.header("ETag", tag);
  c.header("Vary", "Accept-Encoding");
  if (what.record !== undefined) c.header("Capsule-Record", what.record);
  if (isHeld(c.req.header("If-None-Match"), tag)) return c.body(null, 304);
  c.header("Content-Type", what.type);
  return await send(c, bytes);
}

/** Sends bytes, compressed when the caller takes gzip and it pays. */
export async function send(c: Context<Env>, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
  const takesGzip = /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/i
    .test(c.req.header("Accept-Encoding") ?? "");
  if (!takesGzip || bytes.length < COMPRESSED_BYTES_MIN) return c.body(bytes);
  c.header("Content-Encoding", "gzip");
  return c.body(await compress(bytes, { level: GZIP_LEVEL }) as Uint8Array<ArrayBuffer>);
}

/** Says whether `If-None-Match` names this tag (weak comparison, RFC 9110 section 13.1.2). */
export function isHeld(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const plain = (text: string): string => text.trim().replace(/^W\//, "");
  return header.trim() === "*" || header.split(",").some((part) => plain(part) === plain(tag));
}
