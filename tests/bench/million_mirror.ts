/** Mirroring the log of a million posts: how much memory the whole program takes meanwhile. @module */
import { makeFolder, serveCapsule } from "../support/process.ts";
import { makeDatabase, POSTS } from "./million_posts.ts";
import { measurePeak } from "./mirror.ts";
import type { Row } from "./row.ts";

/** The row. */
export const millionMirror: Row = {
  name: "million-mirror",
  async run() {
    const authorFolder = makeDatabase();
    using folder = makeFolder();
    await using author = await serveCapsule(["--dev"], { cwd: authorFolder });
    return [{
      what: `mirror ${POSTS.toLocaleString("en")} posts: peak resident, serving`,
      value: await measurePeak(folder.path, author.url),
      unit: "MB",
      target: { below: 220 },
    }];
  },
};
