/** What the owner removes from this capsule's copies, and whom they block. @module */
import { saveBlock } from "../storage/blocks.ts";
import { findCapsule, findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findSlugEntry, HashSearch, isBlobHash } from "../storage/hashes.ts";
import { findMirror, findMirrorByAddress } from "../storage/mirrors.ts";
import {
  listContentHashes,
  takeDownBlob,
  takeDownCapsule,
  takeDownContent,
  takeDownEntry,
  type TakedownWords,
  type TakingDown,
} from "../storage/takedowns.ts";
import { FollowProblem, unfollowCapsule } from "./follow.ts";
import type { Mesh } from "./mesh.ts";
import { isCapsuleId } from "./protocol/capsule_id.ts";
import { PublishProblem } from "./publish_problem.ts";

/** What somebody means by a URL, a hash or an id. */
export type Removable =
  | Readonly<{ kind: "entry"; log: number; index: number }>
  | Readonly<{ kind: "content" | "blob"; hash: string }>
  | Readonly<{ kind: "capsule"; id: string }>;

const HASH = /^[0-9a-f]{64}$/;
/** Entries that are looked at before somebody else has their turn: some milliseconds. */
const SEARCHED_ROWS = 2_048;

/**
 * Finds what is meant: a hash, a capsule id, the URL of a copy here (…/~id/p/7, …/~id/a/slug, …/~id/), of a picture
 * (…/mesh/1/blob/hash), of a proof, or the author's own URL of something that is mirrored here. Undefined when nothing is.
 */
export async function findRemovable(db: Database, word: string): Promise<Removable | undefined> {
  const text = word.trim();
  if (HASH.test(text)) return await fromHash(db, text);
  if (isCapsuleId(text)) return { kind: "capsule", id: text };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const [first = "", ...rest] = url.pathname.split("/").slice(1).map(decodePart);
  if (first === "mesh") return await fromCall(db, rest);
  if (!first.startsWith("~")) return fromPage(db, findIdAt(db, url.origin), [first, ...rest]);
  const name = first.slice(1);
  const id = isCapsuleId(name) ? name : findIdAt(db, `https://${name}`, `http://${name}`);
  return fromPage(db, id, rest);
}

/**
 * Takes down what was found; a followed capsule is unfollowed first. Other entries that name the same text are looked for
 * before, in parts that hold nobody up; the act itself is one transaction, which a full disk is not to keep from being done.
 */
export async function takeDown(
  mesh: Pick<Mesh, "db" | "now">,
  removable: Removable,
  words: TakedownWords,
): Promise<TakingDown> {
  const { db, now } = mesh;
  switch (removable.kind) {
    case "entry": {
      const search = await searchHashes(db, listContentHashes(db, removable));
      return db.urgently(() => takeDownEntry(db, removable, words, now(), search));
    }
    case "content": {
      const search = await searchHashes(db, [removable.hash]);
      return db.urgently(() => takeDownContent(db, removable.hash, words, now(), search));
    }
    case "blob":
      return db.urgently(() => takeDownBlob(db, removable.hash, words, now()));
    case "capsule":
      return db.urgently(() =>
        db.transaction(() => {
          const outcome = takeDownCapsule(db, removable.id, words, now());
          if (outcome === "taken_down") leave(mesh, removable.id);
          return outcome;
        })
      );
  }
}

/**
 * Blocks a capsule id, a host or an address; who is followed there is unfollowed. "own" for the owner's own capsule, "known" when
 * it was blocked already.
 */
export function block(
  mesh: Pick<Mesh, "db" | "now">,
  target: string,
): "blocked" | "known" | "own" {
  const { db, now } = mesh;
  const own = findOwnCapsule(db);
  const isOwn = own !== undefined &&
    (target === own.id || own.address !== null && hostOf(own.address) === hostOf(target));
  if (isOwn) return "own";
  return db.transaction(() => {
    const id = isCapsuleId(target) ? target : findBlockedId(db, target);
    if (id !== undefined) leave(mesh, id);
    return saveBlock(db, target, now()) ? "blocked" : "known";
  });
}

/** Unfollows, also where nothing may be signed now: then only the copy leaves. */
function leave(mesh: Pick<Mesh, "db" | "now">, id: string): void {
  const mirror = findMirror(mesh.db, id);
  if (mirror === undefined) return;
  try {
    unfollowCapsule(mesh, id);
  } catch (error) {
    if (!(error instanceof FollowProblem || error instanceof PublishProblem)) throw error;
  }
}

/** Of an address; a host is its own, with its port too ("b.example:8443" alone would be read as a URL of the scheme "b.example"). */
function hostOf(target: string): string {
  return target.includes("://") ? URL.parse(target)?.host ?? target : target;
}

function findBlockedId(db: Database, target: string): string | undefined {
  const host = hostOf(target);
  return findIdAt(db, `https://${host}`, `http://${host}`);
}

function findIdAt(db: Database, ...addresses: readonly string[]): string | undefined {
  const own = findOwnCapsule(db);
  for (const address of addresses) {
    if (own?.address === address) return own.id;
    const mirror = findMirrorByAddress(db, address);
    if (mirror !== undefined) return mirror.id;
  }
  return undefined;
}

async function fromHash(db: Database, hash: string): Promise<Removable | undefined> {
  if (isBlobHash(db, hash)) return { kind: "blob", hash };
  const { entry, naming } = await searchHashes(db, [hash]);
  if (entry !== undefined) return { kind: "entry", ...entry };
  return naming.length > 0 ? { kind: "content", hash } : undefined;
}

/** All entries are looked at, some thousand at a time: pages are answered and others write in between. */
async function searchHashes(db: Database, hashes: readonly string[]): Promise<HashSearch> {
  const search = new HashSearch(hashes);
  while (search.next(db, SEARCHED_ROWS)) await new Promise((resolve) => setTimeout(resolve, 0));
  return search;
}

/** `/mesh/1/blob/{hash}`, `/mesh/1/{id}/proof/{index}`, or another call about a capsule. */
async function fromCall(
  db: Database,
  parts: readonly string[],
): Promise<Removable | undefined> {
  const [version, subject = "", call, place = ""] = parts;
  if (version !== "1") return undefined;
  if (subject === "blob") return HASH.test(call ?? "") ? await fromHash(db, call ?? "") : undefined;
  const id = isCapsuleId(subject) ? subject : undefined;
  return call === "proof" ? fromPage(db, id, ["p", place]) : fromPage(db, id, []);
}

function fromPage(
  db: Database,
  id: string | undefined,
  [kind = "", name = ""]: readonly string[],
): Removable | undefined {
  if (id === undefined) return undefined;
  if (kind === "") return { kind: "capsule", id };
  const log = findCapsule(db, id)?.log;
  if (log === undefined) return undefined;
  const index = kind === "p" && /^\d{1,15}$/.test(name)
    ? Number(name)
    : kind === "a"
    ? findSlugEntry(db, log, name.normalize("NFC"))
    : undefined;
  return index === undefined ? undefined : { kind: "entry", log, index };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
