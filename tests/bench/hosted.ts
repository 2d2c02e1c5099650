/** Many capsules on one machine: each a program with a folder and a database of its own. Whatever happens, all of them are ended. @module */
import { createCapsule, publishBatch } from "../../mesh/publish.ts";
import { openDatabase } from "../../storage/database.ts";
import { serveCapsule, type Served } from "../support/process.ts";

const POSTS = 5;
const AT_A_TIME = 2;
/** What a person at the keyboard or a program that looks after this one says to end it. */
const ENDS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** One of them. */
export type Hosted = Readonly<{ name: string; folder: string; served: Served }>;

/** All of them, running. */
export type AllHosted =
  & AsyncDisposable
  & Readonly<{
    capsules: readonly Hosted[];
    /** How long it took until the last of them answered. */
    tookMs: number;
  }>;

function setUp(folder: string, name: string): void {
  using db = openDatabase(`${folder}/capsule.db`);
  const firstMs = Date.UTC(2026, 0, 1);
  const publisher = { db, now: () => firstMs };
  createCapsule(publisher, { name, line: "One of many", address: `https://${name}` });
  publishBatch(
    publisher,
    Array.from({ length: POSTS }, (_, n) => ({
      kind: "post" as const,
      text: `Post ${n + 1} of ${name}, with a few words about the weather and the river.`,
      publishedAtMs: firstMs + n * 86_400_000,
    })),
  );
}

/** Sets up and starts a capsule for each name below this folder, two at a time as a careful host does. */
export async function startHosted(folder: string, names: readonly string[]): Promise<AllHosted> {
  for (const name of names) {
    await Deno.mkdir(`${folder}/${name}`);
    setUp(`${folder}/${name}`, name);
  }
  const capsules: Hosted[] = [];
  const left = [...names];
  const startedAtMs = performance.now();
  const starting = inTwos(async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const flags = ["--address", `https://${name}`, "--trusted-proxy", "127.0.0.1"];
      const cwd = `${folder}/${name}`;
      capsules.push({ name, folder: cwd, served: await serveCapsule(flags, { cwd }) });
    }
  }, left);
  const end = async () => {
    for (const name of ENDS) Deno.removeSignalListener(name, endEarly);
    const running = [...capsules];
    await inTwos(async () => {
      for (let one = running.pop(); one !== undefined; one = running.pop()) await one.served.stop();
    }, running);
  };
  const endEarly = async () => {
    left.length = 0;
    await Promise.allSettled([starting]);
    await end();
    Deno.exit(1);
  };
  for (const name of ENDS) Deno.addSignalListener(name, endEarly);
  try {
    await starting;
  } catch (error) {
    await end();
    throw error;
  }
  return { capsules, tookMs: performance.now() - startedAtMs, [Symbol.asyncDispose]: end };
}

/** Does it twice at once, until both have ended; where one fails, nothing of what is left is begun. */
async function inTwos(work: () => Promise<void>, left: unknown[]): Promise<void> {
  const careful = async () => {
    try {
      await work();
    } catch (error) {
      left.length = 0;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_A_TIME }, careful));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
