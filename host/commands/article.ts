/** `capsule article`: publishes an article from a Markdown file. @module */
import { makeSlug } from "../../content/slug.ts";
import { publishArticle } from "../../mesh/publish.ts";
import { type ArticleFile, readArticleFile } from "../article_file.ts";
import { type Command, CommandProblem, type Context } from "../command.ts";
import { readLanguage } from "../languages.ts";
import { answerPublished } from "../pieces.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";
import { readTags } from "../tags.ts";

/** The command. */
export const command: Command = {
  name: "article",
  summary: "Publish an article from a Markdown file",
  usage: "article FILE.md|- [options]",
  options: {
    title: { type: "string", value: "TEXT", text: "the title, over that of the file" },
    slug: { type: "string", value: "TEXT", text: "the last part of the address" },
    summary: { type: "string", value: "TEXT", text: "one or two sentences for lists and feeds" },
    language: { type: "string", value: "TAG", text: "the language of the text (your own)" },
    tag: { type: "string", value: "TAG", text: "a tag beside those of the file", multiple: true },
    page: { type: "boolean", text: "a page of its own in the navigation, not one of the articles" },
    ...SIGNING_OPTIONS,
  },
  words: { min: 1, max: 1 },
  details:
    `Lines between --- (YAML) or +++ (TOML) at the top may give title, summary, tags, slug,\n` +
    `date, language and cover. Pictures that lie beside the file are taken along.`,
  examples: ["capsule article reservoirs.md", "capsule article - --title Reservoirs < text.md"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  const capsule = requireCapsule(db);
  await prepareSigning(context, db);
  const path = context.words[0] ?? "";
  const file = await readArticleFile(db, context, path);
  const published = publishArticle({ db, now: context.now }, readFields(context, path, file));
  answerPublished(context, db, capsule, published, {
    kind: "article",
    index: published.index,
    slug: published.slug,
  });
}

function readFields(
  context: Context,
  path: string,
  { fields, markdown, cover }: ArticleFile,
): Parameters<typeof publishArticle>[1] {
  const title = context.text("title") ?? fields.title;
  if (title.trim() === "") {
    throw new CommandProblem(
      "title_missing",
      `Cannot publish ${path}: it has no title. Begin it with a line "# Title", or give --title.`,
    );
  }
  if (fields.isDraft) {
    throw new CommandProblem(
      "is_draft",
      `Cannot publish ${path}: its front matter says that it is a draft. Take that line out first.`,
    );
  }
  const slug = context.text("slug");
  const language = context.text("language") ?? fields.language;
  const summary = context.text("summary") ?? fields.summary;
  return {
    title,
    markdown,
    slug: slug === undefined ? fields.slug || makeSlug(title) : makeSlug(slug),
    summary,
    tags: readTags(context.texts("tag"), fields.tags),
    aliases: fields.aliases,
    authors: fields.authors,
    ...(cover === undefined ? {} : { cover }),
    ...(language === undefined ? {} : { language: readLanguage(language) }),
    ...(context.flag("page") || fields.isPage ? { isPage: true } : {}),
    ...(fields.dateMs === undefined ? {} : { publishedAtMs: fields.dateMs }),
  };
}
