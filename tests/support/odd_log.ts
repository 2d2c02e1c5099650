/** Logs as no honest program writes them, and copying them in any order: for tests of what mirrors show. @module */
import type { Content, Picture } from "../../mesh/protocol/content.ts";
import { encodeCapsuleId } from "../../mesh/protocol/capsule_id.ts";
import { extendTree } from "../../mesh/protocol/tree.ts";
import { makeBase } from "../../mesh/publish_fields.ts";
import { append, type Publisher, withCapsule } from "../../mesh/publisher.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import type { Database } from "../../storage/database.ts";
import { listEntries, type StoredEntry } from "../../storage/entries.ts";
import { findTile } from "../../storage/tiles.ts";
import { derivePublicKey } from "../../storage/keys.ts";

/** Random numbers that a seed repeats. */
export class Dice {
  #state: number;

  /** Starts from a seed. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to below `n`. */
  roll(n: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(this.#state / 2 ** 32 * n);
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)] as T;
  }

  /** The list in another order. */
  shuffle<T>(list: readonly T[]): T[] {
    const items = list.map((item) => ({ item, key: this.roll(2 ** 30) }));
    return items.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}

const SLUGS = ["one", "two", "two-3", "one-2", "three", "one-5", "two-3-2"];
const PATHS = ["/old/a", "/old/b", "/c"];
const TAGS = ["Books", "books", "BOOKS", "walks", "Ünique"];
const IDS = [1, 2, 3].map((n) => encodeCapsuleId(derivePublicKey(new Uint8Array(32).fill(n))));

/** A picture that nobody has. */
export function makePictureOf(n: number): Picture {
  const hash = n.toString(16).padStart(64, "a");
  return { hash, type: "image/png", bytes: 100 + n, width: 1, height: 1, description: "" };
}

/** Appends random contents of every kind, past the rules of publishing: indexes that are not there, the same slugs, twice withdrawn. */
export function appendOdd(publisher: Publisher, log: number, dice: Dice, count: number): void {
  let left = count;
  while (left > 0) {
    const size = Math.min(left, 1 + dice.roll(40));
    left -= size;
    withCapsule(publisher, ({ id }) => {
      const first = findCheckpoint(publisher.db, log)?.size ?? 0;
      const contents = Array.from({ length: size }, (_, i) => makeOdd(id, dice, first + i));
      append(publisher, { log, id }, contents);
    });
  }
}

function makeOdd(id: string, dice: Dice, index: number): Content {
  const base = makeBase(id);
  // Mostly near and below, sometimes itself or above.
  const target = Math.max(0, index - dice.roll(30) + (dice.roll(20) === 0 ? 2 : 0));
  const at = new Date(Date.UTC(2024, dice.roll(24), 1, 0, 0, 0, index)).toISOString();
  const language = dice.pick(["en", "fr"]);
  const tags = dice.roll(2) === 0 ? [] : [dice.pick(TAGS)];
  const pictures = dice.roll(3) === 0 ? [makePictureOf(dice.roll(6))] : [];
  const text = `word${dice.roll(8)} number${index}`;
  switch (dice.roll(12)) {
    case 0:
    case 1: {
      const aliases = dice.roll(2) === 0 ? [] : [dice.pick(PATHS)];
      const slug = dice.pick(SLUGS);
      return {
        kind: "article",
        ...base,
        publishedAt: at,
        language,
        title: `T${index}`,
        slug,
        summary: "",
        tags,
        markdown: text,
        pictures,
        ...(dice.roll(5) === 0 && { isPage: true as const }),
        ...(aliases.length > 0 && { aliases }),
      };
    }
    case 2:
    case 3:
      return {
        kind: "revise",
        ...base,
        revises: target,
        revisedAt: at,
        language,
        tags,
        pictures,
        ...(dice.roll(2) === 0 ? { text } : { title: "New", summary: "", markdown: text }),
      };
    case 4:
    case 5:
      return { kind: "withdraw", ...base, withdraws: target };
    case 6:
      return {
        kind: "profile",
        ...base,
        name: `N${index}`,
        line: "",
        about: "",
        language,
        links: [],
        ...(pictures[0] !== undefined && { picture: pictures[0] }),
        pinned: target,
      };
    case 7:
      return { kind: "address", ...base, address: `https://a${index}.example` };
    case 8:
      return dice.roll(2) === 0 ? { kind: "unfollow", ...base, follows: dice.pick(IDS) } : {
        kind: "follow",
        ...base,
        follows: dice.pick(IDS),
        address: `https://f${index}.example`,
      };
    default:
      return { kind: "post", ...base, publishedAt: at, language, text, pictures, tags };
  }
}

/** Everything of a log as its author has it, withdrawn contents too. */
export type Original = Readonly<{
  entries: StoredEntry[];
  contents: Uint8Array[];
  size: number;
  root: Uint8Array;
  note: string;
}>;

/** Reads a log; `size` entries of it, or all. */
export function readOriginal(db: Database, log: number): Original {
  const head = findCheckpoint(db, log);
  if (head === undefined) throw new Error("No log");
  const entries: StoredEntry[] = [];
  while (entries.length < head.size) entries.push(...listEntries(db, log, entries.length, 1_000));
  const rows = db.prepare("select bytes from contents where log = ? order by n").all(log) as {
    bytes: Uint8Array;
  }[];
  return { ...head, entries, contents: rows.map(({ bytes }) => bytes) };
}

/** The whole tree of some entries. */
export function makeTiles(entries: readonly StoredEntry[]): ReturnType<typeof extendTree> {
  return extendTree(0, entries.map(({ hash }) => hash), () => undefined);
}

/** Tiles that appending entries to a stored log makes. */
export function makeNextTiles(
  db: Database,
  log: number,
  size: number,
  entries: readonly StoredEntry[],
): ReturnType<typeof extendTree> {
  const read = (level: number, n: number) => findTile(db, log, level, n);
  return extendTree(size, entries.map(({ hash }) => hash), read);
}
