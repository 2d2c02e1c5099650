/** The timeline over 500 mirrors of 2,000 posts each. The database is made once and kept in the temporary folder. @module */
import { createCapsule, publishPost } from "../../mesh/publish.ts";
import { openDatabase } from "../../storage/database.ts";
import { DATABASE_VERSION } from "../../storage/migrations.ts";
import { listNewerTimeline, listTimeline } from "../../storage/timeline.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";
import { type Figure, millisecondsOf, type Row } from "./row.ts";

const MIRRORS = Number(Deno.env.get("CAPSULE_BENCH_MIRRORS") ?? 500);
const POSTS = 2_000;
const PAGE = 21;
const FIRST_MS = Date.UTC(2020, 0, 1);
const STEP_MS = 86_400_000;
const TIMES = 50;

function makeDatabase(): string {
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  const folder = `${temporary}/capsule-timeline-${MIRRORS}-${DATABASE_VERSION}`;
  try {
    Deno.statSync(`${folder}/done`);
    return folder;
  } catch {
    // It was never made, or making it was interrupted.
  }
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // It was never begun.
  }
  Deno.mkdirSync(folder, { recursive: true });
  using db = openDatabase(`${folder}/capsule.db`);
  createCapsule({ db, now: () => FIRST_MS }, { name: "Ann Greenwald", address: null });
  for (let n = 0; n < MIRRORS; n += 1) {
    using author = openTestAuthor({
      name: `Author ${n}`,
      address: `https://author-${n}.example`,
      seed: n,
    });
    // Everybody writes daily, at another second.
    publishManyPosts(author, { count: POSTS, fromMs: FIRST_MS + n * 1_000, stepMs: STEP_MS });
    const log = followAuthor(db, author, { nowMs: FIRST_MS });
    copyAuthor(db, author, { log, nowMs: FIRST_MS });
    if (n % 50 === 49) console.error(`making a database: ${n + 1} of ${MIRRORS} mirrors`);
  }
  publishPost({ db, now: () => FIRST_MS }, { text: "My own." });
  Deno.writeTextFileSync(`${folder}/done`, "");
  return folder;
}

/** The row. */
export const timeline: Row = {
  name: "timeline",
  async run() {
    const folder = makeDatabase();
    using db = openDatabase(`${folder}/capsule.db`);
    const figures: Figure[] = [];
    const measure = async (what: string, work: () => unknown) => {
      const value = await millisecondsOf(work, { times: TIMES });
      const name = `timeline of ${MIRRORS} mirrors: ${what}`;
      figures.push({ what: name, value, unit: "ms", target: { below: 10 } });
    };
    const [newest] = listTimeline(db, { limit: 1 });
    if (newest === undefined) throw new Error("timeline: nothing in it");
    const oldestMs = FIRST_MS * 1_024;
    const middle = Math.floor((newest.id + oldestMs) / 2);
    await measure("newest part", () => listTimeline(db, { limit: PAGE }));
    await measure("a part in the middle", () => listTimeline(db, { before: middle, limit: PAGE }));
    await measure(
      "the part before it",
      () => listNewerTimeline(db, { after: middle, limit: PAGE }),
    );
    return figures;
  },
};
