/** The whole program while its certificate is renewed again and again by Pebble, under load over both versions of HTTP. @module */
import { connect } from "node:tls";
import { openNamedClient } from "../support/named_client.ts";
import { findPebble, freePorts, type Pebble, startPebble } from "../support/pebble.ts";
import { initCapsule, makeFolder, type RunOptions, serveCapsule } from "../support/process.ts";
import { listPrograms } from "./compiled.ts";
import type { Figure, Row } from "./row.ts";

const NAME = "capsule.example";
/** A certificate is renewed at half of its life. */
const LIFETIME_SECONDS = 20;
const RENEWALS = 3;
const CLIENTS = 6;
/** After so many requests a client takes a new connection. */
const KEPT = 50;

type Load = Readonly<{ requests: number; lost: number; renewals: number }>;

/** Of the certificate that is shown now. */
function readFingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, servername: NAME, rejectUnauthorized: false };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Asks until the certificate has changed often enough. */
async function loadThrough(port: number, root: string): Promise<Load> {
  const counts = { requests: 0, lost: 0 };
  let isOver = false;
  const ask = async (n: number) => {
    await using client = openNamedClient([root], { http2: n % 2 === 0 });
    for (let count = 1; !isOver; count++) {
      if (count % KEPT === 0) client.forget();
      counts.requests += 1;
      try {
        const response = await client.get(`https://${NAME}:${port}/`);
        await response.arrayBuffer();
        if (response.status !== 200) counts.lost += 1;
      } catch {
        counts.lost += 1;
      }
    }
  };
  const load = Array.from({ length: CLIENTS }, (_, n) => ask(n));
  const seen = new Set<string>();
  const endsAtMs = performance.now() + (RENEWALS + 3) * LIFETIME_SECONDS * 1_000;
  while (seen.size <= RENEWALS && performance.now() < endsAtMs) {
    seen.add(await readFingerprint(port));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  isOver = true;
  await Promise.all(load);
  return { ...counts, renewals: seen.size - 1 };
}

async function renewUnderLoad(
  cwd: string,
  program: Pick<RunOptions, "program">,
): Promise<Load> {
  const [httpPort = 0, httpsPort = 0] = freePorts(2);
  await using pebble: Pebble = await startPebble({ httpPort, lifetimeSeconds: LIFETIME_SECONDS });
  await Deno.writeTextFile(`${cwd}/ca.pem`, pebble.caCerts.join(""));
  await using served = await serveCapsule([
    ...["--address", `https://${NAME}`, "--acme-directory", pebble.directory],
    ...["--http-port", `${httpPort}`, "--https-port", `${httpsPort}`, "--acme-ca", "ca.pem"],
  ], { cwd, ...program });
  await served.waitForError(/There is a certificate\./);
  return await loadThrough(httpsPort, await pebble.readRoot());
}

/** The row. */
export const renewal: Row = {
  name: "renewal",
  async run(): Promise<Figure[]> {
    if (!findPebble()) {
      console.warn("left out: renewals (Debian: pebble)");
      return [];
    }
    using folder = makeFolder();
    const figures: Figure[] = [];
    for (const { suffix, ...program } of await listPrograms(folder.path)) {
      using home = makeFolder();
      await initCapsule(home.path, ["--address", `https://${NAME}`]);
      const { requests, lost, renewals } = await renewUnderLoad(home.path, program);
      figures.push(
        {
          what: `renewals under load${suffix}`,
          value: renewals,
          unit: "times",
          target: { atLeast: RENEWALS },
        },
        {
          what: `requests meanwhile${suffix}`,
          value: requests,
          unit: "requests",
          target: { none: true },
        },
        { what: `of these lost${suffix}`, value: lost, unit: "requests", target: { below: 1 } },
      );
    }
    return figures;
  },
};
