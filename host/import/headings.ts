/** Headings of an imported text: the first one as its title, and ids written behind them. @module */
import { makeSlug } from "../../content/slug.ts";
import { findText } from "./markdown_text.ts";

const TITLE_CHARS_MAX = 1_000;

/** Takes a title from the text's first line, when that is a heading; `title` is "" when it is not. */
export function takeTitle(markdown: string): { title: string; rest: string } {
  const [line = "", next = ""] = markdown.trimStart().slice(0, 2 * TITLE_CHARS_MAX).split("\n", 2);
  const isUnderlined = /^=+$/.test(next.trim()) && /^[^#>*+-]/.test(line);
  if (line.length > TITLE_CHARS_MAX || !(isUnderlined || /^#[ \t]/.test(line))) {
    return { title: "", rest: markdown };
  }
  const words = isUnderlined ? line : line.slice(1).trim().replace(/(?<=^|\s)#+$/, "");
  const title = words.replace(/\{#[^}]*\}/, "").replace(/[*_`]/g, "").trim();
  const lines = isUnderlined ? 2 : 1;
  const rest = markdown.trimStart().split("\n").slice(lines).join("\n");
  return { title, rest: rest.replace(/^[ \t]*\n/, "") };
}

/** `## Words {#id}` without the id, and links to it pointing to the words. */
export function dropHeadingIds(markdown: string): string {
  if (!markdown.includes("{#")) return markdown;
  const ids = new Map<string, string>();
  let result = "";
  let done = 0;
  for (const [from, to] of findText(markdown)) {
    const text = markdown.slice(from, to).replace(
      /^(#{1,6}[ \t]{1,9})(\S[^\n]{0,500}?)[ \t]{0,9}\{#([\w:.-]{1,200})[^}\n]{0,200}\}[ \t]{0,9}$/gm,
      (_match, mark: string, words: string, id: string) => {
        ids.set(id, makeSlug(words.replace(/[*_`]/g, "")));
        return mark + words;
      },
    );
    result += markdown.slice(done, from) + text;
    done = to;
  }
  result += markdown.slice(done);
  return result.replace(
    /\]\(#([\w:.-]+)\)/g,
    (match, id: string) => ids.has(id) ? `](#${ids.get(id)})` : match,
  );
}
