/** How markup is made: one template tag, one way to put ready HTML in, one way to make a page of it. @module */
import { html } from "htm/preact";
import type { ComponentChildren, VNode } from "preact";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";

export { html };

/** One piece of markup: what `html` returns. */
export type Markup = VNode;

/** Anything that can stand between tags: markup, text, lists of these, or nothing. */
export type Content = ComponentChildren;

/** The attributes that may stand on the element around ready HTML. */
export type RawAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element (a `div` if not named) around HTML that is known to be safe. The one place where HTML is put in as it is. */
export function Raw(
  { html, tag = "div", ...attributes }:
    & { html: string; tag?: string }
    & RawAttributes,
): Markup {
  return h(tag, { ...attributes, dangerouslySetInnerHTML: { __html: html } });
}

/** A whole page: the doctype and the markup as text. */
export function renderPage(page: Markup): string {
  return `<!DOCTYPE html>${renderPart(page)}`;
}

/** A part of a page as text. */
export function renderPart(part: Markup): string {
  return renderToString(part).replace(CLOSED_VOID, "<$1$2>");
}

// The renderer writes `<meta/>`, which is XML's way. In text and attributes every "<" is escaped, so only tags match.
const CLOSED_VOID =
  /<(area|br|col|hr|img|input|link|meta|source|wbr)((?:\s[^\s"=<>/]+(?:="[^"]*")?)*)\s*\/>/g;
