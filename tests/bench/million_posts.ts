/** A capsule with a million posts: its pages, its start, its memory. The database is made once and kept in the temporary folder. @module */
import { createApp, type Deps } from "../../routes/app.ts";
import { createCapsule } from "../../mesh/publish.ts";
import { openDatabase } from "../../storage/database.ts";
import { DATABASE_VERSION } from "../../storage/migrations.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { type Figure, millisecondsOf, type Row } from "./row.ts";
import { measureStarts } from "./start.ts";

/** How many; CAPSULE_BENCH_POSTS says another number. */
export const POSTS = Number(Deno.env.get("CAPSULE_BENCH_POSTS") ?? 1_000_000);
const FIRST_MS = Date.UTC(2010, 0, 1);
/** Fifteen years, whatever their number. */
const STEP_MS = Math.floor(15 * 365.25 * 86_400_000 / POSTS);
const TIMES = 30;
const REQUESTS = 2_000;

/** The folder of the database, made where it is not there yet. */
export function makeDatabase(): string {
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  const folder = `${temporary}/capsule-bench-${POSTS}-${DATABASE_VERSION}`;
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
  const publisher = { db, now: () => FIRST_MS };
  createCapsule(publisher, { name: "Ann Greenwald", address: null });
  const startedAtMs = performance.now();
  publishManyPosts(publisher, {
    count: POSTS,
    fromMs: FIRST_MS,
    stepMs: STEP_MS,
    onProgress(done) {
      if (done % 50_000 !== 0) return;
      const rate = done / (performance.now() - startedAtMs) * 1000;
      console.error(`making a database: ${done} of ${POSTS}, ${rate.toFixed(0)} a second`);
    },
  });
  Deno.writeTextFileSync(`${folder}/done`, "");
  return folder;
}

/** Paths of a kind of page; one that has many is asked for a different one each time. */
const PAGES: readonly [what: string, below: number, path: (i: number) => string][] = [
  ["home", 10, () => "/"],
  ["a later part of the list of posts", 10, (i) => `/posts?before=${i}`],
  ["post", 10, (i) => `/p/${2 + (i * 7_919) % (POSTS - 2)}`],
  ["tag", 10, (i) => `/tags/${["travel", "music", "maps"][i % 3]}`],
  ["archive", 10, () => "/archive"],
  ["archive of a year", 10, (i) => `/archive/${2010 + i % 15}`],
  ["search, a frequent word", 50, (i) => `/search?q=${["river", "winter", "copper"][i % 3]}`],
  ["search, a rare word", 50, () => "/search?q=equinox"],
  ["search, one post", 50, (i) => `/search?q=number${(i * 7_919) % POSTS}`],
  ["search, four words", 50, () => "/search?q=river+engine+garden+letter"],
  ["search, nothing", 50, () => "/search?q=zebra"],
  ["search, a phrase", 50, () => "/search?q=%22river+winter%22"],
  ["search, a word and a tag", 50, () => "/search?q=tag:maps+river"],
  ["feed", 10, (i) => ["/feed.json", "/feed.atom", "/tags/maps/feed.rss"][i % 3] ?? ""],
  ["sitemap", 10, () => "/sitemap.xml"],
  ["part of the sitemap", 10, (i) => `/sitemap/${1 + (i * 13) % Math.floor(POSTS / 1_000)}.xml`],
];

/** The row. */
export const millionPosts: Row = {
  name: "million",
  async run() {
    const folder = makeDatabase();
    const figures: Figure[] = [];
    using db = openDatabase(`${folder}/capsule.db`);
    const deps: Deps = {
      db,
      now: () => FIRST_MS + POSTS * STEP_MS,
      log: ({ message, error }) => console.error(message, error),
      isDev: false,
      origin: () => "http://localhost:8000",
      startId: "bench",
    };
    const app = createApp(deps);
    const prefix = `${POSTS.toLocaleString("en")} posts: `;
    const cursors = [...(await (await app.request("/posts")).text()).matchAll(/before=(\d+)/g)];
    const newest = Number(cursors[0]?.[1]);
    for (const [what, below, path] of PAGES) {
      let i = 0;
      const value = await millisecondsOf(async () => {
        i += 1;
        const url = path(i).replace(/before=\d+/, `before=${Math.floor(newest * (1 - i / 1e6))}`);
        const response = await app.request(url);
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`million: ${url} answered ${response.status}`);
      }, { times: TIMES });
      figures.push({ what: prefix + what, value, unit: "ms", target: { below } });
    }
    // Pages that nobody asked for before, so that every cache fills up.
    const paths = Array.from({ length: REQUESTS }, (_, i) => {
      const [, , path] = PAGES[i % PAGES.length] ?? PAGES[0] as typeof PAGES[number];
      return path(i).replace(/before=\d+/, `before=${Math.floor(newest * (1 - i / 1e5))}`);
    });
    const { ms, megabytes } = await measureStarts(folder, paths, REQUESTS);
    return [
      ...figures,
      { what: `${prefix}start to the first answer`, value: ms, unit: "ms", target: { below: 500 } },
      {
        what: `${prefix}resident after ${REQUESTS} pages`,
        value: megabytes,
        unit: "MB",
        target: { below: 160 },
      },
    ];
  },
};
