// Text into markup. One place decides what a character becomes.

// Characters that neither HTML nor XML allows in text.
const FORBIDDEN = /[[\p{Cc}\uFFFE\uFFFF]--[\t\n]]/gv;
const SPECIAL = /[&<>"']/g;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` for use between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(SPECIAL, (character) => ENTITIES[character] ?? "");
}

/** `text` without characters that pages cannot hold; line ends become "\n". */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(FORBIDDEN, "");
}
