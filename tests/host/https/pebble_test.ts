import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { readPair } from "../../../host/acme/chain.ts";
import { makeSelfSigned } from "../../../host/acme/self_signed.ts";
import { startRelay } from "../../../host/https/relay.ts";
import { serveChallenges } from "../../support/acme.ts";
import { openKeeper } from "../../support/keeper.ts";
import { waitUntil } from "../../support/mesh_rig.ts";
import { openNamedClient } from "../../support/named_client.ts";
import { need } from "../../support/optional.ts";
import { findPebble, freePorts, startPebble } from "../../support/pebble.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
} from "../../support/process.ts";

const NAME = "capsule.example";

Deno.test("from one command to a page over HTTPS, and after a restart at once", async () => {
  if (!need("pebble", findPebble())) return;
  using folder = makeFolder();
  const cwd = folder.path;
  const [httpPort = 0, httpsPort = 0] = freePorts(2);
  await using pebble = await startPebble({ httpPort });
  await initCapsule(cwd, ["--address", `https://${NAME}`]);
  await Deno.writeTextFile(`${cwd}/ca.pem`, pebble.caCerts.join(""));
  const args = [
    ...["--address", `https://${NAME}`, "--http-port", `${httpPort}`],
    ...[
      "--https-port",
      `${httpsPort}`,
      "--acme-directory",
      pebble.directory,
      "--acme-ca",
      "ca.pem",
    ],
  ];
  await using client = openNamedClient([await pebble.readRoot()]);
  const page = `https://${NAME}:${httpsPort}/`;
  let first = "";
  {
    await using served = await serveCapsule(args, { cwd });
    match(served.stdout(), /Listening on https:\/\/capsule\.example \(ports \d+ and \d+\)/);
    first = await waitFor(async () => {
      const response = await client.get(page).catch(() => undefined);
      await response?.body?.cancel();
      return response?.headers.get("strict-transport-security");
    });
    match(first, /^max-age=\d+$/);
    match(served.stderr(), /There is a certificate\./);
    ok(!/PRIVATE KEY|"key"/.test(served.stderr()), "no key in the log");
    // Whatever name is asked for.
    const plain = await client.get(`http://wrong.example:${httpPort}/p/1?x=2`);
    equal(plain.status, 308);
    equal(plain.headers.get("location"), `https://${NAME}/p/1?x=2`);
    await plain.body?.cancel();
    const nobody = await client.get(`http://${NAME}:${httpPort}/.well-known/acme-challenge/abc`);
    equal(nobody.status, 404);
    await nobody.body?.cancel();
    equal((await runCapsule(["status", "--json"], { cwd })).json().serving, true);
    const second = await runCapsule(["serve", ...args], { cwd });
    match(second.stderr, /is being served already/);
    equal(await served.stop(), 0);
    deepEqual(listNames(cwd), ["ca.pem", "capsule.db"]);
  }
  client.forget();
  await using served = await serveCapsule(args, { cwd });
  const again = await client.get(page);
  equal(again.status, 200);
  match(await again.text(), /Ida Greenwald/);
  ok(!/fingerprint/.test(served.stderr()), "nobody is asked to trust a fingerprint");
  ok(!/There is a certificate/.test(served.stderr()), "the stored one is served");
});

Deno.test("renewal under load loses no request, over HTTP/1.1 and HTTP/2", async () => {
  if (!need("pebble", findPebble())) return;
  const [httpPort = 0] = freePorts(1);
  await using pebble = await startPebble({ httpPort, lifetimeSeconds: 240 });
  await using site = serveChallenges(httpPort);
  const serials = new Set<string>();
  const pair = await makeSelfSigned([NAME], Date.now());
  const server = await startRelay({
    ...{ host: "127.0.0.1", port: 0, pair },
    handler: () => new Response("x".repeat(5_000)),
    onError: (error) => {
      throw error;
    },
  });
  const book = { ...site.challenges, find: () => undefined };
  using keeper = openKeeper(pebble, {
    book,
    onCertificate: ({ chain, key }) => {
      const leaf = readPair(chain, key);
      if (typeof leaf === "string") throw new Error(leaf);
      serials.add(leaf.fingerprint);
      server.setPair({ chain, key });
    },
  });
  await keeper.turn();
  const root = await pebble.readRoot();
  let isOver = false;
  let answers = 0;
  const url = `https://${NAME}:${server.port}/`;
  const ask = async (client: ReturnType<typeof openNamedClient>) => {
    for (let n = 0; !isOver; n += 1) {
      // Kept connections and new ones.
      if (n % 50 === 49) client.forget();
      const response = await client.get(url);
      equal((await response.text()).length, 5_000);
      answers += 1;
    }
  };
  const load = Promise.all(Array.from({ length: 6 }, async (_, n) => {
    await using client = openNamedClient([root], { http2: n % 2 === 0 });
    await ask(client);
  }));
  const failed = load.then(() => undefined, (error) => {
    isOver = true;
    return error;
  });
  // The authority's clock does not go on with ours: all of it must lie in the life of one certificate.
  for (const laterMs of [130_000, 30_000, 30_000]) {
    await keeper.turn(laterMs);
    const before = answers;
    await waitUntil("the load goes on", () => isOver || answers > before + 1_000);
  }
  isOver = true;
  equal(await failed, undefined);
  await server.stop();
  equal(serials.size, 4);
  ok(answers > 3_000, `only ${answers} answers`);
});

Deno.test("where no certificate comes, port 80 says why and HTTPS shows the printed fingerprint", async () => {
  if (!need("pebble", findPebble())) return;
  using folder = makeFolder();
  const cwd = folder.path;
  const [httpPort = 0, wrongPort = 0] = freePorts(2);
  await using pebble = await startPebble({ httpPort: wrongPort });
  await Deno.writeTextFile(`${cwd}/ca.pem`, pebble.caCerts.join(""));
  await using served = await serveCapsule([
    ...["--address", `https://${NAME}`, "--http-port", `${httpPort}`, "--https-port", "0"],
    ...["--acme-directory", pebble.directory, "--acme-ca", "ca.pem", "--json"],
  ], { cwd });
  const { httpsPort, fingerprint } = JSON.parse(served.stdout().split("\n")[0] ?? "");
  match(fingerprint, /^(?:[0-9A-F]{2}:){31}/);
  await using client = openNamedClient([]);
  const told = await waitFor(async () => {
    const text = await (await client.get(`http://${NAME}:${httpPort}/`)).text();
    return text.includes("cannot reach") ? text : undefined;
  });
  match(told, /Open port 80 in the firewall/);
  match(told, /Next try/);
  ok(!/<form|<a |fingerprint/i.test(told), "nothing to type into, nothing to trust");
  const posted = await client.get(`http://${NAME}:${httpPort}/setup`, {
    method: "POST",
    body: "password=x",
  });
  equal(posted.status, 403);
  equal(posted.headers.get("strict-transport-security"), null);
  await posted.body?.cancel();
  await rejects(client.get(`https://${NAME}:${httpsPort}/`), "no browser would trust it");
  const shown = await readFingerprint(httpsPort);
  equal(shown, fingerprint);
  match(served.stdout(), /"setup":"https:\/\/capsule\.example\/setup\?code=/);
});

async function readFingerprint(port: number): Promise<string> {
  const { connect } = await import("node:tls");
  const socket = connect({ port, host: "127.0.0.1", servername: NAME, rejectUnauthorized: false });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  notEqual(fingerprint256, undefined);
  return fingerprint256;
}

/** Asks until there is something, a minute at most. */
async function waitFor<T>(find: () => Promise<T | undefined | null>): Promise<T> {
  const deadlineMs = performance.now() + 60_000;
  while (performance.now() < deadlineMs) {
    const found = await find();
    if (found !== undefined && found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not come");
}
