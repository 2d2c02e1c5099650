import { deepEqual, equal, match, ok } from "node:assert/strict";
import { makeSelfSigned, type Pair } from "../../../host/acme/self_signed.ts";
import { listen } from "../../../host/https/ports.ts";
import { startRelay } from "../../../host/https/relay.ts";
import { openNamedClient } from "../../support/named_client.ts";
import { hasIpv6, need } from "../../support/optional.ts";
import { freePorts } from "../../support/pebble.ts";
import {
  initCapsule,
  makeFolder,
  runCapsule,
  serveCapsule,
  SOURCE,
} from "../../support/process.ts";

const NAME = "capsule.example";

function save(folder: string, { chain, key }: Pair): void {
  Deno.writeTextFileSync(`${folder}/chain.pem`, chain);
  Deno.writeTextFileSync(`${folder}/key.pem`, key);
}

Deno.test("the owner's own certificate is served, and a newer one without a restart", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd, ["--address", `https://${NAME}`]);
  const [one, two, other] = await Promise.all([
    makeSelfSigned([NAME], Date.now()),
    makeSelfSigned([NAME], Date.now()),
    makeSelfSigned(["other.example"], Date.now()),
  ]);
  save(cwd, other);
  const args = [
    ...["--address", `https://${NAME}`, "--http-port", "0", "--https-port", "0", "--json"],
    ...["--certificate", "chain.pem", "--key", "key.pem"],
  ];
  const wrong = await runCapsule(["serve", ...args], { cwd });
  equal(wrong.code, 1);
  match(wrong.stderr, /expected a certificate for capsule\.example, found one for other\.example/);
  save(cwd, { chain: one.chain, key: two.key });
  match((await runCapsule(["serve", ...args], { cwd })).stderr, /key does not belong/);
  save(cwd, one);
  await using served = await serveCapsule(args, { cwd });
  const { httpsPort } = JSON.parse(served.stdout().split("\n")[0] ?? "");
  const url = `https://${NAME}:${httpsPort}/up`;
  const isShown = async ({ chain }: Pair) => {
    await using client = openNamedClient([chain]);
    const response = await client.get(url).catch(() => undefined);
    await response?.body?.cancel();
    return response !== undefined;
  };
  ok(await isShown(one));
  save(cwd, { chain: two.chain, key: one.key });
  await served.waitForError(/certificate is not changed.*does not belong/);
  ok(await isShown(one), "half a change is none");
  ok(!/\bat .*\.ts:\d/.test(served.stderr()), "in a sentence, without where in the program");
  save(cwd, two);
  await served.waitForError(/certificate was read again/);
  ok(await isShown(two) && !await isShown(one));
});

Deno.test("flags of HTTPS without HTTPS, and such that exclude each other, are told", async () => {
  const told = async (...args: string[]) => {
    const { code, stderr } = await runCapsule(["serve", "--data", "no/capsule.db", ...args]);
    equal(code, 2, stderr);
    return stderr;
  };
  const https = ["--address", `https://${NAME}`];
  match(await told("--staging", "--port", "0"), /--staging is for HTTPS by this program itself/);
  match(await told(...https, "--port", "8000", "--https-port", "1"), /give --address .* no --port/);
  match(await told(...https, "--certificate", "x.pem"), /--certificate and --key belong together/);
  match(await told(...https, "--https-port", "99999"), /--https-port expects a number/);
  match(await told(...https, "--acme-directory", "http://x/"), /expects an https address/);
  match(await told(...https, "--acme-account", "ida"), /in CAPSULE_ACME_KEY/);
  match(await told("--trusted-proxy", "proxy"), /expects an IP address or a network/);
});

Deno.test("a port that the system keeps for itself is told with what to do", async () => {
  const start = await Deno.readTextFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    .catch(() => "");
  const isBelow = start.trim() === "1024";
  if (Deno.uid() !== 0 || !isBelow) return;
  using folder = makeFolder();
  // The right to such ports is taken away, as from an ordinary user.
  const program = ["setpriv", "--bounding-set", "-net_bind_service", ...SOURCE];
  const { code, stderr } = await runCapsule(["serve", "--address", `https://${NAME}`], {
    ...{ cwd: folder.path, program },
  });
  equal(code, 1);
  match(stderr, /\[::\]:80: the system keeps ports below 1024.*sudo sysctl.*CAP_NET_BIND_SERVICE/);
});

Deno.test("without IPv6 both ports are opened on IPv4", async () => {
  const hosts: string[] = [];
  const relay = await listen({
    ...{ host: "::", port: 0, handler: () => new Response("fine"), onError: () => {} },
  }, async (options) => {
    hosts.push(options.host);
    if (options.host === "::") throw Object.assign(new Error("no IPv6"), { code: "EAFNOSUPPORT" });
    return await startRelay(options);
  });
  deepEqual(hosts, ["::", "0.0.0.0"]);
  equal(await (await fetch(`http://127.0.0.1:${relay.port}/`)).text(), "fine");
  await relay.stop();
});

Deno.test("with IPv6 one socket answers both families", async () => {
  const relay = await listen({
    ...{ host: "::", port: 0, onError: () => {} },
    handler: (_request, info) => {
      const from = info?.remoteAddr;
      return new Response(from !== undefined && "hostname" in from ? from.hostname : "");
    },
  });
  if (relay.host === "::" && need("an IPv6 address, ::1", hasIpv6())) {
    equal(await (await fetch(`http://[::1]:${relay.port}/`)).text(), "::1");
  }
  equal(await (await fetch(`http://127.0.0.1:${relay.port}/`)).text(), "127.0.0.1");
  await relay.stop();
});

Deno.test("a port that is taken is told with the flag that chooses another", async () => {
  using folder = makeFolder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `${taken.addr.port}`;
  const [free = 0] = freePorts(1);
  const base = ["serve", "--address", `https://${NAME}`, "--host", "127.0.0.1"];
  const cwd = folder.path;
  const first = await runCapsule([...base, "--http-port", port], { cwd });
  match(first.stderr, /another program uses this port.*--http-port/);
  const second = await runCapsule([...base, "--http-port", `${free}`, "--https-port", port], {
    cwd,
  });
  match(second.stderr, /another program uses this port.*--https-port/);
});
