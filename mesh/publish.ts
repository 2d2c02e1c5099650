/** Publishing: the owner's acts become entries of the own log. Synchronous: on disk when the call returns. @module */
import type { OwnCapsule } from "../storage/capsules.ts";
import { findContent } from "../storage/contents.ts";
import type { Database } from "../storage/database.ts";
import { findEntry } from "../storage/entries.ts";
import { APPEND_ENTRIES_MAX } from "../storage/log.ts";
import { findProfile } from "../storage/profiles.ts";
import { findFreeSlug } from "../storage/slugs.ts";
import {
  type ArticleContent,
  type PostContent,
  type ProfileContent,
  WITHDRAWABLE_KINDS,
} from "./protocol/content.ts";
import { ARTICLE_PICTURES_MAX, POST_PICTURES_MAX, SLUG_BYTES_MAX } from "./protocol/limits.ts";
import {
  type ArticleFields,
  checkLanguage,
  checkName,
  checkOrigin,
  checkText,
  checkTitle,
  findMarkdownPictures,
  makeBase,
  makeClean,
  makeLine,
  makePicture,
  makePictures,
  makeTags,
  makeTime,
  type PostFields,
  type ProfileFields,
} from "./publish_fields.ts";
import { PublishProblem } from "./publish_problem.ts";
import { append, once, type Published, type Publisher, withCapsule } from "./publisher.ts";

export { type CapsuleFields, createCapsule, type CreatedCapsule } from "./create_capsule.ts";
export { publishRevision } from "./publish_revision.ts";
export type {
  ArticleFields,
  PictureField,
  PostFields,
  ProfileFields,
  RevisionFields,
} from "./publish_fields.ts";
export { POST_CHARACTERS_MAX } from "./publish_fields.ts";
export { PublishProblem, type PublishProblemCode } from "./publish_problem.ts";
export type { Published, Publisher } from "./publisher.ts";

/** A published article with the slug it got. */
export type PublishedArticle =
  & Published
  & Readonly<{
    /** Last part of its path, for ever. */
    slug: string;
  }>;

/** One item of a batch. */
export type BatchItem =
  | Readonly<{ kind: "post" } & PostFields>
  | Readonly<{ kind: "article" } & ArticleFields>;

/** One published item of a batch; `slug` is there for articles. */
export type PublishedItem =
  & Published
  & Readonly<{
    /** Last part of an article's path, for ever; absent for posts. */
    slug?: string;
  }>;

/** Publishes a post. Throws PublishProblem "empty", "text_too_long", "unknown_picture" …; nothing was written then. */
export function publishPost(publisher: Publisher, fields: PostFields): Published {
  return withCapsule(publisher, (capsule) =>
    once(publisher, fields.onceKey, () => {
      checkText(fields.text, fields.pictures?.length ?? 0);
      return appendOne(publisher, capsule, makePost(publisher, capsule, fields));
    }));
}

/** Publishes an article, or a page, under a slug that is unique for ever. Throws PublishProblem; nothing was written then. */
export function publishArticle(publisher: Publisher, fields: ArticleFields): PublishedArticle {
  return withCapsule(publisher, (capsule) =>
    once(publisher, fields.onceKey, () => {
      const content = makeArticle(publisher, capsule, fields, new Set());
      return { ...appendOne(publisher, capsule, content), slug: content.slug };
    }));
}

/**
 * Publishes up to 1,000 pieces in one transaction under one checkpoint, for imports: posts may be longer than the editor
 * allows. Throws PublishProblem with `item`, the position of the first one that cannot be published; nothing was written then.
 */
export function publishBatch(publisher: Publisher, items: readonly BatchItem[]): PublishedItem[] {
  if (items.length > APPEND_ENTRIES_MAX) {
    throw new PublishProblem(
      "too_many_items",
      `A batch has at most ${APPEND_ENTRIES_MAX} items: found ${items.length}.`,
    );
  }
  if (items.length === 0) return [];
  return withCapsule(publisher, (capsule) => {
    const slugs = new Set<string>();
    const contents = items.map((item, i) =>
      atItem(
        i,
        () =>
          item.kind === "post"
            ? makePost(publisher, capsule, item)
            : makeArticle(publisher, capsule, item, slugs),
      )
    );
    const published = append(publisher, capsule, contents);
    return published.map((result, i) => {
      const content = contents[i];
      return content?.kind === "article" ? { ...result, slug: content.slug } : result;
    });
  });
}

/**
 * Takes back the entry at an index: hidden at once here, and wherever the withdrawal arrives. "absent" when there is
 * nothing that can be withdrawn, "withdrawn" when it already was.
 */
export function publishWithdrawal(
  publisher: Publisher,
  index: number,
): Published | "absent" | "withdrawn" {
  return withCapsule(publisher, (capsule) => {
    const { log, id } = capsule;
    const entry = findEntry(publisher.db, log, index);
    if (entry === undefined || !WITHDRAWABLE_KINDS.includes(entry.kind)) return "absent";
    if (findContent(publisher.db, log, index).state === "withdrawn") return "withdrawn";
    const content = { kind: "withdraw", ...makeBase(id), withdraws: index } as const;
    return appendOne(publisher, capsule, content);
  });
}

/** Publishes who the author is; what is absent stays as it was. */
export function publishProfile(publisher: Publisher, fields: ProfileFields): Published {
  return withCapsule(publisher, (capsule) =>
    once(publisher, fields.onceKey, () => {
      const content = makeProfile(publisher.db, capsule, fields);
      return appendOne(publisher, capsule, content);
    }));
}

/** Publishes where the capsule is reached from now on. Throws PublishProblem "address_form". */
export function publishAddress(publisher: Publisher, address: string): Published {
  checkOrigin(address);
  return withCapsule(publisher, (capsule) => {
    const content = { kind: "address", ...makeBase(capsule.id), address } as const;
    return appendOne(publisher, capsule, content);
  });
}

function appendOne(
  publisher: Publisher,
  capsule: OwnCapsule,
  content: Parameters<typeof append>[2][number],
): Published {
  const [published] = append(publisher, capsule, [content]);
  if (published === undefined) throw new Error("Cannot append: one entry expected");
  return published;
}

function makePost(
  { db, now }: Publisher,
  { log, id }: OwnCapsule,
  fields: PostFields,
): PostContent {
  const pictures = makePictures(db, fields.pictures ?? [], POST_PICTURES_MAX);
  const text = makeClean(fields.text).trim();
  if (text === "" && pictures.length === 0) checkText(text, 0);
  return {
    kind: "post",
    ...makeBase(id),
    publishedAt: makeTime(fields.publishedAtMs ?? now()),
    language: checkLanguage(fields.language ?? findProfile(db, log).language),
    text,
    pictures,
    tags: makeTags(fields.tags ?? []),
    ...(fields.reply && { reply: fields.reply }),
    ...(fields.quote && { quote: fields.quote }),
  };
}

function makeArticle(
  { db, now }: Publisher,
  { log, id }: OwnCapsule,
  fields: ArticleFields,
  reserved: Set<string>,
): ArticleContent {
  const markdown = makeClean(fields.markdown);
  const pictures = fields.pictures ?? findMarkdownPictures(markdown);
  const authors = (fields.authors ?? []).map(makeLine).filter((author) => author !== "");
  const content: ArticleContent = {
    kind: "article",
    ...makeBase(id),
    publishedAt: makeTime(fields.publishedAtMs ?? now()),
    language: checkLanguage(fields.language ?? findProfile(db, log).language),
    title: checkTitle(fields.title),
    slug: findFreeSlug(db, log, makeSlugWish(fields.slug), reserved),
    summary: makeClean(fields.summary ?? "").trim(),
    ...(fields.cover && { cover: makePicture(db, fields.cover) }),
    tags: makeTags(fields.tags ?? []),
    markdown,
    pictures: makePictures(db, pictures, ARTICLE_PICTURES_MAX),
    ...(fields.isPage === true && { isPage: true as const }),
    ...(fields.aliases && fields.aliases.length > 0 && { aliases: [...fields.aliases] }),
    ...(authors.length > 0 && { authors }),
  };
  reserved.add(content.slug);
  return content;
}

/** Room for "-999999" behind the wish. Throws "slug_form" for what cannot be the last part of a path. */
function makeSlugWish(wish: string): string {
  let slug = wish.normalize("NFC");
  while (new TextEncoder().encode(slug).length > SLUG_BYTES_MAX - 8) {
    slug = [...slug].slice(0, -1).join("");
  }
  if (/^(?!\.{1,2}$)[^\s/\\?#%\p{Cc}]+$/u.test(slug)) return slug;
  throw new PublishProblem(
    "slug_form",
    `The last part of the address may not hold spaces or / \\ ? # %: found “${slug.slice(0, 80)}”.`,
  );
}

function makeProfile(db: Database, { log, id }: OwnCapsule, fields: ProfileFields): ProfileContent {
  const now = findProfile(db, log);
  const picture = fields.picture === undefined ? now.picture : fields.picture;
  const pinned = fields.pinned === undefined ? now.pinned : fields.pinned;
  return {
    kind: "profile",
    ...makeBase(id),
    name: checkName(fields.name ?? now.name),
    line: makeLine(fields.line ?? now.line),
    about: makeClean(fields.about ?? now.about),
    language: checkLanguage(fields.language ?? now.language),
    ...(picture && { picture: makePicture(db, picture) }),
    links: (fields.links ?? now.links).map(({ label, url }) => ({
      label: makeLine(label),
      url: url.trim(),
    })),
    ...(pinned !== undefined && pinned !== null && { pinned }),
  };
}

/** Says at which item of a batch a problem was met. */
function atItem<T>(item: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PublishProblem) error.item = item;
    throw error;
  }
}
