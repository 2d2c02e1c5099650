/** What a post, an article or a revision says, in the form the rows have. @module */
import type {
  ArticleContent,
  ArticleRevision,
  Content,
  Picture,
  PostContent,
  PostRevision,
} from "../mesh/protocol/content.ts";
import { makeOpening } from "./piece_rows.ts";
import { countWords } from "./words.ts";

/** A content that gives a piece its text. */
export type TextContent = PostContent | ArticleContent | PostRevision | ArticleRevision;

/** The columns that a revision replaces. */
export type PieceFields = Readonly<{
  /** BCP 47 tag. */
  language: string;
  /** "" for posts. */
  title: string;
  /** "" for posts. */
  summary: string;
  /** What the row keeps: a post's text, an article's opening. */
  text: string;
  /** What the search index gets besides the title. */
  body: string;
  /** Words of the whole text. */
  words: number;
  /** As written. */
  tags: string[];
  /** JSON. */
  pictures: string;
  /** JSON, or null. */
  cover: string | null;
  /** JSON. */
  authors: string;
}>;

/** Makes the columns of a content. */
export function makeFields(content: TextContent): PieceFields {
  const shared = {
    language: content.language,
    tags: [...content.tags],
    pictures: content.pictures.length === 0 ? "[]" : JSON.stringify(content.pictures),
  };
  if ("text" in content) {
    const { text, pictures } = content;
    return {
      ...shared,
      title: "",
      summary: "",
      text,
      body: pictures.reduce((body, { description }) => `${body}\n${description}`, text),
      words: countWords(text),
      cover: null,
      authors: "[]",
    };
  }
  const { title, summary, markdown, cover, authors } = content;
  return {
    ...shared,
    title,
    summary,
    text: makeOpening(markdown),
    body: [summary, markdown, ...authors ?? []].join("\n"),
    words: countWords(markdown),
    cover: cover === undefined ? null : JSON.stringify(cover),
    authors: JSON.stringify(authors ?? []),
  };
}

/** Every picture that a content names, each hash once. */
export function listNamedPictures(content: Content): Picture[] {
  const pictures: Picture[] = "pictures" in content ? [...content.pictures] : [];
  if ("cover" in content && content.cover !== undefined) pictures.push(content.cover);
  if ("picture" in content && content.picture !== undefined) pictures.push(content.picture);
  if (pictures.length < 2) return pictures;
  return [...new Map(pictures.map((picture) => [picture.hash, picture])).values()];
}

/** Every picture that a content names, by hash. */
export function listPictureHashes(content: Content): string[] {
  return listNamedPictures(content).map(({ hash }) => hash);
}
