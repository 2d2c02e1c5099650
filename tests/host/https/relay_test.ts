import { deepEqual, equal, match, ok } from "node:assert/strict";
import { makeSelfSigned } from "../../../host/acme/self_signed.ts";
import { ADDRESS_CONNECTIONS_MAX, CONNECTIONS_MAX, Crowd } from "../../../host/https/crowd.ts";
import { HEAD_BYTES_MAX, HeadWatch } from "../../../host/https/head_watch.ts";
import { type RelayOptions, startRelay } from "../../../host/https/relay.ts";
import { nameVisitors } from "../../../host/https/visitors.ts";
import type { Handler } from "../../../routes/page_cache.ts";
import { waitUntil } from "../../support/mesh_rig.ts";
import { openNamedClient } from "../../support/named_client.ts";

const NAME = "capsule.example";
const encode = (text: string) => new TextEncoder().encode(text);

async function open(handler: Handler, more: Partial<RelayOptions> = {}) {
  const relay = await startRelay({
    ...{ host: "127.0.0.1", port: 0, handler },
    onError: () => {},
    ...more,
  });
  return { ...relay, [Symbol.asyncDispose]: relay.stop };
}

/** Fails when it does not end; how soon it does depends on the machine. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("it did not end")), 30_000);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends words over plain HTTP and reads until the other side closes. */
async function talk(port: number, ...words: readonly (string | number)[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const answer = new Response(connection.readable).text().catch(() => "");
  const sending = (async () => {
    for (const word of words) {
      if (typeof word === "number") await new Promise((resolve) => setTimeout(resolve, word));
      else await connection.write(encode(word)).catch(() => {});
    }
  })();
  const [text] = await Promise.all([answer, sending]);
  return text;
}

Deno.test("requests come through with their visitor, body and answer, over both versions of HTTP", async () => {
  const pair = await makeSelfSigned([NAME], Date.now());
  const handler: Handler = async (request, info) => {
    const from = info?.remoteAddr as Deno.NetAddr;
    const { byteLength: length } = await request.arrayBuffer();
    const url = new URL(request.url);
    return Response.json({ from: from.hostname, length, path: url.pathname, host: url.host });
  };
  await using relay = await open(handler, { pair });
  for (const http2 of [true, false]) {
    await using client = openNamedClient([pair.chain], { http2 });
    const url = `https://${NAME}:${relay.port}/a/b`;
    const body = new Uint8Array(3_000_000);
    const found = await client.get(url, { method: "POST", body });
    const host = `${NAME}:${relay.port}`;
    deepEqual(await found.json(), { from: "127.0.0.1", length: body.length, path: "/a/b", host });
  }
});

Deno.test("nobody is answered at the port behind but who came in by the front", async () => {
  const handler = nameVisitors({ handler: () => new Response("in") }, new Map(), { open: 0 });
  const remoteAddr = { transport: "tcp" as const, hostname: "127.0.0.1", port: 12_345 };
  const request = new Request("http://127.0.0.1/");
  const { status } = await handler(request, { remoteAddr, completed: Promise.resolve() });
  equal(status, 400);
});

Deno.test("visitors who vanish in the middle end nothing for others", async () => {
  const pair = await makeSelfSigned(["localhost"], Date.now());
  await using relay = await open(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return new Response("x".repeat(100_000));
  }, { pair });
  const caCerts = [pair.chain];
  const url = `https://localhost:${relay.port}/`;
  for (let round = 0; round < 20; round++) {
    using client = Deno.createHttpClient({ caCerts, http2: round % 4 !== 0 });
    const gone = new AbortController();
    const asked = Array.from({ length: 20 }, async () => {
      const response = await fetch(url, { client, signal: gone.signal });
      await response.text();
    });
    await Promise.race(asked);
    gone.abort();
    await Promise.allSettled(asked);
  }
  using client = Deno.createHttpClient({ caCerts });
  equal((await (await fetch(url, { client })).text()).length, 100_000);
});

Deno.test("a head that never ends, or is too long, ends its connection and no other", async () => {
  await using relay = await open(() => new Response("fine"), {
    limits: { headMs: 300, idleMs: 5_000 },
  });
  const { port } = relay;
  equal(await talk(port, "GET / HTTP/1.1\r\nHost: x\r\n", 100, "X-A: b\r\n", 500, "X: y\r\n"), "");
  equal(await talk(port, `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`), "");
  const two = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const answered = await talk(port, two, 100, "GET / HTTP/1.1\r\nHost: x\r\n", 500, "X-A: b\r\n");
  equal(answered.split("fine").length, 2, "the second head of a connection must end too");
});

Deno.test("a body may take longer than a head", async () => {
  await using relay = await open(async (request) => new Response(`got ${await request.text()}`), {
    limits: { headMs: 200, idleMs: 5_000 },
  });
  const head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n";
  match(await talk(relay.port, head, 250, "ab", 250, "cd"), /got abcd$/);
});

Deno.test("a silent connection ends, with TLS and without", async () => {
  const pair = await makeSelfSigned([NAME], Date.now());
  const limits = { headMs: 300, idleMs: 300 };
  await using plain = await open(() => new Response("fine"), { limits });
  await using secure = await open(() => new Response("fine"), { limits, pair });
  equal(await talk(plain.port), "");
  equal(await talk(secure.port), "");
  ok(!(await talk(secure.port, "GET / HTTP/1.1\r\n\r\n")).includes("fine"), "no TLS at all");
});

Deno.test("a visitor that reads nothing holds up nobody, and goes when nothing moves", async () => {
  const gone = Promise.withResolvers<void>();
  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => gone.resolve(),
    });
  await using relay = await open(
    ({ url }) => new Response(url.endsWith("endless") ? endless() : "small"),
    { limits: { headMs: 1_000, idleMs: 400 } },
  );
  using lazy = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  await lazy.write(encode("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"));
  match(
    await talk(relay.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    /small$/,
  );
  await inTime(gone.promise);
});

Deno.test("a visitor who sends more than is taken waits, and fills no memory", async () => {
  const pair = await makeSelfSigned(["localhost"], Date.now());
  for (const more of [{}, { pair }]) {
    const gate = Promise.withResolvers<void>();
    await using relay = await open(async (request) => {
      await gate.promise;
      return new Response(`got ${(await request.arrayBuffer()).byteLength}`);
    }, more);
    const at = { hostname: "localhost", port: relay.port };
    using visitor = "pair" in more
      ? await Deno.connectTls({ ...at, caCerts: [pair.chain] })
      : await Deno.connect(at);
    const bytes = 32 * 1024 * 1024;
    const end = `Connection: close\r\nContent-Length: ${bytes}\r\n\r\n`;
    await visitor.write(encode(`POST / HTTP/1.1\r\nHost: x\r\n${end}`));
    let sent = 0;
    const sending = (async () => {
      const piece = new Uint8Array(64 * 1024);
      while (sent < bytes) sent += await visitor.write(piece);
    })();
    // What the system's buffers hold of both connections; the rest waits where it is.
    for (let before = -1; before < sent; await new Promise((done) => setTimeout(done, 300))) {
      before = sent;
    }
    ok(sent < 0.75 * bytes, `${sent} bytes were taken`);
    gate.resolve();
    const answer = new Response(visitor.readable).text();
    await inTime(sending);
    match(await inTime(answer), new RegExp(`got ${bytes}$`));
  }
});

Deno.test("those who are many leave room for who comes new", () => {
  const fill = (address: (n: number) => string, count: number) => {
    const crowd = new Crowd();
    let taken = 0;
    for (let n = 0; n < count; n++) if (crowd.enter(address(n))) taken += 1;
    return { crowd, taken };
  };
  const groups: readonly ((n: number) => string)[] = [
    // Sixteen addresses, a whole network of them, a customer with all of theirs, as many as a thousand networks.
    (n) => `192.0.${n % 16}.1`,
    (n) => `192.0.2.${n % 256}`,
    (n) => `2001:db8:1:${n.toString(16)}::1`,
    (n) => `10.${n % 4}.${n % 1_000 % 256}.1`,
  ];
  for (const group of groups) {
    const { crowd, taken } = fill(group, 20_000);
    ok(taken < CONNECTIONS_MAX, `${taken}`);
    ok(crowd.enter("203.0.113.1"), `${group(0)} took all`);
  }
});

Deno.test("one visitor's connections are counted, and a neighbour's apart", async () => {
  const crowd = new Crowd();
  for (let n = 0; n < ADDRESS_CONNECTIONS_MAX; n++) {
    ok(crowd.enter(n % 2 === 0 ? "::ffff:192.0.2.1" : "192.0.2.1"));
    ok(crowd.enter(`2001:db8:1:2:${n}::1`));
  }
  ok(!crowd.enter("192.0.2.1"));
  ok(crowd.enter("192.0.2.2"));
  ok(!crowd.enter("2001:db8:1:2:ffff::"), "one customer's network is one visitor");
  ok(crowd.enter("2001:db8:1:3::"));
  crowd.leave("192.0.2.1");
  ok(crowd.enter("192.0.2.1"));
  await using relay = await open(() => new Response("fine"));
  const connections = await Promise.all(Array.from(
    { length: ADDRESS_CONNECTIONS_MAX + 5 },
    () => Deno.connect({ hostname: "127.0.0.1", port: relay.port }),
  ));
  const answered = await Promise.all(connections.map(async (connection) => {
    try {
      await connection.write(encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
      return await connection.read(new Uint8Array(1)) === 1;
    } catch {
      return false;
    }
  }));
  equal(answered.filter(Boolean).length, ADDRESS_CONNECTIONS_MAX);
  for (const connection of connections) connection.close();
});

Deno.test("a request in progress is answered before the end", async () => {
  const both = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<void>();
  let reached = 0;
  const pair = await makeSelfSigned([NAME], Date.now());
  const relay = await open(async () => {
    reached += 1;
    if (reached === 2) both.resolve();
    await ending.promise;
    return new Response("whole".repeat(10_000));
  }, { pair });
  await using client = openNamedClient([pair.chain]);
  await using old = openNamedClient([pair.chain], { http2: false });
  const url = `https://${NAME}:${relay.port}/`;
  const asked = [client, old].map(async ({ get }) => await (await get(url)).text());
  await inTime(both.promise);
  const stopped = relay.stop();
  await waitUntil("nobody new is taken", async () => {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: relay.port })).close();
      return false;
    } catch {
      return true;
    }
  });
  ending.resolve();
  for (const text of await Promise.all(asked)) equal(text.length, 50_000);
  await inTime(stopped);
});

Deno.test("who was let in before the end is still answered, also in the middle of the handshake", async () => {
  const { chain, key } = await makeSelfSigned([NAME], Date.now());
  const relay = await open(() => new Response("in time"), { pair: { chain, key } });
  // That it was let in nobody is told: one that was before it has been answered by then.
  const early = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  await using client = openNamedClient([chain]);
  await (await client.get(`https://${NAME}:${relay.port}/`)).text();
  const stopped = relay.stop();
  using secure = await inTime(
    Deno.startTls(early, { hostname: NAME, caCerts: [chain], alpnProtocols: ["http/1.1"] }),
  );
  await secure.write(encode(`GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`));
  const answer = new Uint8Array(1_000);
  match(new TextDecoder().decode(answer.subarray(0, await secure.read(answer) ?? 0)), /in time$/);
  await inTime(stopped);
});

Deno.test("a visitor that never closes does not hold up the end", async () => {
  const relay = await open(() => new Response("fine"));
  using lazy = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  await lazy.write(encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await lazy.read(new Uint8Array(1_000));
  await inTime(relay.stop());
});

Deno.test("the end of a head is found wherever it is cut", () => {
  const head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (let cut = 1; cut < head.length; cut++) {
    const watch = new HeadWatch();
    ok(watch.hear(encode(head.slice(0, cut))));
    ok(watch.isInHead);
    ok(watch.hear(encode(head.slice(cut))));
    ok(!watch.isInHead);
    ok(watch.hear(new Uint8Array(100_000)), "a body is no head");
    watch.answer(encode("HTTP/1.1 100 Continue\r\n\r\n"));
    ok(watch.hear(new Uint8Array(100_000)), "nor is one that was asked for");
    watch.answer(encode("HTTP/1.1 200 OK\r\n\r\n"));
    ok(!watch.hear(new Uint8Array(HEAD_BYTES_MAX + 1)), "but what follows an answer is");
  }
});
