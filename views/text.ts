/** Small rules for text that came from people. @module */

const SAFE_SCHEMES = new Set(["https:", "http:", "mailto:"]);
const URL_CHARS_MAX = 2_048;

/** The URL if a link may point there (https, http, mailto, or a path of this capsule); `undefined` drops the link. */
export function safeUrl(url: string): string | undefined {
  // Browsers drop tabs and line breaks: "/<tab>/name" would be another host.
  if (url.length > URL_CHARS_MAX || /\p{Cc}/u.test(url)) return undefined;
  if (url.startsWith("/") && !/^\/[/\\]/.test(url)) return url;
  try {
    const parsed = new URL(url);
    return SAFE_SCHEMES.has(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

/** The first `chars` characters as people count them, with an ellipsis where something was cut. */
export function shorten(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const cut = Array.from(text).slice(0, chars).join("");
  const lastSpace = cut.search(/\s\S*$/u);
  const whole = lastSpace > chars / 2 ? cut.slice(0, lastSpace) : cut;
  return `${whole.replace(/[\s.,;:–—-]+$/u, "")}…`;
}
