// Pictures in Markdown: `![description](blob:<hash>)` and nothing that another site would serve.
import type { StateCore, Token } from "markdown-it";
import { escapeHtml } from "./escape.ts";
import { type Context, findContext, type PictureInfo, readAttribute } from "./markdown_context.ts";
import { renderMissingPicture } from "./missing_picture.ts";

/** Paragraphs that hold nothing but pictures of this capsule become figures. */
export function makeFigures(state: StateCore): void {
  const context = findContext(state.env);
  const tokens: Token[] = [];
  for (let at = 0; at < state.tokens.length; at++) {
    const token = state.tokens[at];
    if (!token) continue;
    const inline = state.tokens[at + 1];
    const pictures = token.type === "paragraph_open" && inline?.type === "inline"
      ? findLonePictures(context, inline)
      : [];
    if (pictures.length === 0 || state.tokens[at + 2]?.type !== "paragraph_close") {
      tokens.push(token);
      continue;
    }
    for (const picture of pictures) {
      picture.type = "figure";
      picture.block = true;
      tokens.push(picture);
    }
    at += 2;
  }
  state.tokens = tokens;
}

export function renderPicture(token: Token, context: Context): string {
  const source = readAttribute(token, "src");
  const picture = findPicture(context, source);
  if (picture) return renderImage(token, picture, context);
  const description = escapeHtml(token.content.trim());
  if (/^https?:\/\//i.test(source)) {
    const rel = escapeHtml(context.options.rel ?? "noopener");
    const label = description || escapeHtml(source);
    if (token.meta?.["isInLink"]) return `<span class="picture-link">${label}</span>`;
    return `<a class="picture-link" href="${escapeHtml(source)}" rel="${rel}">${label}</a>`;
  }
  return `<span class="missing-picture">${description || "Picture"}</span>`;
}

export function renderFigure(token: Token, context: Context): string {
  const title = escapeHtml(readAttribute(token, "title").trim());
  const caption = title === "" ? "" : `<figcaption>${title}</figcaption>`;
  return `<figure>${renderPicture(token, context)}${caption}</figure>\n`;
}

/** What a picture says where it cannot be shown. */
export function describePicture(token: Token, context: Context): string {
  return token.content.trim() ||
    (findPicture(context, readAttribute(token, "src"))?.description ?? "");
}

function renderImage(token: Token, picture: PictureInfo, context: Context): string {
  if (picture.isMissing) {
    return renderMissingPicture({ ...picture, description: describePicture(token, context) });
  }
  const url = escapeHtml(context.options.blobUrl(picture.hash));
  const width = Math.max(1, Math.trunc(picture.width) || 1);
  const height = Math.max(1, Math.trunc(picture.height) || 1);
  const description = escapeHtml(describePicture(token, context));
  return `<img src="${url}" width="${width}" height="${height}" alt="${description}"` +
    ` loading="lazy" decoding="async">`;
}

function findPicture(context: Context, source: string): PictureInfo | undefined {
  return source.startsWith("blob:") ? context.pictures.get(source.slice(5)) : undefined;
}

function findLonePictures(context: Context, inline: Token): Token[] {
  const pictures: Token[] = [];
  for (const child of inline.children ?? []) {
    if (child.type === "image" && findPicture(context, readAttribute(child, "src"))) {
      pictures.push(child);
    } else if (child.type !== "softbreak" && child.type !== "hardbreak") {
      if (child.type !== "text" || child.content.trim() !== "") return [];
    }
  }
  return pictures;
}
