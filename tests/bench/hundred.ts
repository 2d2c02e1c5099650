/** A hundred capsules on one machine behind one nginx, as docs/operations.md has it: what they take of it, and how they answer. @module */
import { type NamedClient, openNamedClient } from "../support/named_client.ts";
import { hasNginx, readByName, startNginx } from "../support/nginx.ts";
import { need } from "../support/optional.ts";
import { makeFolder, runCapsule } from "../support/process.ts";
import { type Hosted, startHosted } from "./hosted.ts";
import { processorMs } from "./idle_mirrors.ts";
import { median, type Row } from "./row.ts";

const CAPSULES = 100;
const DOMAIN = "capsules.example";
const REQUESTS = 2_000;
const VISITORS = 4;
const SETTLE_MS = 60_000;
const MEASURE_MS = 60_000;

/** What a process holds, and its share of what it holds together with others; in MB. */
function shareMegabytes(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024 / 1e6;
}

function sum(capsules: readonly Hosted[], measure: (pid: number) => number): number {
  return capsules.reduce((total, { served }) => total + measure(served.pid), 0);
}

/** Milliseconds of each answer, in order of length: home pages by chance, a few visitors at once. */
async function visit(
  client: NamedClient,
  port: number,
  capsules: readonly Hosted[],
): Promise<number[]> {
  const taken: number[] = [];
  const come = async () => {
    for (let n = 0; n < REQUESTS / VISITORS; n++) {
      const name = capsules[Math.floor(Math.random() * capsules.length)]?.name ?? "";
      const askedAtMs = performance.now();
      const answer = await client.get(`https://${name}:${port}/`);
      const text = await answer.text();
      taken.push(performance.now() - askedAtMs);
      if (answer.status !== 200 || !text.includes(`Post 5 of ${name},`)) {
        throw new Error(
          `hundred: expected the home page of ${name}, found ${answer.status} ${text}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: VISITORS }, come));
  return taken.sort((a, b) => a - b);
}

/** The commands with which a host looks after one of them. */
async function lookAfter({ name, folder }: Hosted): Promise<void> {
  const up = await runCapsule(["up"], { cwd: folder });
  if (up.code !== 0) throw new Error(`hundred: up of ${name}: ${up.stderr}`);
  const doctor = (await runCapsule(["doctor", "--json"], { cwd: folder }))
    .json<readonly Readonly<{ name: string; state: string; text: string }>[]>();
  // Nothing in the world leads to the names of this bench.
  const wrong = doctor.filter((one) => one.state === "problem" && one.name !== "Address");
  const server = doctor.find((one) => one.name === "Server");
  if (server?.state !== "ok" || wrong.length > 0) {
    throw new Error(`hundred: doctor of ${name}: ${JSON.stringify(doctor)}`);
  }
}

async function idleShare(capsules: readonly Hosted[]): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = sum(capsules, processorMs);
  await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
  return (sum(capsules, processorMs) - before) / MEASURE_MS * 100;
}

/** The row. */
export const hundred: Row = {
  name: "hundred",
  async run() {
    if (!need("nginx", hasNginx())) return [];
    using folder = makeFolder();
    const names = Array.from({ length: CAPSULES }, (_, n) => `c${n}.${DOMAIN}`);
    await using hosted = await startHosted(folder.path, names);
    const { capsules, tookMs } = hosted;
    const startingMs = sum(capsules, processorMs);
    const lines = readByName(
      new Map(capsules.map(({ name, served }) => [name, new URL(served.url).port])),
    );
    await using nginx = await startNginx(folder.path, { ...lines, name: `*.${DOMAIN}` });
    await using client = openNamedClient([nginx.chain]);
    const ofOne = await visit(client, nginx.secure, capsules.slice(0, 1));
    // The first visit of each opens a connection and fills a cache.
    const ofAll = await visit(client, nginx.secure, capsules);
    await Promise.all(capsules.slice(0, 1).map(lookAfter));
    const share = await idleShare(capsules);
    const megabytes = sum(capsules, shareMegabytes);
    const nth = (all: readonly number[]) => all[Math.floor(all.length * 0.99)] ?? Number.NaN;
    const what = `${CAPSULES} capsules`;
    const none = { none: true } as const;
    return [
      { what: `${what}: memory in all`, value: megabytes, unit: "MB", target: { below: 10_000 } },
      { what: `${what}: idle, of one core`, value: share, unit: "%", target: { below: 30 } },
      { what: `${what}: started, two at a time`, value: tookMs, unit: "ms", target: none },
      { what: `${what}: processor time of that`, value: startingMs, unit: "ms", target: none },
      {
        what: `home by nginx, 99 of 100 : the same of one capsule`,
        value: nth(ofAll),
        baseline: nth(ofOne),
        unit: "ms",
        target: none,
      },
      {
        what: `home by nginx, the middle : the same of one capsule`,
        value: median(ofAll),
        baseline: median(ofOne),
        unit: "ms",
        target: none,
      },
    ];
  },
};
