// Links: which addresses are allowed, where they lead, and what stands between their tags.
import type { StateCore, Token } from "markdown-it";
import { type Context, findContext, findHeadingId, readAttribute } from "./markdown_context.ts";
import { describePicture } from "./markdown_pictures.ts";

const SCHEME = /^(?:https?:\/\/[^/]|mailto:[^/])/i;
const BLOB = /^blob:[0-9a-f]{64}$/;
// No scheme can hide: nothing before the first "/", "?" or "#" holds a ":", and no second "/" names a host.
const RELATIVE = /^(?![/\\]{2})[^:/?#\\]*(?:[/?#]|$)/;

/** The allow-list: http, https, mailto, addresses within the site, and pictures of the capsule. */
export function isAllowedUrl(url: string): boolean {
  return SCHEME.test(url) || BLOB.test(url) || RELATIVE.test(url);
}

/** Settles all links: no link in a link, none without words, ids and pictures resolved, `rel` where they leave the site. */
export function settleLinks(state: StateCore): void {
  for (const token of state.tokens) {
    if (token.type === "inline" && token.children) {
      token.children = settleInline(token.children, state);
    }
  }
}

function settleInline(children: readonly Token[], state: StateCore): Token[] {
  const context = findContext(state.env);
  const settled: Token[] = [];
  let depth = 0;
  let text = "";
  let href = "";
  for (const token of children) {
    if (token.type === "link_open") {
      if (++depth > 1) continue;
      href = settleTarget(token, context);
      text = "";
    } else if (token.type === "link_close") {
      if (--depth > 0) continue;
      if (text.trim() === "") {
        const words = new state.Token("text", "", 0);
        words.content = href;
        settled.push(words);
      }
    } else if (depth > 0) {
      if (token.type === "image" || token.type === "footnote_ref") {
        token.meta = { ...token.meta, isInLink: true };
      }
      text += token.type === "image"
        ? describePicture(token, context) || remoteName(token)
        : token.content;
    }
    settled.push(token);
  }
  return settled;
}

/** Writes where a link leads and returns what to show when it has no words. */
function settleTarget(token: Token, context: Context): string {
  const href = readAttribute(token, "href");
  if (BLOB.test(href)) {
    const picture = context.pictures.get(href.slice(5));
    const isHere = picture !== undefined && picture.isMissing !== true;
    token.attrSet("href", isHere ? context.options.blobUrl(picture.hash) : "#");
    return "picture";
  }
  if (href.startsWith("#")) {
    const id = findHeadingId(context, decodeFragment(href.slice(1)));
    if (id) token.attrSet("href", `#${id}`);
    return href;
  }
  const isAbsolute = /^https?:/i.test(href);
  if (isAbsolute && (context.options.isExternal?.(href) ?? true)) {
    token.attrSet("rel", context.options.rel ?? "noopener");
  }
  const { localUrl } = context.options;
  if (localUrl !== undefined && href !== "" && RELATIVE.test(href)) {
    token.attrSet("href", localUrl(href));
  }
  return href || "link";
}

function remoteName(token: Token): string {
  const source = readAttribute(token, "src");
  // Pictures that are not shown leave words behind, so the link has some.
  return source.startsWith("blob:") ? "" : source || "Picture";
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
