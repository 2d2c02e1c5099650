import { equal, match, ok } from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { bind, watchAccepting } from "../../../host/https/accepting.ts";
import { waitUntil } from "../../support/mesh_rig.ts";
import { need } from "../../support/optional.ts";
import { freePorts } from "../../support/pebble.ts";
import { findMissing } from "../../support/service_machine.ts";

const LOOK_MS = 50;
const HOST = "127.0.0.1";

async function open({ host = HOST, lookMs = LOOK_MS } = {}) {
  const [port = 0] = freePorts(1);
  const told: unknown[] = [];
  let visitors = 0;
  const server = createServer((socket: Socket) => {
    if (watch.isOwn(socket)) return socket.destroy();
    visitors += 1;
    socket.destroy();
  });
  const watch = watchAccepting(
    server,
    { host, onError: (error) => void told.push(error) },
    lookMs,
  );
  await bind(server, host, port);
  watch.begin(port);
  return {
    ...{ server, port, told, watch },
    visitors: () => visitors,
    async [Symbol.asyncDispose]() {
      await watch.stop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("a server that takes connections is looked at and left alone", async () => {
  await using watched = await open();
  await pause(10 * LOOK_MS);
  equal(watched.told.length, 0);
});

for (const [host, words] of [[HOST, ""], ["::", ", on every address"]]) {
  Deno.test(`a port that was lost is bound again, and visitors come through${words}`, async () => {
    await using watched = await open({ host });
    watched.server.close();
    await waitUntil("it is bound again", () => watched.told.length > 0 && watched.server.listening);
    match(String(watched.told[0]), /port is opened again/);
    (await Deno.connect({ hostname: HOST, port: watched.port })).close();
    await waitUntil("the visitor came", () => watched.visitors() > 0);
  });
}

Deno.test("the same in a container, whose network has no IPv6 address", async () => {
  if (!need("root and util-linux (unshare), iproute2", await findMissing() === undefined)) return;
  const again = [Deno.execPath(), "test", "-A", "--no-check", "--filter", "on every address"];
  const { success, stdout, stderr } = await new Deno.Command("unshare", {
    args: [
      ...["--net", "sh", "-c", 'ip link set lo up; ip -6 addr del ::1/128 dev lo; exec "$@"', "sh"],
      ...[...again, new URL(import.meta.url).pathname],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  ok(success, `${out}${err}`);
  match(out ?? "", /1 passed/);
});

Deno.test("a port on which connections wait and are never taken is noticed", async () => {
  await using watched = await open();
  const { server, port, told } = watched;
  // Somebody else's socket, which takes nobody, stands for one that the runtime gave up.
  await new Promise<void>((resolve) => server.close(() => resolve()));
  {
    using _deaf = Deno.listen({ hostname: HOST, port });
    await waitUntil("it is noticed", () => told.length >= 2);
  }
  ok(told.some((error) => /could take no more connections/.test(String(error))));
  await waitUntil("it listens", () => server.listening);
});

Deno.test("so is one at which so many wait that nobody can join them", async () => {
  await using watched = await open();
  const { server, port, told } = watched;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  const enough = new AbortController();
  let waiting: Promise<unknown>;
  {
    using _deaf = Deno.listen({ hostname: HOST, port, tcpBacklog: 0 });
    const connect = async () => {
      (await Deno.connect({ hostname: HOST, port, signal: enough.signal })).close();
    };
    waiting = Promise.allSettled(Array.from({ length: 4 }, connect));
    await waitUntil("it is noticed", () => told.length > 0);
    enough.abort();
  }
  await waiting;
  match(String(told[0]), /could take no more connections/);
  await waitUntil("it listens", () => server.listening);
  ok(told.length <= 2, "what goes wrong at binding anew is told once");
});

Deno.test("a port that was lost comes back in a second where something else found no file left", async () => {
  await using watched = await open({ lookMs: 30_000 });
  (await Deno.connect({ hostname: HOST, port: watched.port })).close();
  await waitUntil("the visitor came", () => watched.visitors() > 0);
  watched.server.close();
  const beganAtMs = performance.now();
  // Said again and again, as with many visitors at once: that puts nothing off.
  const saying = setInterval(watched.watch.hasten, 20);
  await waitUntil("it listens", () => watched.told.length > 0 && watched.server.listening);
  clearInterval(saying);
  ok(performance.now() - beganAtMs < 20_000);
  equal(watched.told.length, 1);
});
