/** Where things live: every path that a page links to is made here. @module */
import type { Piece } from "../storage/pieces.ts";

type Address = Readonly<Pick<Piece, "kind" | "index" | "slug">>;

/** The permanent path of a post or an article. */
export function pieceUrl(piece: Address): string {
  return piece.kind === "post" ? `/p/${piece.index}` : `/a/${encodeURIComponent(piece.slug)}`;
}

/** The path of a piece's visible history. */
export function historyUrl(piece: Address): string {
  return `${pieceUrl(piece)}/history`;
}

/** The path of everything under one tag. */
export function tagUrl(tag: string): string {
  return `/tags/${encodeURIComponent(tag.toLowerCase())}`;
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

/** The whole URL of a path of this capsule; `origin` has no slash at its end. */
export function absoluteUrl(origin: string, path: string): string {
  return path === "/" ? `${origin}/` : `${origin}${path}`;
}
