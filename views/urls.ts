/** Where things live: every path that a page links to is made here. @module */
import type { Piece } from "../storage/pieces.ts";
import type { Site } from "./layout.ts";

type Address = Readonly<Pick<Piece, "kind" | "index" | "slug">>;

/** What stands before every path of a mirror's pages; before those of the owner's stands "". */
export function mirrorBase(capsuleId: string): string {
  return `/~${capsuleId}`;
}

/** The permanent path of a post or an article, below the base of its author's pages. */
export function pieceUrl(piece: Address, base = ""): string {
  const path = piece.kind === "post" ? `/p/${piece.index}` : `/a/${encodeURIComponent(piece.slug)}`;
  return base + path;
}

/** The path of a piece's visible history, below the base of its author's pages. */
export function historyUrl(piece: Address, base = ""): string {
  return `${pieceUrl(piece, base)}/history`;
}

/** The path of everything under one tag, below the base of its author's pages. */
export function tagUrl(tag: string, base = ""): string {
  return `${base}/tags/${encodeURIComponent(tag.toLowerCase())}`;
}

/** The path of a picture by its hash. */
export function blobUrl(hash: string): string {
  return `/mesh/1/blob/${hash}`;
}

/** A path with those query parameters that have a value. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/** The whole URL of a page where its author has it; undefined while no address of theirs is known. */
export function originUrl({ origin }: Pick<Site, "origin">, path: string): string | undefined {
  return origin === undefined ? undefined : absoluteUrl(origin, path);
}

/** The whole URL of an author's home page: where it is at home, else here. */
export function authorUrl(site: Pick<Site, "origin" | "address" | "base">): string {
  return originUrl(site, "/") ?? absoluteUrl(site.address, `${site.base}/`);
}

/** The `rel` of a link in an author's words: what others wrote recommends nothing in the owner's name. */
export function relOf({ mirror }: Pick<Site, "mirror">, own = "noopener"): string {
  return mirror === undefined ? own : "nofollow ugc noopener";
}

/** The whole URL of a path of this capsule; `origin` has no slash at its end. */
export function absoluteUrl(origin: string, path: string): string {
  return path === "/" ? `${origin}/` : `${origin}${path}`;
}
