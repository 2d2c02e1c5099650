/** Visitors who speak something else, or half of it: each gets an answer or an end, and the next one is served. */
import { equal, match, ok } from "node:assert/strict";
import { connect, type ConnectionOptions } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { makeSelfSigned } from "../../../host/acme/self_signed.ts";
import { startRelay } from "../../../host/https/relay.ts";
import { createPlain443 } from "../../../routes/port_443.ts";
import { openNamedClient } from "../../support/named_client.ts";

const NAME = "capsule.example";
const GET = `GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`;

async function open() {
  const pair = await makeSelfSigned([NAME], Date.now());
  const common = { host: "127.0.0.1", port: 0, onError: () => {} };
  const handler = () => new Response("fine");
  const limits = { headMs: 500, idleMs: 2_000 };
  const plain443 = createPlain443({ origin: () => `https://${NAME}` });
  const secure = await startRelay({ ...common, handler, limits, pair, plain: plain443 });
  const plain = await startRelay({ ...common, handler, limits });
  return {
    ...{ secure, plain },
    async isAnswered() {
      await using client = openNamedClient([pair.chain]);
      const urls = [`https://${NAME}:${secure.port}/`, `http://${NAME}:${plain.port}/`];
      for (const url of urls) equal(await (await client.get(url)).text(), "fine");
      return true;
    },
    [Symbol.asyncDispose]: async () => void await Promise.all([secure.stop(), plain.stop()]),
  };
}

/** What is reachable, in bytes, once everything else is gone. */
function weighHeap(): number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
  return Deno.memoryUsage().heapUsed;
}

/** Speaks TLS its own way; what it read, or the code of the error. */
function speakTls(port: number, options: ConnectionOptions, says = GET): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    socket.on("secureConnect", () => socket.write(says));
    socket.on("data", (chunk) => text += chunk);
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    socket.on("close", () => resolve(`${socket.getProtocol()} ${text}`));
  });
}

/** Sends bytes over plain TCP; what came until the other side closed. */
async function sendRaw(port: number, bytes: Uint8Array, isHalfClosed = false): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(bytes);
  if (isHalfClosed) await connection.closeWrite();
  const buffer = new Uint8Array(4_096);
  let text = "";
  try {
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      text += new TextDecoder("latin1").decode(buffer.subarray(0, n));
    }
  } catch {
    // Cut off, which is an end as well.
  }
  return text;
}

Deno.test("TLS 1.2 is spoken, older versions are not; whatever name is asked for, or none, there is an answer", async () => {
  await using server = await open();
  const { port } = server.secure;
  const asked: readonly ConnectionOptions[] = [
    { servername: NAME, maxVersion: "TLSv1.2" },
    { servername: NAME },
    { servername: "other.example" },
    { servername: "" },
  ];
  for (const options of asked) {
    match(await speakTls(port, options), /HTTP\/1\.1 200 OK[^]*fine$/, JSON.stringify(options));
  }
  match(await speakTls(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1" }), /^ERR|ECONN/);
  match(await speakTls(port, { ALPNProtocols: ["spdy/1"] }), /^ERR|ECONN/);
  ok(await server.isAnswered());
});

Deno.test("plain HTTP at the port of HTTPS is told where HTTPS is, and gets no page", async () => {
  await using server = await open();
  const post = `POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\npassword=`;
  for (const request of [GET, "GET / HTTP/1.0\r\n\r\n", post]) {
    const told = await sendRaw(server.secure.port, new TextEncoder().encode(request));
    match(told, /^HTTP\/1\.[01] 400 Bad Request\r\n/);
    match(told, /Open https:\/\/capsule\.example\/ instead\.\n$/);
    equal(told.split("HTTP/1.").length, 2);
  }
  equal(await sendRaw(server.secure.port, new TextEncoder().encode("G")), "");
  ok(await server.isAnswered());
});

Deno.test("TLS at the port of HTTP, and noise at both, ends with no page", async () => {
  await using server = await open();
  const hello = Uint8Array.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...new Array(500).fill(7)]);
  const tls = await sendRaw(server.plain.port, hello);
  ok(!tls.includes("200"));
  for (const port of [server.secure.port, server.plain.port]) {
    await sendRaw(port, crypto.getRandomValues(new Uint8Array(2_000)));
  }
  ok(await server.isAnswered());
});

Deno.test("a visitor who closes their half after asking still gets the answer; one who says half a hello goes", async () => {
  await using server = await open();
  const { secure, plain } = server;
  match(await sendRaw(plain.port, new TextEncoder().encode(GET), true), /200 OK[^]*fine$/);
  const half = Uint8Array.from([22, 3, 1, 2, 0, 1]);
  equal(await sendRaw(secure.port, half), "");
  equal(await sendRaw(secure.port, half, true), "");
  equal(await sendRaw(plain.port, new TextEncoder().encode("GET / HT"), true), "");
  ok(await server.isAnswered());
});

Deno.test("HTTP/2 where nobody counts its streams, and HTTP/1.1 where nobody watches its heads, ends at once", async () => {
  await using server = await open();
  const { secure, plain } = server;
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
  equal(await sendRaw(plain.port, new TextEncoder().encode(preface)), "");
  for (const ALPNProtocols of [["http/1.1"], []]) {
    match(await speakTls(secure.port, { ALPNProtocols }, preface), /^\S+ $/);
  }
  match(await speakTls(secure.port, { ALPNProtocols: ["h2"] }, GET), /^\S+ $/);
  ok(await server.isAnswered());
});

Deno.test("handshakes that were cut off are forgotten, and not kept for two minutes", async () => {
  await using server = await open();
  const hello = Uint8Array.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, ...new Array(32).fill(7)]);
  const cutOff = async (count: number) => {
    for (let n = 0; n < count; n++) {
      using visitor = await Deno.connect({ hostname: "127.0.0.1", port: server.secure.port });
      await visitor.write(n % 2 === 0 ? hello : new Uint8Array(300));
    }
    // The last of them has come and gone.
    ok(await server.isAnswered());
  };
  await cutOff(100);
  const before = weighHeap();
  await cutOff(800);
  const grown = weighHeap() - before;
  ok(grown < 1_500_000, `${grown} bytes are kept`);
});
