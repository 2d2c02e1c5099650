/** What the owner's pages answer where nothing encrypts what is typed. @module */
import { styleUrl } from "../views/assets.ts";
import { renderPage } from "../views/html.ts";
import { PlainHttpPage } from "../views/plain_http.ts";
import { COMMON_HEADERS, READER_POLICY } from "./headers.ts";

/** Where passwords and phrases are typed, and what a session opens. */
const OWNERS_PATH = /^\/(?:setup|sign-in|sign-out|forgotten|studio)(?:\/|$)/;

/** What web servers say of whom they pass on. */
const PASSED_ON = [
  ...["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-server"],
  ...["x-real-ip", "forwarded", "via"],
];

/** True where a request says that it passed through a web server, even one that was not told of. */
export function isPassedOn(headers: Headers): boolean {
  return PASSED_ON.some((name) => headers.has(name));
}

/** Says whether a path belongs to the owner's side. */
export function isOwnersPath(path: string): boolean {
  return OWNERS_PATH.test(path);
}

/**
 * The path of a request's URL as its routes find it. A parser of URLs may find another one: a Host header is in it as it was sent,
 * and `http://x\up?/setup` is `/up` to it.
 */
export function pathOf(url: string): string {
  const target = url.slice(url.indexOf("/", 8));
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** The same of a whole URL, as its routes read it: `/%73etup` is `/setup`. Without a parser, because every request comes by. */
export function isOwnersUrl(url: string): boolean {
  const path = pathOf(url);
  if (!path.includes("%")) return isOwnersPath(path);
  try {
    return isOwnersPath(decodeURI(path));
  } catch {
    // Half of a letter: a part of it may still be read.
    return isOwnersPath(
      path.replaceAll(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(parseInt(code.slice(1), 16))),
    );
  }
}

/** Whom it is told to. */
export type Unencrypted = Readonly<{
  /** The public origin. */
  origin: string;
  /** The address that the request came from: a visitor's, or a web server's in between. */
  from: string;
  /** True where that is a proxy which is trusted and does not say that the visitor came over HTTPS. */
  isProxy: boolean;
}>;

/** Answers with what to do instead; nothing that was sent is read. */
export function answerUnencrypted(told: Unencrypted): Response {
  return new Response(renderPage(PlainHttpPage({ ...told, styleUrl: styleUrl("") })), {
    status: 403,
    headers: {
      ...COMMON_HEADERS,
      "Content-Security-Policy": READER_POLICY,
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
    },
  });
}
