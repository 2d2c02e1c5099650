/** The rules of each kind of content, field by field (docs/protocol.md §10.2 to §10.8). */
import { isAddress } from "./address.ts";
import { isCapsuleId } from "./capsule_id.ts";
import type {
  AddressContent,
  ArticleContent,
  ArticleRevision,
  Content,
  ContentBase,
  FollowContent,
  Picture,
  PostContent,
  PostRevision,
  ProfileContent,
  ProfileLink,
  Reference,
  Reply,
  UnfollowContent,
  WithdrawContent,
} from "./content.ts";
import * as field from "./field.ts";
import type { JsonObject } from "./json.ts";
import * as limits from "./limits.ts";

type Fields<C extends Content> = Omit<C, "kind">;

const HASH = /^[0-9a-f]{64}$/;
const SALT = /^[0-9a-f]{32}$/;
const SLUG = /^(?!\.{1,2}$)[^\s/\\?#%]+$/u;
const ALIAS = /^\/(?!\/)[^\s\\?#]*$/u;
const URL_FORM = /^(?:https?:\/\/|mailto:)[^\s<>"\\]+$/u;

const hash = field.matching(HASH, 64);
const index = field.integer(0, limits.INTEGER_MAX);
const long = field.text(limits.LONG_CONTENT_BYTES_MAX);
const tags = field.list(field.tag, limits.TAGS_MAX);
const authors = field.optional(field.list(field.name(limits.NAME_BYTES_MAX), limits.AUTHORS_MAX));

const base: field.Rules<ContentBase> = {
  capsule: field.checked(isCapsuleId),
  salt: field.matching(SALT, 32),
};

const picture = field.object<Picture>({
  hash,
  type: field.oneOf("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"),
  bytes: field.integer(1, limits.BLOB_BYTES_MAX),
  width: field.integer(1, limits.PICTURE_SIDE_MAX),
  height: field.integer(1, limits.PICTURE_SIDE_MAX),
  description: field.text(limits.DESCRIPTION_BYTES_MAX),
});
const postPictures = field.list(picture, limits.POST_PICTURES_MAX);
const articlePictures = field.list(picture, limits.ARTICLE_PICTURES_MAX);

const reference = field.object<Reference>({
  capsule: field.checked(isCapsuleId),
  hash,
  address: field.checked(isAddress),
});

const post = field.object<Fields<PostContent>>({
  ...base,
  publishedAt: field.time,
  language: field.language,
  text: field.text(limits.CONTENT_BYTES_MAX),
  pictures: postPictures,
  tags,
  reply: field.optional(field.object<Reply>({ root: reference, parent: reference })),
  quote: field.optional(reference),
});

const article = field.object<Fields<ArticleContent>>({
  ...base,
  publishedAt: field.time,
  language: field.language,
  title: field.name(limits.TITLE_BYTES_MAX),
  slug: slug,
  summary: field.text(limits.SUMMARY_BYTES_MAX),
  cover: field.optional(picture),
  tags,
  markdown: long,
  pictures: articlePictures,
  isPage: field.optional(field.yes),
  aliases: field.optional(
    field.list(field.matching(ALIAS, limits.ALIAS_BYTES_MAX), limits.ALIASES_MAX),
  ),
  authors,
});

const revision = {
  ...base,
  revises: index,
  revisedAt: field.time,
  note: field.optional(field.line(limits.REVISION_NOTE_BYTES_MAX)),
  language: field.language,
  tags,
};

const postRevision = field.object<Fields<PostRevision>>({
  ...revision,
  text: field.text(limits.CONTENT_BYTES_MAX),
  pictures: postPictures,
});

const articleRevision = field.object<Fields<ArticleRevision>>({
  ...revision,
  title: field.name(limits.TITLE_BYTES_MAX),
  summary: field.text(limits.SUMMARY_BYTES_MAX),
  cover: field.optional(picture),
  markdown: long,
  pictures: articlePictures,
  authors,
});

const withdraw = field.object<Fields<WithdrawContent>>({ ...base, withdraws: index });

const profile = field.object<Fields<ProfileContent>>({
  ...base,
  name: field.name(limits.NAME_BYTES_MAX),
  line: field.line(limits.LINE_BYTES_MAX),
  about: field.text(limits.CONTENT_BYTES_MAX),
  language: field.language,
  picture: field.optional(picture),
  links: field.list(
    field.object<ProfileLink>({
      label: field.name(limits.NAME_BYTES_MAX),
      url: field.matching(URL_FORM, limits.URL_BYTES_MAX),
    }),
    limits.LINKS_MAX,
  ),
  pinned: field.optional(index),
});

const address = field.object<Fields<AddressContent>>({
  ...base,
  address: field.checked(isAddress),
});

const follow = field.object<Fields<FollowContent>>({
  ...base,
  follows: field.checked(isCapsuleId),
  address: field.checked(isAddress),
});

const unfollow = field.object<Fields<UnfollowContent>>({
  ...base,
  follows: field.checked(isCapsuleId),
});

/** Reads the fields of each kind; `undefined` when the content is not shown. */
export const readers: Readonly<
  Record<Content["kind"], (fields: JsonObject) => Content | undefined>
> = {
  post: (fields) => withKind("post", post(fields)),
  article: (fields) => withKind("article", article(fields)),
  revise: (fields) =>
    Object.hasOwn(fields, "text")
      ? withKind("revise", postRevision(fields))
      : withKind("revise", articleRevision(fields)),
  withdraw: (fields) => withKind("withdraw", withdraw(fields)),
  profile: (fields) => withKind("profile", profile(fields)),
  address: (fields) => withKind("address", address(fields)),
  follow: (fields) => withKind("follow", follow(fields)),
  unfollow: (fields) => withKind("unfollow", unfollow(fields)),
};

function withKind<K extends string, T>(
  kind: K,
  fields: T | undefined,
): T & { kind: K } | undefined {
  return fields === undefined ? undefined : { kind, ...fields };
}

/** The last part of an article's path: NFC, no white space, nothing that means something in a URL. */
function slug(value: Parameters<field.Read<string>>[0]): string | undefined {
  const decoded = field.matching(SLUG, limits.SLUG_BYTES_MAX)(value);
  return decoded?.normalize("NFC") === decoded ? decoded : undefined;
}
