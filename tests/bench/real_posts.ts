/** A capsule with twenty real pieces: openings and articles of a blog that people read. @module */
import { createCapsule, publishBatch } from "../../mesh/publish.ts";
import { openDatabase } from "../../storage/database.ts";

const PIECES = 20;
/** Every fourth piece is an article, as with somebody who writes both. */
const ARTICLE_EVERY = 4;
const POST_CHARACTERS = 480;
const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 0, 1);

/** The folder of Markdown that real texts are taken from. */
export function textFolder(): string {
  const corpus = Deno.env.get("CAPSULE_CORPUS");
  if (corpus) return `${corpus}/rust-blog`;
  return decodeURIComponent(new URL("../sample/blog", import.meta.url).pathname);
}

type Text = Readonly<{ title: string; opening: string; markdown: string }>;

function* readTexts(folder: string): Generator<Text> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  for (const name of names) {
    if (!name.endsWith(".md") || name.startsWith("_")) continue;
    const [, head = "", markdown = ""] = Deno.readTextFileSync(`${folder}/${name}`).split(
      /^(?:\+\+\+|---)$/m,
      3,
    );
    const title = /^title\s*[:=]\s*"?(.+?)"?$/m.exec(head)?.[1];
    const paragraphs = markdown.split(/\n\n+/).map((one) => one.replaceAll("\n", " ").trim());
    const opening = paragraphs.find((one) => /^[A-Z]/.test(one) && one.length > 80);
    if (title !== undefined && opening !== undefined) {
      yield { title, opening: opening.slice(0, POST_CHARACTERS), markdown };
    }
  }
}

/** Makes the database at a path. */
export function makeRealCapsule(path: string): void {
  using db = openDatabase(path);
  const publisher = { db, now: () => FIRST_MS };
  createCapsule(publisher, {
    name: "Ann Greenwald",
    line: "Notes on rivers, maps and the people between them",
    address: null,
  });
  const texts = [...readTexts(textFolder())].slice(0, PIECES);
  const [first] = texts;
  if (first === undefined) throw new Error(`real posts: no texts in ${textFolder()}`);
  publishBatch(
    publisher,
    Array.from({ length: PIECES }, (_, i) => {
      const { title, opening, markdown } = texts[i % texts.length] ?? first;
      const publishedAtMs = FIRST_MS + i * DAY_MS;
      return i % ARTICLE_EVERY === 0
        ? { kind: "article" as const, title, markdown, slug: `article-${i}`, publishedAtMs }
        : { kind: "post" as const, text: opening, publishedAtMs };
    }),
  );
}
