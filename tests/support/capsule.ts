/** A capsule for tests: a database in memory, a clock that tests move, set up and ready to publish. @module */
import {
  type ArticleFields,
  createCapsule,
  type PostFields,
  publishArticle,
  type Published,
  type PublishedArticle,
  type Publisher,
  publishPost,
} from "../../mesh/publish.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { checkStore } from "./check_store.ts";

/** 2026-01-02T03:04:05.678Z, where test clocks start. */
export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** The phrase of a test capsule: made of sixteen zero bytes. */
export const TEST_ENTROPY: Uint8Array = new Uint8Array(16);

/** A capsule under test. */
export type TestCapsule =
  & Publisher
  & Disposable
  & Readonly<{
    /** Local number of the own log. */
    log: number;
    /** Capsule id, the same in every test. */
    id: string;
    /** Recovery phrase. */
    phrase: string;
    /** Moves the clock and answers the new time. */
    wait: (ms: number) => number;
    /** Publishes a post a second after the last thing. */
    post: (fields: Partial<PostFields>) => Published;
    /** Publishes an article a second after the last thing. */
    article: (fields: Partial<ArticleFields>) => PublishedArticle;
    /** Leaves the invariants unchecked at the end: for tests that do damage. */
    expectDamage: () => void;
  }>;

/** Opens a capsule in memory, or in a file; leaving its scope verifies the whole store and closes it. */
export function openTestCapsule(
  options: Readonly<{
    path?: string;
    name?: string;
    address?: string | null;
    startMs?: number;
  }> = {},
): TestCapsule {
  const db: Database = openDatabase(options.path ?? ":memory:");
  let nowMs = options.startMs ?? START_MS;
  let isDamaged = false;
  const publisher = { db, now: () => nowMs };
  const wait = (ms: number) => nowMs += ms;
  const { id, phrase } = createCapsule(publisher, {
    name: options.name ?? "Ada",
    line: "Writes about engines",
    address: options.address ?? null,
    entropy: TEST_ENTROPY,
  });
  const log = findOwnCapsule(db)?.log ?? 0;
  return {
    ...publisher,
    log,
    id,
    phrase,
    wait,
    post: (fields) => {
      wait(1000);
      return publishPost(publisher, { text: "Hello", ...fields });
    },
    article: (fields) => {
      wait(1000);
      const title = fields.title ?? "On engines";
      const slug = title.toLowerCase().replaceAll(" ", "-");
      return publishArticle(publisher, { title, slug, markdown: "Some *text*.", ...fields });
    },
    expectDamage: () => {
      isDamaged = true;
    },
    [Symbol.dispose]: () => {
      try {
        if (!isDamaged) checkStore(db);
      } finally {
        db.close();
      }
    },
  };
}
