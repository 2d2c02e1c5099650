/** What people type or paste when they mean somebody: an address, a page of a copy, an id. @module */

const ID = /cap1[02-9ac-hj-np-z]{58}/;
const WHOLE_ID = /^cap1[02-9ac-hj-np-z]{58}$/;
const CHARS_MAX = 2_000;

/** A capsule id, or the host of an address, as blocks keep them; undefined for anything else. */
export function readBlockTarget(typed: string): string | undefined {
  const text = typed.trim().toLowerCase();
  if (WHOLE_ID.test(text)) return text;
  const id = /\/~/.test(text) ? ID.exec(text)?.[0] : undefined;
  return id ?? readUrl(text)?.host;
}

/** The URL that somebody means: people leave "https://" out. */
export function readUrl(typed: string): URL | undefined {
  const text = typed.trim();
  if (text === "" || text.length > CHARS_MAX || /\s/.test(text)) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  const isHost = url.hostname.includes(".") || url.hostname === "localhost" ||
    url.hostname.startsWith("[");
  return isHost && url.username === "" && url.password === "" ? url : undefined;
}
