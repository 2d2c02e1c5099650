/** The home page over HTTPS from the page cache, beside servers that know nothing but those bytes; and how soon it is there. @module */
import { makeSelfSigned } from "../../host/acme/self_signed.ts";
import { saveCertificate } from "../../storage/certificates.ts";
import { openDatabase } from "../../storage/database.ts";
import { freePorts } from "../support/pebble.ts";
import { makeFolder, type RunOptions, serveCapsule, type Served } from "../support/process.ts";
import { type Bare, startBareProgram } from "./bare.ts";
import { listPrograms } from "./compiled.ts";
import { HTTP2_LOADER, LOADER, readAnswer, requestsPerSecond, streamsPerSecond } from "./load.ts";
import { makeRealCapsule } from "./real_posts.ts";
import { type Figure, median, type Row } from "./row.ts";
import { firstAnswer } from "./start.ts";
import { loadInTurns, type Rates } from "./turns.ts";

const NAME = "capsule.example";
const DIRECTORY = "https://authority.example/directory";
const STARTS = 5;
const HSTS: [string, string] = ["strict-transport-security", "max-age=15552000"];

/** Keeps a certificate as if an authority had given it, so that nothing is asked. */
export async function storeCertificate(folder: string): Promise<void> {
  const nowMs = Date.now();
  const { chain, key } = await makeSelfSigned([NAME, "localhost"], nowMs);
  await Deno.writeTextFile(`${folder}/chain.pem`, chain);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  using db = openDatabase(`${folder}/capsule.db`);
  const [notBeforeMs, notAfterMs] = [nowMs - 3_600_000, nowMs + 86_400_000];
  saveCertificate(db, {
    ...{ name: NAME, directory: DIRECTORY, chain, key, notBeforeMs, notAfterMs },
    ...{ renewalId: undefined, window: undefined, renewAtMs: notAfterMs, askAtMs: notAfterMs },
  });
}

/** Serves with it, on these two ports. */
export function serveHttps(
  folder: string,
  [httpPort = 0, httpsPort = 0]: readonly number[],
  program: Pick<RunOptions, "program"> = {},
): Promise<Served> {
  return serveCapsule([
    ...["--address", `https://${NAME}`, "--acme-directory", DIRECTORY],
    ...["--http-port", `${httpPort}`, "--https-port", `${httpsPort}`],
  ], { cwd: folder, ...program });
}

async function measureRates(folder: string): Promise<Figure[]> {
  const ports = freePorts(2);
  const answer = await (async () => {
    await using plain = await serveCapsule([], { cwd: folder });
    return await readAnswer(plain.url, "/");
  })();
  const headers = answer.headers.filter(([name]) =>
    !/^(date|connection|content-length)$/.test(name)
  );
  await Deno.writeTextFile(`${folder}/headers.json`, JSON.stringify([...headers, HSTS]));
  await Deno.writeFile(`${folder}/body`, answer.body);
  const files = ["chain.pem", "key.pem", "headers.json", "body"].map((name) => `${folder}/${name}`);
  const bare = (kind: string): Promise<Bare> =>
    startBareProgram("bare_https_server.ts", [kind, ...files]);
  await using capsule = await serveHttps(folder, ports);
  await using relay = await bare("relay");
  await using node = await bare("https");
  await using runtime = await bare("serve");
  const ours = { url: `https://127.0.0.1:${ports[1]}/`, pid: capsule.pid };
  const others = [relay, node, runtime].map(({ url, pid }) => ({ url: `${url}/`, pid }));
  // Of the same kind: the same relay and TLS in front of a handler that knows one answer. The others are for comparison.
  const olds = await loadInTurns([ours, ...others], requestsPerSecond);
  const figures = sideBySide(`HTTP/1.1 (${LOADER})`, ["relay", "node:https", "Deno.serve"], olds);
  if (HTTP2_LOADER === undefined) return figures;
  const both = others.filter((_, i) => i !== 1);
  const news = await loadInTurns([ours, ...both], streamsPerSecond);
  return [...figures, ...sideBySide(`HTTP/2 (${HTTP2_LOADER})`, ["relay", "Deno.serve"], news)];
}

/** Our rate beside each of the others; only the first of them is of the same kind. */
function sideBySide(how: string, names: readonly string[], rates: readonly Rates[]): Figure[] {
  const [own, ...others] = rates;
  if (own === undefined) throw new Error(`home-https: no rates of ${how}`);
  const figures = names.map((name, i): Figure => ({
    what: `home over HTTPS, ${how} : bare ${name}`,
    value: own.perSecond,
    ...(others[i] !== undefined && { baseline: others[i].perSecond }),
    unit: "requests/s",
    target: i === 0 ? { ratioAtLeast: 0.8 } : { none: true },
  }));
  const [same] = others;
  if (same === undefined) return figures;
  return [...figures, {
    what: `the same per second of processor time : bare ${names[0]}`,
    value: own.perProcessorSecond,
    baseline: same.perProcessorSecond,
    unit: "requests/s",
    target: { ratioAtLeast: 0.8 },
  }];
}

async function measureStarts(
  folder: string,
  program: Pick<RunOptions, "program">,
): Promise<number> {
  const taken: number[] = [];
  using client = Deno.createHttpClient({
    caCerts: [await Deno.readTextFile(`${folder}/chain.pem`)],
  });
  for (let i = 0; i <= STARTS; i++) {
    const ports = freePorts(2);
    const startedAtMs = performance.now();
    const starting = serveHttps(folder, ports, program);
    const ms = await firstAnswer(`https://localhost:${ports[1]}/`, startedAtMs, client);
    await using _capsule = await starting;
    // The first start compiles.
    if (i > 0) taken.push(ms);
  }
  return median(taken);
}

/** The row. */
export const homeHttps: Row = {
  name: "home-https",
  async run() {
    using folder = makeFolder();
    makeRealCapsule(`${folder.path}/capsule.db`);
    await storeCertificate(folder.path);
    const figures = await measureRates(folder.path);
    const what = "start with a stored certificate to the first HTTPS answer";
    for (const { suffix, ...program } of await listPrograms(folder.path)) {
      const value = await measureStarts(folder.path, program);
      figures.push({ what: what + suffix, value, unit: "ms", target: { below: 500 } });
    }
    return figures;
  },
};
