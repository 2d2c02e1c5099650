/** What a capsule that serves HTTPS itself takes of the machine while nobody comes, after some visitors. @module */
import { freePorts } from "../support/pebble.ts";
import { makeFolder, type RunOptions } from "../support/process.ts";
import { listPrograms } from "./compiled.ts";
import { serveHttps, storeCertificate } from "./home_https.ts";
import { processorMs } from "./idle_mirrors.ts";
import { makeRealCapsule } from "./real_posts.ts";
import type { Figure, Row } from "./row.ts";
import { residentMegabytes } from "./start.ts";

const REQUESTS = 200;
const PATHS = ["/", "/posts", "/p/2", "/feed.json"];
/** After that the program has given back what the visitors left behind (host/rest.ts). */
const SETTLE_MS = 30_000;
const MEASURE_MS = 50_000;

async function measureIdle(
  folder: string,
  program: Pick<RunOptions, "program">,
): Promise<{ megabytes: number; share: number }> {
  const ports = freePorts(2);
  // The first start compiles.
  await (await serveHttps(folder, ports, program)).stop();
  await using served = await serveHttps(folder, ports, program);
  {
    const caCerts = [await Deno.readTextFile(`${folder}/chain.pem`)];
    using client = Deno.createHttpClient({ caCerts });
    for (let n = 0; n < REQUESTS; n++) {
      const url = `https://localhost:${ports[1]}${PATHS[n % PATHS.length]}`;
      await (await fetch(url, { client })).arrayBuffer();
    }
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = processorMs(served.pid);
  await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
  const share = (processorMs(served.pid) - before) / MEASURE_MS * 100;
  return { megabytes: residentMegabytes(served.pid), share };
}

/** The row. */
export const idleHttps: Row = {
  name: "idle-https",
  async run() {
    using folder = makeFolder();
    makeRealCapsule(`${folder.path}/capsule.db`);
    await storeCertificate(folder.path);
    const figures: Figure[] = [];
    for (const { suffix, ...program } of await listPrograms(folder.path)) {
      const { megabytes, share } = await measureIdle(folder.path, program);
      figures.push({
        what: `resident with HTTPS, after ${REQUESTS} pages${suffix}`,
        value: megabytes,
        unit: "MB",
        target: { below: 100 },
      }, {
        what: `idle with HTTPS, of one core${suffix}`,
        value: share,
        unit: "%",
        target: { below: 0.3 },
      });
    }
    return figures;
  },
};
