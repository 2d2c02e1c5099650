/** Blobs with ranges: docs/protocol.md §12.7. @module */
import type { Context } from "hono";
import type { Database } from "../storage/database.ts";
import { findBlob, readBlob, type StoredBlob } from "../storage/blobs.ts";
import { isOpenBlob } from "../storage/open_capsules.ts";
import { isTakenDown } from "../storage/takedowns.ts";
import type { Env } from "./app.ts";
import { IMMUTABLE_UNTIL_REMOVED } from "./headers.ts";
import { isHeld, MeshProblem } from "./mesh_answers.ts";

const HASH = /^[0-9a-f]{64}$/;
const RANGE = /^bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))$/;
const PART_BYTES = 256 * 1024;

/** Answers a picture's bytes, or the one range that is asked for; a browser never takes them for a page. */
export function answerBlob(c: Context<Env>, db: Database, hash: string): Response {
  if (!HASH.test(hash)) {
    throw new MeshProblem(400, "hex_form", "A blob is named by 64 lower-case hex digits");
  }
  if (isTakenDown(db, "blob", hash)) {
    throw new MeshProblem(451, "taken_down", "This picture was removed here");
  }
  // A picture of a capsule that is followed quietly is the owner's alone to see; for one that nobody has as much is looked at,
  // so that the time of an answer tells nobody whom the owner follows.
  const isOpen = isOpenBlob(db, hash);
  const blob = findBlob(db, hash);
  if (blob === undefined || !(isOpen || c.get("viewer") === "owner")) {
    throw new MeshProblem(404, "blob_unknown", "No such blob here");
  }
  const tag = `"${hash}"`;
  c.header("Cache-Control", isOpen ? IMMUTABLE_UNTIL_REMOVED : "private, no-cache");
  c.header("ETag", tag);
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Content-Security-Policy", "default-src 'none'; sandbox");
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  if (isHeld(c.req.header("If-None-Match"), tag)) return c.body(null, 304);

  const range = c.req.header("If-Range") === undefined || c.req.header("If-Range") === tag
    ? readRange(c.req.header("Range"), blob.bytes)
    : undefined;
  if (range === "unsatisfiable") {
    c.header("ETag", undefined);
    c.header("Content-Range", `bytes */${blob.bytes}`);
    throw new MeshProblem(416, "range_form", `The blob has ${blob.bytes} bytes`);
  }
  const { from, to } = range ?? { from: 0, to: blob.bytes };
  c.header("Accept-Ranges", "bytes");
  c.header("Content-Type", blob.type);
  c.header("Content-Length", String(to - from));
  if (range !== undefined) c.header("Content-Range", `bytes ${from}-${to - 1}/${blob.bytes}`);
  const status = range === undefined ? 200 : 206;
  if (c.req.method === "HEAD") return c.body(null, status);
  return c.body(streamBlob(db, blob, from, to), status);
}

/** The bytes [from, to) in parts, so that a picture is never whole in memory. */
function streamBlob(
  db: Database,
  blob: StoredBlob,
  from: number,
  to: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = from;
  return new ReadableStream({
    pull(controller) {
      const end = Math.min(next + PART_BYTES, to);
      const part = readBlob(db, blob.hash, next, end);
      if (part.length !== end - next) {
        // It was deleted meanwhile: the connection breaks and the caller sees a short answer.
        controller.error(new Error(`Cannot read blob: gone at byte ${next}`));
        return;
      }
      controller.enqueue(new Uint8Array(part));
      next = end;
      if (next === to) controller.close();
    },
  });
}

/** One range in bytes, end excluded; undefined for none, several or another unit, which are ignored. */
function readRange(
  header: string | undefined,
  length: number,
): { from: number; to: number } | "unsatisfiable" | undefined {
  const [, first, last, suffix] = RANGE.exec(header ?? "") ?? [];
  if (suffix !== undefined) {
    const count = Math.min(Number(suffix), length);
    return count === 0 ? "unsatisfiable" : { from: length - count, to: length };
  }
  if (first === undefined) return undefined;
  const from = Number(first);
  const to = last === undefined || last === "" ? length : Math.min(Number(last) + 1, length);
  if (last !== undefined && last !== "" && Number(last) < from) return undefined;
  return from >= length ? "unsatisfiable" : { from, to };
}
