/** The home page rendered anew after a change, beside building and rendering the same tree without a database. @module */
import { equal } from "node:assert/strict";
import { createApp, type Deps } from "../../routes/app.ts";
import { listPart } from "../../routes/paging.ts";
import { readSite } from "../../routes/site.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { openDatabase } from "../../storage/database.ts";
import { findSettings, saveSettings } from "../../storage/settings.ts";
import { HomePage } from "../../views/home.ts";
import { renderPage } from "../../views/html.ts";
import { makeRealCapsule } from "./real_posts.ts";
import { makeFolder } from "../support/process.ts";
import { median, type Row } from "./row.ts";

const ROUNDS = 600;

/** The row. */
export const homeRendered: Row = {
  name: "home-rendered",
  async run() {
    using folder = makeFolder();
    makeRealCapsule(`${folder.path}/capsule.db`);
    using db = openDatabase(`${folder.path}/capsule.db`);
    const deps: Deps = {
      db,
      now: () => 0,
      log: () => {},
      isDev: false,
      origin: () => "http://localhost:8000",
      startId: "bench",
    };
    const app = createApp(deps);
    const log = findOwnCapsule(db)?.log ?? 0;
    const { postsPerPage } = findSettings(db);
    const site = readSite(deps, "visitor");
    const part = listPart(db, { log }, { path: "/", typed: undefined, limit: postsPerPage });
    if (part === undefined) throw new Error("home rendered: no home page");

    const anew = async () => await (await app.request("/")).text();
    const tree = () => renderPage(HomePage({ site, pinned: undefined, ...part }));
    equal(await anew(), tree(), "both make the same page");
    const taken: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      // Everything remembered of the database is out of date now.
      saveSettings(db, { postsPerPage });
      for (const [i, work] of [anew, tree].entries()) {
        const startedAtMs = performance.now();
        await work();
        if (round > ROUNDS / 3) taken[i]?.push(performance.now() - startedAtMs);
      }
    }
    return [{
      what: "home page rendered anew",
      value: 1000 / median(taken[0]),
      baseline: 1000 / median(taken[1]),
      unit: "pages/s",
      target: { ratioAtLeast: 0.5 },
    }];
  },
};
