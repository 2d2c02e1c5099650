/** Headings of an imported text: the first one as its title, and ids written behind them. @module */
import { makeSlug } from "../../content/slug.ts";
import { findText } from "./markdown_text.ts";

/** Takes a title from the text's first line, when that is a heading; `title` is "" when it is not. */
export function takeTitle(markdown: string): { title: string; rest: string } {
  const match = /^\s*#[ \t]+([^\n]+?)[ \t]*#*[ \t]*(?:\n|$)/.exec(markdown) ??
    /^\s*([^\s#>*+-][^\n]*)\n=+[ \t]*(?:\n|$)/.exec(markdown);
  if (!match) return { title: "", rest: markdown };
  const title = (match[1] ?? "").replace(/\{#[^}]*\}/, "").replace(/[*_`]/g, "").trim();
  return { title, rest: markdown.slice(match[0].length).replace(/^\s*\n/, "") };
}

/** `## Words {#id}` without the id, and links to it pointing to the words. */
export function dropHeadingIds(markdown: string): string {
  if (!markdown.includes("{#")) return markdown;
  const ids = new Map<string, string>();
  let result = "";
  let done = 0;
  for (const [from, to] of findText(markdown)) {
    const text = markdown.slice(from, to).replace(
      /^(#{1,6}[ \t]+)([^\n]*?)[ \t]*\{#([\w:.-]+)[^}\n]*\}[ \t]*$/gm,
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
