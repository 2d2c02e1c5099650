// What the rules of one rendering share. Travels in markdown-it's env.
import type { Env, Token } from "markdown-it";
import { makeSlug } from "./slug.ts";

export type PictureInfo = Readonly<{
  hash: string;
  type: string;
  width: number;
  height: number;
  description: string;
  /** True when its bytes are not here: its words stand in its place. */
  isMissing?: boolean;
}>;

export type MarkdownOptions = Readonly<{
  /** Prefix of all ids in the result: the id of the piece, so that several pieces fit on one page. */
  id: string;
  /** The pictures that `blob:<hash>` may name. */
  pictures: readonly PictureInfo[];
  blobUrl: (hash: string) => string;
  /** Whether an absolute address leaves this site; every absolute one does unless told. */
  isExternal?: (url: string) => boolean;
  /** Where an address within the author's site leads; there, unless told. */
  localUrl?: (href: string) => string;
  /** `rel` of links that leave this site; "noopener" unless told. */
  rel?: string;
  /** Whether headings have their words alone as ids, for a page of one text; old links to a part of it still lead there. */
  hasPlainIds?: boolean;
  /** Whether headings end in a small link to themselves; they do unless told (feeds do without). */
  hasHeadingLinks?: boolean;
}>;

export type Heading = Readonly<{ level: number; id: string; text: string }>;

export type Context = {
  readonly options: MarkdownOptions;
  readonly prefix: string;
  readonly pictures: ReadonlyMap<string, PictureInfo>;
  readonly headings: Heading[];
  readonly ids: Map<string, number>;
  /** Heading ids by their letters and digits alone: other programs write the "-" elsewhere. */
  readonly idsByLetters: Map<string, string>;
  /** Characters of code that may still be coloured. */
  highlightable: number;
};

/** Ids of the page around the text: a heading of this name gets a number behind it. */
const PAGE_IDS = ["main"];
const HIGHLIGHTED_CHARS_MAX = 300_000;
const key = Symbol("capsule");

export function makeEnv(options: MarkdownOptions): Env {
  const name = options.id.replace(/[^\p{L}\p{N}_-]+/gu, "-");
  const context: Context = {
    options,
    prefix: /^\p{L}/u.test(name) ? name : `p${name}`,
    pictures: new Map(options.pictures.map((picture) => [picture.hash, picture])),
    headings: [],
    ids: new Map(options.hasPlainIds ? PAGE_IDS.map((id) => [id, 1]) : []),
    idsByLetters: new Map(),
    highlightable: HIGHLIGHTED_CHARS_MAX,
  };
  return { [key]: context };
}

export function findContext(env: Env | undefined): Context {
  const context = env?.[key];
  if (!isContext(context)) throw new TypeError("render Markdown: expected an env of makeEnv");
  return context;
}

/** A new id for a heading, unique in this text. */
export function addHeadingId(context: Context, text: string): string {
  const slug = makeSlug(text);
  const count = (context.ids.get(slug) ?? 0) + 1;
  context.ids.set(slug, count);
  let id = slug;
  if (count > 1) {
    id = `${slug}-${count}`;
    // "a", "a", "a-2": the third must not take the second's id.
    while (context.ids.has(id)) id += "-2";
    context.ids.set(id, 1);
  }
  const whole = context.options.hasPlainIds ? id : `${context.prefix}-${id}`;
  const letters = lettersOf(id);
  if (!context.idsByLetters.has(letters)) context.idsByLetters.set(letters, whole);
  return whole;
}

/** The id that `#fragment` means in this text, or undefined. */
export function findHeadingId(context: Context, fragment: string): string | undefined {
  return context.idsByLetters.get(lettersOf(fragment));
}

/** An attribute as text; "" if it is not there. */
export function readAttribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

function lettersOf(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "");
}

function isContext(value: unknown): value is Context {
  return typeof value === "object" && value !== null && "idsByLetters" in value;
}
