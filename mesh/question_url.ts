/** Which URLs may be asked at all, before any name is resolved. @module */
import { isSpecialHost } from "./special_addresses.ts";

const URL_CHARACTERS_MAX = 2_048;

/**
 * The URL, or a few words that say why it may not be asked: another scheme than https, a user or password, a host that
 * means this machine or a private network by its spelling alone, in whatever notation. With `isDev` http and every host pass.
 */
export function checkQuestionUrl(text: string, isDev: boolean): URL | string {
  if (text.length > URL_CHARACTERS_MAX) return `longer than ${URL_CHARACTERS_MAX} characters`;
  const url = URL.parse(text);
  if (url === null) return "not a URL";
  if (url.protocol !== "https:" && !(isDev && url.protocol === "http:")) {
    return `expected https, found ${url.protocol.slice(0, -1)}`;
  }
  if (url.username !== "" || url.password !== "") return "expected no user and no password";
  if (!isDev && isSpecialHost(url.hostname)) return "a private or special address";
  return url;
}

/**
 * What a person typed or an old list says, as a URL to ask: https where no scheme stands, and in the place of http, which
 * only development may ask; nearly every site answers there.
 */
export function completeUrl(text: string, isDev: boolean): string {
  const trimmed = text.trim();
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) {
    return /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(trimmed) ? trimmed : `https://${trimmed}`;
  }
  return isDev ? trimmed : trimmed.replace(/^http:\/\//i, "https://");
}
