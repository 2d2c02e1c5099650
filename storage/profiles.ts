/** Profiles: who the author is, from the newest profile entry that is held. @module */
import type { Picture, ProfileContent, ProfileLink } from "../mesh/protocol/content.ts";
import { findContent } from "./contents.ts";
import type { Database } from "./database.ts";
import { findNewestHeld } from "./entries.ts";
import { decodeStoredContent, parseStored } from "./stored_values.ts";

/** Who the author is, as pages show it. */
export type Profile = Readonly<{
  /** "" before set-up. */
  name: string;
  /** One line about the author, may be "". */
  line: string;
  /** Markdown, may be "". */
  about: string;
  /** BCP 47 tag of the author's language. */
  language: string;
  /** Absent when there is none. */
  picture?: Picture;
  /** Other places of the author. */
  links: ProfileLink[];
  /** Index of the pinned piece; absent when none is pinned, or it is not shown. */
  pinned?: number;
}>;

/** The columns of a profile, in the order of the table; the picture and the links as JSON. */
export type ProfileRow = Readonly<{
  /** Index of the entry that says it. */
  n: number;
  /** The author's name. */
  name: string;
  /** One line about the author. */
  line: string;
  /** Markdown. */
  about: string;
  /** BCP 47 tag. */
  language: string;
  /** JSON; null when there is none. */
  picture: string | null;
  /** JSON. */
  links: string;
  /** Index of the pinned piece; null when none is. */
  pinned: number | null;
}>;

type Row = Omit<ProfileRow, "n">;

/** Finds a log's profile, or an empty one in English. */
export function findProfile(db: Database, log: number): Profile {
  const row = db.prepare(
    `select name, line, about, language, picture, links,
       (select p.n from pieces p where p.log = profiles.log and p.n = profiles.pinned) as pinned
     from profiles where log = ?`,
  ).get(log) as Row | undefined;
  if (row === undefined) return { name: "", line: "", about: "", language: "en", links: [] };
  const { name, line, about, language, picture, links, pinned } = row;
  return {
    name,
    line,
    about,
    language,
    links: parseStored(links),
    ...(picture !== null && { picture: parseStored(picture) }),
    ...(pinned !== null && { pinned }),
  };
}

/** Makes the columns of what a profile entry says. */
export function makeProfileRow(index: number, content: ProfileContent): ProfileRow {
  const { name, line, about, language, picture, links, pinned } = content;
  return {
    n: index,
    name,
    line,
    about,
    language,
    picture: picture === undefined ? null : JSON.stringify(picture),
    links: JSON.stringify(links),
    pinned: pinned ?? null,
  };
}

/** Finds the columns as stored; undefined before there is a profile. */
export function findProfileRow(db: Database, log: number): ProfileRow | undefined {
  return db.prepare(
    "select n, name, line, about, language, picture, links, pinned from profiles where log = ?",
  ).get(log) as ProfileRow | undefined;
}

/** Finds the entry that the shown profile is of; undefined before there is a profile. */
export function findProfileIndex(db: Database, log: number): number | undefined {
  const row = db.prepare("select n from profiles where log = ?").get(log) as
    | { n: number }
    | undefined;
  return row?.n;
}

/** Saves what a profile entry says; called by the projection. */
export function saveProfile(
  db: Database,
  log: number,
  index: number,
  content: ProfileContent,
): void {
  const { n, name, line, about, language, picture, links, pinned } = makeProfileRow(index, content);
  db.prepare(
    `insert or replace into profiles (log, n, name, line, about, language, picture, links, pinned)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(log, n, name, line, about, language, picture, links, pinned);
}

/** Shows the newest profile that is still held and keeps every rule, or none; called by the projection. */
export function refreshProfile(db: Database, log: number, capsuleId: string): void {
  let index = findNewestHeld(db, log, "profile", Number.MAX_SAFE_INTEGER);
  while (index !== undefined) {
    const found = findContent(db, log, index);
    const content = found.state === "held"
      ? decodeStoredContent(found.bytes, "profile", capsuleId)
      : undefined;
    if (content?.kind === "profile") return saveProfile(db, log, index, content);
    index = findNewestHeld(db, log, "profile", index);
  }
  db.prepare("delete from profiles where log = ?").run(log);
}
