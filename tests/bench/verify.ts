/** Verifying a whole store, beside hashing the same entries and contents once. @module */
import { createHash } from "node:crypto";
import { verifyInTwo } from "../../host/verify_in_two.ts";
import { createCapsule } from "../../mesh/publish.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findContent } from "../../storage/contents.ts";
import { openDatabase } from "../../storage/database.ts";
import { listEntries } from "../../storage/entries.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { makeFolder } from "../support/process.ts";
import { median, type Row } from "./row.ts";

const POSTS = 50_000;
const TURNS = 3;
const FIRST_MS = Date.UTC(2020, 0, 1);

/** The row. */
export const verify: Row = {
  name: "verify",
  async run() {
    using folder = makeFolder();
    using db = openDatabase(`${folder.path}/capsule.db`);
    const publisher = { db, now: () => FIRST_MS };
    createCapsule(publisher, { name: "Ann Greenwald", address: null });
    publishManyPosts(publisher, { count: POSTS, fromMs: FIRST_MS, stepMs: 60_000 });
    const log = findOwnCapsule(db)?.log ?? 0;
    const hashAll = (): void => {
      for (let from = 0; from < POSTS; from += 256) {
        for (const { index, bytes } of listEntries(db, log, from, 256)) {
          const content = findContent(db, log, index);
          createHash("sha256").update(bytes).digest();
          if (content.state === "held") createHash("sha256").update(content.bytes).digest();
        }
      }
    };
    const rates: [number[], number[]] = [[], []];
    for (let turn = 0; turn < TURNS; turn++) {
      const works = [
        async () => {
          const { ok, problems } = await verifyInTwo(db, () => {});
          if (!ok) throw new Error(`verify: ${problems[0]}`);
        },
        hashAll,
      ];
      for (const [i, work] of works.entries()) {
        const startedAtMs = performance.now();
        await work();
        rates[i]?.push(POSTS / (performance.now() - startedAtMs) * 1000);
      }
    }
    return [{
      what: `verify a store of ${POSTS.toLocaleString("en")} posts`,
      value: median(rates[0]),
      baseline: median(rates[1]),
      unit: "entries/s",
      target: { atLeast: 50_000 },
    }];
  },
};
