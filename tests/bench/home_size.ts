/** What a reader's browser fetches for the home page before pictures: HTML and CSS, compressed. @module */
import { makeFolder, serveCapsule } from "../support/process.ts";
import { readAnswer } from "./load.ts";
import { makeRealCapsule } from "./real_posts.ts";
import type { Row } from "./row.ts";

/** The row. */
export const homeSize: Row = {
  name: "home-size",
  async run() {
    using folder = makeFolder();
    makeRealCapsule(`${folder.path}/capsule.db`);
    await using capsule = await serveCapsule([], { cwd: folder.path });
    const page = await (await fetch(`${capsule.url}/`)).text();
    const styles = [...page.matchAll(/<link[^>]+rel="stylesheet"[^>]*>/g)].map(([tag]) =>
      /href="([^"]+)"/.exec(tag)?.[1] ?? ""
    );
    let bytes = 0;
    for (const path of ["/", ...styles]) {
      const { body, headers } = await readAnswer(capsule.url, path);
      const encoding = headers.find(([name]) => name === "content-encoding");
      if (encoding === undefined) throw new Error(`home size: ${path} came uncompressed`);
      bytes += body.length;
    }
    return [{
      what: "home page and its styles, compressed",
      value: bytes / 1000,
      unit: "kB",
      target: { below: 25 },
    }];
  },
};
