/** What plain HTTP answers beside HTTPS: challenges, the way to HTTPS, and one page while there is no certificate. @module */
import { styleUrl } from "../views/assets.ts";
import { type CertificateFacts, CertificatePage } from "../views/certificate_page.ts";
import { renderPage } from "../views/html.ts";
import { URL_CHARS_MAX } from "./guards.ts";
import { COMMON_HEADERS, READER_POLICY } from "./headers.ts";
import type { Handler } from "./page_cache.ts";
import { pathOf } from "./plain_http.ts";

/** What port 80 needs. */
export type Port80Parts = Readonly<{
  /** The public origin, which the redirect leads to whatever a request says. */
  origin: () => string;
  /** True while browsers trust the certificate. */
  isTrusted: () => boolean;
  /** The answer to a challenge; undefined for a token that nobody waits for. */
  findChallenge: (token: string) => string | undefined;
  facts: () => CertificateFacts;
  /** The application: it answers `/up` and the page's own style. */
  app: Handler;
}>;

const CHALLENGE = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,256})$/;
/** Without a word on subdomains: they are not ours. */
const HALF_A_YEAR = "max-age=15552000";
/** Seconds after which the page is asked for again: soon, or slowly enough for it to be read aloud. */
const [REFRESH_ASKING_S, REFRESH_S] = ["3", "60"];
const APPLICATION = /^\/(?:up$|assets\/)/;

/** Builds the handler. */
export function createPort80(parts: Port80Parts): Handler {
  return function port80(request, info) {
    const path = pathOf(request.url);
    const [, token] = CHALLENGE.exec(path) ?? [];
    if (token !== undefined) return answerChallenge(parts, token);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && APPLICATION.test(path)) return parts.app(request, info);
    if (parts.isTrusted()) {
      const { pathname, search } = new URL(request.url);
      return redirect(parts.origin(), pathname + search);
    }
    return isRead ? answerPage(parts) : refuse();
  };
}

function answerChallenge({ findChallenge }: Port80Parts, token: string): Response {
  const answer = findChallenge(token);
  return new Response(answer ?? "Nobody waits for this.\n", {
    status: answer === undefined ? 404 : 200,
    headers: { ...COMMON_HEADERS, "Content-Type": "text/plain", "Cache-Control": "no-store" },
  });
}

/** For good, and with the method that was used; a path that the capsule would refuse leads to its home page. */
export function redirect(origin: string, target: string): Response {
  const location = target.length > URL_CHARS_MAX ? "/" : target;
  return new Response(null, {
    status: 308,
    headers: { ...COMMON_HEADERS, "Location": origin + location, "Cache-Control": "no-store" },
  });
}

/** Has browsers come back over HTTPS only, once they trust the certificate. */
export function demandHttps(handler: Handler, isTrusted: () => boolean): Handler {
  const demand = (response: Response) => {
    if (isTrusted()) response.headers.set("Strict-Transport-Security", HALF_A_YEAR);
    return response;
  };
  return (request, info) => {
    const response = handler(request, info);
    return response instanceof Promise ? response.then(demand) : demand(response);
  };
}

function answerPage(parts: Port80Parts): Response {
  const facts = parts.facts();
  const page = renderPage(CertificatePage({ facts, styleUrl: styleUrl("") }));
  return new Response(page, {
    status: 503,
    headers: {
      ...COMMON_HEADERS,
      "Content-Security-Policy": READER_POLICY,
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Retry-After": "10",
      "Refresh": facts.state === "asking" ? REFRESH_ASKING_S : REFRESH_S,
    },
  });
}

/** Nothing that somebody typed travels unencrypted. */
function refuse(): Response {
  return new Response("Nothing can be sent here over plain HTTP.\n", {
    status: 403,
    headers: { ...COMMON_HEADERS, "Content-Type": "text/plain", "Cache-Control": "no-store" },
  });
}
