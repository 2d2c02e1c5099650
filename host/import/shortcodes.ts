/** Commands of site generators inside a text: found, so that they can be reported. @module */
import { findText } from "./markdown_text.ts";

// Zola `{{ name(x) }}` and `{% name() %}`, Hugo `{{< name >}}` and `{{% name %}}`, Jekyll `{% name %}` and `{{ site.x }}`.
const SHORTCODE =
  /\{\{[<%]\s*\/?\s*([\w./-]+)|\{\{-?\s*([a-z_][\w.]*)\s*(?:\([^}\n]*\)|\|[^}\n]*)?\s*-?\}\}|\{%-?\s*([a-z_]\w*)/g;

/** The names of the shortcodes in a text, code left out, each once in order. */
export function listShortcodes(markdown: string): string[] {
  if (!/\{[{%]/.test(markdown)) return [];
  const names = new Set<string>();
  for (const [from, to] of findText(markdown)) {
    const text = markdown.slice(from, to).replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, "");
    for (const match of text.matchAll(SHORTCODE)) {
      const name = match[1] ?? match[2] ?? match[3];
      if (name !== undefined && names.size < 20) names.add(name);
    }
  }
  return [...names];
}
