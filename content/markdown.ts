// Markdown to safe HTML: no tag, address or attribute reaches a page that is not made here.
import MarkdownIt from "markdown-it";
import { cleanText, escapeHtml } from "./escape.ts";

export type PictureInfo = Readonly<{
  hash: string;
  type: string;
  width: number;
  height: number;
  description: string;
}>;

export type MarkdownOptions = Readonly<{
  /** Prefix of all ids in the result: the id of the piece, so that several pieces fit on one page. */
  id: string;
  /** The pictures that `blob:<hash>` may name. */
  pictures: readonly PictureInfo[];
  blobUrl: (hash: string) => string;
  /** Whether an absolute address leaves this site; every absolute one does unless told. */
  isExternal?: (url: string) => boolean;
  /** `rel` of links that leave this site; "noopener" unless told. */
  rel?: string;
}>;

export type Heading = Readonly<{ level: number; id: string; text: string }>;

export type RenderedMarkdown = Readonly<{ html: string; headings: Heading[]; problems: string[] }>;

const parser = new MarkdownIt({ html: false, linkify: true, typographer: false });

export function renderMarkdown(source: string, _options: MarkdownOptions): RenderedMarkdown {
  const html = parser.render(cleanText(source));
  return { html: html || escapeHtml(""), headings: [], problems: [] };
}
