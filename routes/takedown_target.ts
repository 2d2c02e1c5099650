/** What the owner means to remove, as they typed it, and how it is shown before it is gone. @module */
import { findRemovable, type Removable } from "../mesh/removal.ts";
import { findBlob } from "../storage/blobs.ts";
import { findMirror } from "../storage/mirrors.ts";
import { findPiece } from "../storage/pieces.ts";
import { shorten } from "../views/text.ts";
import { nameOf } from "../views/studio_mesh.ts";
import { pieceTitle } from "../views/studio_pieces.ts";
import type { TakedownSubject } from "../views/studio_takedowns.ts";
import type { Deps } from "./app.ts";
import { needOwnCapsule } from "./site.ts";

const WORDS = 280;

/** Finds what is meant: also by a path of this capsule, in capitals, or without "https://". */
export async function readRemovable(deps: Deps, typed: string): Promise<Removable | undefined> {
  const text = typed.trim();
  if (text === "") return undefined;
  const lower = text.toLowerCase();
  const words = text.startsWith("/")
    ? [`${deps.origin()}${text}`]
    : [...new Set([lower, text]), `https://${text}`];
  for (const word of words) {
    const found = await findRemovable(deps.db, word);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True for what the owner published: that is withdrawn instead. */
export function isOwnWork(deps: Deps, removable: Removable): boolean {
  const { log, id } = needOwnCapsule(deps);
  return removable.kind === "entry"
    ? removable.log === log
    : removable.kind === "capsule" && removable.id === id;
}

/** What it looks like, so that nobody removes the wrong thing. */
export function describeRemovable(
  { db }: Pick<Deps, "db">,
  removable: Removable,
): TakedownSubject {
  const { kind } = removable;
  switch (kind) {
    case "entry": {
      const piece = findPiece(db, removable.log, removable.index);
      if (typeof piece !== "object") {
        return { kind, words: `Entry ${removable.index}, which is not shown`, language: "en" };
      }
      const isPost = piece.kind === "post" && piece.text.trim() !== "";
      const words = shorten(isPost ? piece.text : pieceTitle(piece), WORDS);
      return { kind, words, language: piece.language };
    }
    case "content":
      return { kind, words: `The text with the hash ${removable.hash}`, language: "en" };
    case "blob": {
      const blob = findBlob(db, removable.hash);
      const size = blob === undefined ? "" : `${blob.width} × ${blob.height} pixels, `;
      return { kind, words: `A picture, ${size}${removable.hash}`, language: "en" };
    }
    case "capsule": {
      const mirror = findMirror(db, removable.id);
      return { kind, words: mirror === undefined ? removable.id : nameOf(mirror), language: "en" };
    }
  }
}
