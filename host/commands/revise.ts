/** `capsule revise`: publishes a corrected version of a post or an article. @module */
import { findTags } from "../../content/post_text.ts";
import { CONTENT_BYTES_MAX } from "../../mesh/protocol/limits.ts";
import { publishRevision, type RevisionFields } from "../../mesh/publish.ts";
import type { Database } from "../../storage/database.ts";
import type { Piece } from "../../storage/pieces.ts";
import { readArticleFile } from "../article_file.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { readLanguage } from "../languages.ts";
import { savePictures } from "../pictures.ts";
import { answerPublished, readTextWord, requirePiece } from "../pieces.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";
import { readTags } from "../tags.ts";

/** The command. */
export const command: Command = {
  name: "revise",
  summary: "Publish a corrected version; readers can see what changed",
  usage: "revise INDEX|URL TEXT|FILE.md|- [options]",
  options: {
    note: { type: "string", value: "TEXT", text: "why, in one line" },
    language: { type: "string", value: "TAG", text: "the language of the text (as before)" },
    tag: { type: "string", value: "TAG", text: "the tags from now on", multiple: true },
    image: { type: "string", value: "FILE", text: "a post's pictures from now on", multiple: true },
    alt: { type: "string", value: "TEXT", text: "what the picture shows", multiple: true },
    ...SIGNING_OPTIONS,
  },
  words: { min: 2, max: 2 },
  details:
    "A post takes its new text, an article its Markdown file. What is not given stays as it is;\n" +
    "address and date always do.",
  examples: [
    `capsule revise 42 "Good morning from the other harbour. #weather" --note "Wrong harbour"`,
    "capsule revise https://capsule.example.org/a/reservoirs reservoirs.md",
  ],
  run,
};

async function run(context: Context): Promise<void> {
  const [target = "", source = ""] = context.words;
  using db = openExisting(context.dataPath);
  const capsule = requireCapsule(db);
  await prepareSigning(context, db);
  const piece = requirePiece(db, capsule, target);
  const language = context.text("language");
  const note = context.text("note");
  const fields = {
    ...(piece.kind === "post"
      ? await readPost(db, context, piece, source)
      : await readArticle(db, context, source)),
    ...(language === undefined ? {} : { language: readLanguage(language) }),
    ...(note === undefined ? {} : { note }),
  };
  const published = publishRevision({ db, now: context.now }, piece.index, fields);
  if (typeof published === "string") {
    throw new CommandProblem("withdrawn", `${target} was withdrawn in the meantime.`);
  }
  answerPublished(context, db, capsule, published, piece);
}

async function readPost(
  db: Database,
  context: Context,
  piece: Piece,
  source: string,
): Promise<RevisionFields> {
  const text = (await readTextWord(source, CONTENT_BYTES_MAX)).trim();
  const pictures = await savePictures(db, context);
  // Tags that stood beside the old text stay; those in the text go with it.
  const inOldText = new Set(findTags(piece.text).map((tag) => tag.toLowerCase()));
  const beside = piece.tags.filter((tag) => !inOldText.has(tag.toLowerCase()));
  const given = context.texts("tag");
  return {
    text,
    tags: readTags(given, [...findTags(text), ...(given.length === 0 ? beside : [])]),
    ...(pictures.length === 0 ? {} : { pictures }),
  };
}

async function readArticle(
  db: Database,
  context: Context,
  source: string,
): Promise<RevisionFields> {
  if (context.texts("image").length > 0) {
    throw new CommandProblem(
      "not_a_post",
      "--image is for posts; an article names its pictures in its Markdown.",
    );
  }
  const { fields, markdown, cover } = await readArticleFile(db, context, source);
  const tags = readTags(context.texts("tag"), fields.tags);
  return {
    markdown,
    ...(fields.title === "" ? {} : { title: fields.title }),
    ...(fields.summary === "" ? {} : { summary: fields.summary }),
    ...(fields.authors.length === 0 ? {} : { authors: fields.authors }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(fields.language === undefined ? {} : { language: fields.language }),
    ...(cover === undefined ? {} : { cover }),
  };
}
