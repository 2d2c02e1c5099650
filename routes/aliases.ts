/** Old paths of imported articles, and slashes too many: where they lead. Asked before "not found". @module */
import type { Context } from "hono";
import { findPieceByAlias } from "../storage/pieces.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { answerWithdrawn } from "./errors.ts";
import { needSubject, readOwnCapsule } from "./site.ts";

const ALIAS_CHARS_MAX = 1_024;

/** The redirect for a path that used to lead somewhere, 410 when that was withdrawn; undefined when it never did. */
export function answerAlias(
  c: Context<Env>,
  deps: Deps,
): Response | Promise<Response> | undefined {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return undefined;
  if (readOwnCapsule(deps) === undefined) return undefined;
  const { capsule, base } = needSubject(deps, c);
  const path = decodePath(c.req.path.slice(base.length));
  if (path === undefined || path.length > ALIAS_CHARS_MAX) return undefined;
  const found = spellings(path).map((form) => findPieceByAlias(deps.db, capsule.log, form));
  const piece = found.find((one) => one !== undefined && typeof one !== "string");
  if (piece !== undefined) return c.redirect(pieceUrl(piece, base), 308);
  if (found.includes("withdrawn")) return answerWithdrawn(c, deps, "article");
  return trimSlashes(c);
}

/** "/posts/" is "/posts". Several slashes at the front would name another host. */
function trimSlashes(c: Context<Env>): Response | undefined {
  const { pathname, search } = new URL(c.req.url);
  const trimmed = pathname.replace(/\/+$/, "").replace(/^\/+/, "/");
  // A mirror's base keeps its slash: its home page is there.
  if (trimmed === pathname || trimmed === "" || /^\/~[^/]*$/.test(trimmed)) return undefined;
  return c.redirect(trimmed + search, 308);
}

/** With and without a slash or a file's name at the end: publishing programs serve one page under all of these. */
function spellings(path: string): string[] {
  const bare = path.replace(/\/index\.html?$/, "/").replace(/(?<=.)\/+$/, "");
  return [...new Set([path, bare, `${bare}/`, `${bare}/index.html`, `${bare}.html`])];
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path).normalize("NFC");
  } catch {
    // Malformed percent-encoding names nothing.
    return undefined;
  }
}
