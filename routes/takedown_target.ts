/** What the owner means to remove: a page of a copy or of its author, a capsule id, the address or hash of a picture. @module */
import { isCapsuleId } from "../mesh/protocol/capsule_id.ts";
import { findBlob } from "../storage/blobs.ts";
import { findMirror, findMirrorByAddress, type Mirror } from "../storage/mirrors.ts";
import { findArticle, findPiece, type Found, type Piece } from "../storage/pieces.ts";
import { shorten } from "../views/text.ts";
import { nameOf } from "../views/studio_mesh.ts";
import { pieceTitle } from "../views/studio_pieces.ts";
import type { TakedownSubject } from "../views/studio_takedowns.ts";
import type { Deps } from "./app.ts";
import { readUrl } from "./mesh_target.ts";
import { readIndex } from "./publishing.ts";
import { needOwnCapsule } from "./site.ts";

/** Something that can be removed from the copies here. */
export type TakedownTarget = Readonly<{
  subject: TakedownSubject;
  /** A hash in hex, or a capsule id. */
  target: string;
}>;

const HASH = /^[0-9a-f]{64}$/;
const BLOB = /^\/mesh\/1\/blob\/([0-9a-f]{64})$/;
const MIRROR = /^\/~(cap1[0-9a-z]+)(\/.*)?$/;
const WORDS = 280;

/** Finds what is meant; a sentence where that is nothing that can be removed. */
export function readTakedownTarget(deps: Deps, typed: string): TakedownTarget | string {
  const text = typed.trim();
  if (text === "") return "What is to be removed? Paste the address of its page.";
  const isId: boolean = isCapsuleId(text);
  if (isId) return findAuthor(deps, findMirror(deps.db, text));
  if (HASH.test(text.toLowerCase())) return findPicture(deps, text.toLowerCase());
  const url = text.startsWith("/") ? URL.parse(text, deps.origin()) : readUrl(text);
  if (url === null || url === undefined) {
    return "This is neither an address nor a capsule id nor the hash of a picture.";
  }
  const picture = BLOB.exec(url.pathname)?.[1];
  if (picture !== undefined) return findPicture(deps, picture);
  const [, id, path = "/"] = MIRROR.exec(url.pathname) ?? [];
  if (id !== undefined) return findPage(deps, findMirror(deps.db, id), path);
  if (url.origin === deps.origin()) {
    return "This is your own page. What you published yourself can be withdrawn.";
  }
  return findPage(deps, findMirrorByAddress(deps.db, url.origin), url.pathname);
}

function findPage(
  deps: Deps,
  mirror: Mirror | undefined,
  path: string,
): TakedownTarget | string {
  if (mirror === undefined) return "There is no copy of this here.";
  if (path === "/") return findAuthor(deps, mirror);
  const found = findPathPiece(deps, mirror.log, path);
  if (found === undefined) return "The copy here has no post or article of this address.";
  if (found === "withdrawn") return "Its author withdrew it: it is not shown any more.";
  return { subject: describePiece(found), target: found.hash };
}

function findPathPiece({ db }: Deps, log: number, path: string): Found {
  const [, shelf = "", name = ""] = /^\/([pa])\/([^/]+)(?:\/history)?\/?$/.exec(path) ?? [];
  if (shelf === "p") {
    const index = readIndex(name);
    return index === undefined ? undefined : findPiece(db, log, index);
  }
  const slug = decodePart(name);
  return shelf === "a" && slug !== undefined ? findArticle(db, log, slug) : undefined;
}

/** A part of a path as it is meant; undefined when its escapes mean nothing. */
function decodePart(part: string): string | undefined {
  const isSound = !/%(?![0-9a-f]{2})/i.test(part);
  const text = isSound ? new URLSearchParams(`x=${part.replaceAll("+", "%2B")}`).get("x") : null;
  return text === null ? undefined : text.normalize("NFC");
}

function describePiece(piece: Piece): TakedownSubject {
  const words = piece.kind === "post" && piece.text.trim() !== "" ? piece.text : pieceTitle(piece);
  return { kind: "entry", words: shorten(words, WORDS), language: piece.language };
}

function findAuthor(deps: Deps, mirror: Mirror | undefined): TakedownTarget | string {
  if (mirror === undefined) return "There is no copy of this capsule here.";
  if (mirror.id === needOwnCapsule(deps).id) return "This is your own capsule.";
  return { subject: { kind: "capsule", words: nameOf(mirror), language: "" }, target: mirror.id };
}

function findPicture({ db }: Deps, hash: string): TakedownTarget | string {
  const blob = findBlob(db, hash);
  if (blob === undefined) return "There is no picture with this hash here.";
  const words = `${blob.width} × ${blob.height} pixels, ${hash}`;
  return { subject: { kind: "blob", words, language: "en" }, target: hash };
}
