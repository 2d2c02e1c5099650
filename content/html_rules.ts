// How each element of foreign HTML reads as Markdown.
import { isRaisable, raiseDigits } from "./raised_digits.ts";

/** What we use of turndown, which comes without types. */
export type Converter = {
  addRule(
    name: string,
    rule: Readonly<{
      filter: string | readonly string[] | ((node: HTMLElement) => boolean);
      replacement: (content: string, node: HTMLElement) => string;
    }>,
  ): unknown;
  remove(names: readonly string[]): unknown;
  turndown(html: string): string;
};

/** Elements that were left out, by name, with their number. */
export type Left = Map<string, number>;

const SILENT = ["script", "style", "template", "head", "title", "meta", "link"];
/** Elements that Markdown has nothing for. */
export const FOREIGN = [
  ...["iframe", "video", "audio", "embed", "object", "canvas", "svg", "math", "form"],
  ...["input", "button", "select", "textarea", "map", "applet", "frame", "frameset"],
];

export function addRules(converter: Converter, left: Left): void {
  converter.remove(SILENT);
  addForeign(converter);
  addInline(converter, left);
  addBlocks(converter);
  addTables(converter);
}

function addForeign(converter: Converter): void {
  converter.addRule("foreign", {
    filter: (node) => FOREIGN.includes(nameOf(node)),
    replacement: (content, node) => {
      const name = nameOf(node);
      const source = node.getAttribute("src") ??
        node.querySelector("source")?.getAttribute("src") ?? "";
      if (!/^https?:\/\//i.test(source)) return name === "form" ? content : "";
      const title = node.getAttribute("title")?.trim() || source;
      return `\n\n${makeLink(title, source)}\n\n`;
    },
  });
}

function addInline(converter: Converter, left: Left): void {
  converter.addRule("link", {
    filter: (node) => nameOf(node) === "a",
    replacement: (content, node) => {
      const url = node.getAttribute("href")?.trim() ?? "";
      const isUsable = url !== "" && !/^(?:javascript|data|vbscript|file):/i.test(url);
      if (!isUsable || content.trim() === "") return content;
      return `[${content.trim().replace(/\s*\n\s*/g, " ")}](${writeUrl(url)})`;
    },
  });
  converter.addRule("picture", {
    filter: (node) => nameOf(node) === "img",
    replacement: (_content, node) => {
      const source = node.getAttribute("src")?.trim() ?? "";
      if (source === "" || /^(?:data|javascript|blob):/i.test(source)) {
        left.set("img", (left.get("img") ?? 0) + 1);
        return escapeLabel(node.getAttribute("alt") ?? "");
      }
      return makePicture(node, node.getAttribute("title") ?? "");
    },
  });
  converter.addRule("raised", {
    filter: ["sup", "sub"],
    replacement: (content, node) => {
      const name = nameOf(node);
      const before = node.previousSibling?.textContent ?? "";
      if (!isRaisable(content, before)) left.set(name, (left.get(name) ?? 0) + 1);
      return raiseDigits(name, content);
    },
  });
  converter.addRule("deleted", {
    filter: (node) => ["del", "s", "strike"].includes(nameOf(node)),
    replacement: (content) => content.trim() === "" ? content : `~~${content.trim()}~~`,
  });
  converter.addRule("keys", {
    filter: (node) => ["kbd", "samp", "tt"].includes(nameOf(node)),
    replacement: (_content, node) => `\`${(node.textContent ?? "").replaceAll("`", "'")}\``,
  });
  converter.addRule("quoted", {
    filter: (node) => nameOf(node) === "q",
    replacement: (content) => `“${content}”`,
  });
}

function addBlocks(converter: Converter): void {
  converter.addRule("code", {
    filter: (node) => nameOf(node) === "pre",
    replacement: (_content, node) => {
      const classes = `${node.className} ${node.querySelector("code")?.className ?? ""}`;
      const language = /(?:language|lang|highlight-source)-([\w+#-]+)/.exec(classes)?.[1] ?? "";
      const code = (node.textContent ?? "").replace(/^\n|\s+$/g, "");
      const longest = Math.max(2, ...(code.match(/`{3,}/g) ?? []).map(({ length }) => length));
      const fence = "`".repeat(longest + 1);
      return `\n\n${fence}${language}\n${code}\n${fence}\n\n`;
    },
  });
  converter.addRule("summary", {
    filter: (node) => ["summary", "dt"].includes(nameOf(node)),
    replacement: (content) => `\n\n${makeBold(content)}\n\n`,
  });
  converter.addRule("described", {
    filter: (node) => ["details", "dd"].includes(nameOf(node)),
    replacement: (content) => `\n\n${content.trim()}\n\n`,
  });
  converter.addRule("row", {
    filter: (node) => nameOf(node) === "div" && /display:\s*flex/i.test(styleOf(node)),
    replacement: (content) => {
      const line = content.trim().replace(/\s*\n\s*/g, " ");
      return `\n\n${line.length <= 400 ? line : content.trim()}\n\n`;
    },
  });
  converter.addRule("boldBlock", {
    filter: (node) =>
      nameOf(node) === "div" && /font-weight:\s*(?:bold|[6-9]00)/i.test(styleOf(node)),
    replacement: (content) => `\n\n${makeBold(content)}\n\n`,
  });
  converter.addRule("boldSpan", {
    filter: (node) =>
      nameOf(node) === "span" && /font-weight:\s*(?:bold|[6-9]00)/i.test(styleOf(node)),
    replacement: (content) => makeBold(content),
  });
  converter.addRule("figure", {
    filter: (node) => nameOf(node) === "figure",
    replacement: (content, node) => {
      const picture = node.querySelector("img");
      const caption = node.querySelector("figcaption")?.textContent?.trim() ?? "";
      if (
        !picture || node.querySelectorAll("img").length > 1 ||
        node.querySelector("pre, table, blockquote, a")
      ) {
        return `\n\n${content.trim()}\n\n`;
      }
      return `\n\n${makePicture(picture, caption)}\n\n`;
    },
  });
}

function addTables(converter: Converter): void {
  converter.addRule("cell", {
    filter: ["th", "td"],
    replacement: (content) => {
      const line = content.trim().replace(/\s*\n\s*/g, " ");
      return ` ${line.replace(/(?<!\\)\|/g, "\\|")} |`;
    },
  });
  converter.addRule("tableRow", {
    filter: "tr",
    replacement: (content, node) => {
      const cells = Array.from(node.children).filter((cell) => /^T[HD]$/.test(cell.nodeName));
      if (cells.length === 0) return "";
      const isFirst = node.parentElement?.closest("table")?.querySelector("tr") === node;
      if (!isFirst) return `|${content}\n`;
      const border = `|${" --- |".repeat(cells.length)}\n`;
      if (cells.some((cell) => cell.nodeName === "TH")) return `|${content}\n${border}`;
      return `|${"  |".repeat(cells.length)}\n${border}|${content}\n`;
    },
  });
  converter.addRule("tablePart", {
    filter: ["thead", "tbody", "tfoot", "colgroup", "col"],
    replacement: (content) => content,
  });
  converter.addRule("caption", {
    filter: "caption",
    replacement: (content) => `${makeBold(content)}\n\n`,
  });
  converter.addRule("table", {
    filter: "table",
    replacement: (content) =>
      `\n\n${content.trim().replace(/\n{2,}\|/g, "\n|").replace(/^\*\*.*\*\*\n/, "$&\n")}\n\n`,
  });
}

function nameOf(node: Node): string {
  return node.nodeName.toLowerCase();
}

function styleOf(node: HTMLElement): string {
  return node.getAttribute("style") ?? "";
}

function makeBold(content: string): string {
  const line = content.trim().replace(/\s*\n\s*/g, " ");
  // Bold in bold is none, and around code or a picture alone it is noise that still parses.
  return line === "" ? "" : `**${line.replaceAll("**", "")}**`;
}

function makePicture(element: Element, title: string): string {
  const label = escapeLabel(element.getAttribute("alt") ?? "");
  const url = writeUrl(element.getAttribute("src")?.trim() ?? "");
  const words = title.replace(/\s+/g, " ").trim().replace(/["\\]/g, "\\$&");
  return `![${label}](${url}${words === "" ? "" : ` "${words}"`})`;
}

function makeLink(label: string, url: string): string {
  return `[${escapeLabel(label)}](${writeUrl(url)})`;
}

function escapeLabel(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(/[\[\]\\`*_]/g, "\\$&");
}

function writeUrl(url: string): string {
  return url.replace(/\s/g, "%20").replace(
    /[()<>\\]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  );
}
