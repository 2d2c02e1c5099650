/** What the relay and the runtime behind it bear over HTTP/2 from a visitor who means harm, while others are answered. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { makeSelfSigned } from "../../../host/acme/self_signed.ts";
import { startRelay } from "../../../host/https/relay.ts";
import { type Streams, StreamWatch } from "../../../host/https/stream_watch.ts";
import { STREAMS_FAIR, STREAMS_MAX } from "../../../host/https/visitors.ts";
import {
  encodeGet,
  END_HEADERS,
  END_STREAM,
  FRAME,
  makeFrame,
  openHttp2,
} from "../../support/http2_client.ts";
import { waitUntil } from "../../support/mesh_rig.ts";

/** As the runtime says in its settings. */
const STREAMS_OF_ONE_MAX = 200;
const CANCEL = Uint8Array.of(0, 0, 0, 8);
const NO_WINDOW = Uint8Array.of(0, 4, 0, 0, 0, 0);

const ask = (id: number, path = "/") =>
  makeFrame(FRAME.headers, END_STREAM | END_HEADERS, id, encodeGet(path));

async function open() {
  const pair = await makeSelfSigned(["localhost"], Date.now());
  const caCerts = [pair.chain];
  const gate = Promise.withResolvers<void>();
  const seen = { asked: 0, atOnce: 0, most: 0 };
  const relay = await startRelay({
    ...{ host: "127.0.0.1", port: 0, pair, onError: () => {} },
    async handler({ url }) {
      seen.asked += 1;
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      if (url.endsWith("/slow")) await gate.promise;
      seen.atOnce -= 1;
      return new Response("fine");
    },
  });
  return {
    ...{ seen, gate },
    connect: () => openHttp2(relay.port, caCerts),
    /** Somebody else, on a connection of their own. */
    async isAnswered() {
      using client = Deno.createHttpClient({ caCerts });
      const response = await fetch(`https://localhost:${relay.port}/`, { client });
      return response.status === 200 && await response.text() === "fine";
    },
    async [Symbol.asyncDispose]() {
      gate.resolve();
      await relay.stop();
    },
  };
}

const isGoodbye = ({ kind }: { kind: number }) => kind === FRAME.goAway;

Deno.test("five hundred streams at once: two hundred are taken, the others refused, the neighbour answered", async () => {
  await using server = await open();
  const { seen, gate } = server;
  using visitor = await server.connect();
  await visitor.send(...Array.from({ length: 500 }, (_, n) => ask(1 + 2 * n, "/slow")));
  await waitUntil("they are taken", () => seen.atOnce >= STREAMS_OF_ONE_MAX);
  ok(await server.isAnswered());
  gate.resolve();
  let refused = 0;
  for (let ended = 0; ended < 500;) {
    const frame = await visitor.next();
    ok(frame !== undefined);
    if (frame.kind === FRAME.reset) refused += 1;
    if (frame.kind === FRAME.reset || (frame.kind === FRAME.data && frame.flags & END_STREAM)) {
      ended += 1;
    }
  }
  equal(refused, 500 - STREAMS_OF_ONE_MAX);
  // The neighbour's is one of them.
  ok(seen.most <= STREAMS_OF_ONE_MAX + 1, `${seen.most} at once`);
});

Deno.test("streams that are reset as fast as they are opened (CVE-2023-44487) end their connection", async () => {
  await using server = await open();
  using visitor = await server.connect();
  const heard = visitor.end();
  for (let round = 0; round < 50; round++) {
    const frames = Array.from({ length: 100 }, (_, n) => {
      const id = 1 + 2 * (100 * round + n);
      return [ask(id), makeFrame(FRAME.reset, 0, id, CANCEL)];
    });
    if (!await visitor.send(...frames.flat())) break;
  }
  ok((await heard).some(isGoodbye));
  ok(server.seen.asked <= STREAMS_OF_ONE_MAX, `${server.seen.asked} were made`);
  ok(await server.isAnswered());
});

Deno.test("a head that goes on in frames without end ends its connection", async () => {
  const block = encodeGet("", [["x-long", "a".repeat(15_000)]]).slice(encodeGet("").length);
  for (const piece of [new Uint8Array(), block]) {
    await using server = await open();
    using visitor = await server.connect();
    const heard = visitor.end();
    await visitor.send(makeFrame(FRAME.headers, END_STREAM, 1, encodeGet("/")));
    for (let sent = 0; sent < 2_000; sent += 1) {
      if (!await visitor.send(makeFrame(FRAME.continuation, 0, 1, piece))) break;
    }
    ok((await heard).some(isGoodbye));
    equal(server.seen.asked, 0);
    ok(await server.isAnswered());
  }
});

Deno.test("headers up to 16 KiB are taken, more are refused and the connection stays", async () => {
  await using server = await open();
  const { seen } = server;
  using visitor = await server.connect();
  const send = async (id: number, bytes: number) => {
    const block = encodeGet("/", [["x-long", "a".repeat(bytes)]]);
    const [first, rest] = [block.slice(0, 16_000), block.slice(16_000)];
    const end = END_HEADERS;
    const frames = [
      makeFrame(FRAME.headers, END_STREAM | (rest.length === 0 ? end : 0), id, first),
    ];
    if (rest.length > 0) frames.push(makeFrame(FRAME.continuation, end, id, rest));
    await visitor.send(...frames);
    for (let frame = await visitor.next(); frame !== undefined; frame = await visitor.next()) {
      if (frame.stream === id && frame.flags & END_STREAM) return;
    }
    throw new Error("the connection has ended");
  };
  await send(1, 15_000);
  equal(seen.asked, 1);
  await send(3, 17_000);
  equal(seen.asked, 1);
  await send(5, 15_000);
  equal(seen.asked, 2);
});

Deno.test("whoever asks for thousands of answers and reads none takes no others' place", async () => {
  await using server = await open();
  const { seen } = server;
  const lazy = await Promise.all(Array.from({ length: 8 }, () => server.connect()));
  const sent = 8 * STREAMS_OF_ONE_MAX;
  for (const visitor of lazy) {
    const frames = Array.from({ length: STREAMS_OF_ONE_MAX }, (_, n) => ask(1 + 2 * n));
    await visitor.send(makeFrame(FRAME.settings, 0, 0, NO_WINDOW), ...frames);
  }
  for (let n = 0; n < 3; n++) ok(await server.isAnswered());
  ok(sent > STREAMS_MAX);
  ok(seen.asked <= STREAMS_MAX + 8 * STREAMS_FAIR + STREAMS_OF_ONE_MAX, `${seen.asked} were made`);
  for (const visitor of lazy) visitor[Symbol.dispose]();
});

Deno.test("streams are counted however their frames are cut, until they are answered, reset, or gone", () => {
  const preface = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const asked = [
    makeFrame(FRAME.settings, 0, 0, NO_WINDOW),
    ask(1),
    makeFrame(FRAME.data, 0, 1, new Uint8Array(300)),
    ask(3),
    ask(5),
    makeFrame(FRAME.reset, 0, 3, CANCEL),
    ask(7),
  ];
  const answered = [
    makeFrame(FRAME.settings, 0, 0),
    makeFrame(FRAME.headers, END_HEADERS, 1, new Uint8Array(40)),
    makeFrame(FRAME.data, END_STREAM, 1, new Uint8Array(70_000)),
    makeFrame(FRAME.reset, 0, 5, CANCEL),
    // Again for one that has ended.
    makeFrame(FRAME.reset, 0, 1, CANCEL),
  ];
  const join = (frames: readonly Uint8Array[]) =>
    Uint8Array.from(frames.flatMap((one) => [...one]));
  for (const size of [1, 2, 7, 9, 10, 1_000, 1_000_000]) {
    const all: Streams = { open: 0 };
    const watch = new StreamWatch(all);
    const feed = (bytes: Uint8Array, take: (part: Uint8Array) => unknown) => {
      for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size));
    };
    feed(join([preface, ...asked]), (part) => ok(watch.hear(part)));
    deepEqual([watch.open, all.open], [3, 3]);
    feed(join(answered), (part) => watch.answer(part));
    deepEqual([watch.open, all.open], [1, 1]);
    watch.close();
    deepEqual([watch.open, all.open], [0, 0]);
  }
  const hoarder = new StreamWatch({ open: 0 });
  const many = (count: number, from: number) =>
    join(Array.from({ length: count }, (_, n) => ask(from + 2 * n)));
  ok(hoarder.hear(join([preface, many(2_000, 1)])));
  ok(!hoarder.hear(ask(9_001)));
});
