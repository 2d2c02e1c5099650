import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AskProblem, makeAsk } from "../../mesh/fetch.ts";
import { startGuard } from "../../mesh/guard.ts";
import { forgetProxyExceptions } from "../../host/config.ts";
import { pause, serveRaw } from "../support/raw_server.ts";

const HELLO = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

/** Runs work with a variable of the environment, and without it again behind that. */
async function withEnvironment(name: string, value: string, work: () => Promise<void>) {
  Deno.env.set(name, value);
  try {
    await work();
  } finally {
    Deno.env.delete(name);
  }
}

function problemCode(code: string) {
  return (error: unknown) => {
    ok(error instanceof AskProblem, String(error));
    equal(error.code, code, error.message);
    return true;
  };
}

Deno.test("P9: a strict asker connects to nothing on this machine, by number or by name", async () => {
  await using server = serveRaw((write) => write(HELLO));
  await using asker = await makeAsk({
    isDev: false,
    resolve: () => Promise.resolve(["127.0.0.1", "::1", "10.0.0.1"]),
  });
  for (
    const [url, code] of [
      [`https://127.0.0.1:${server.port}/`, "url_refused"],
      [`https://localhost:${server.port}/`, "url_refused"],
      [`https://inward.example:${server.port}/`, "address_refused"],
      [`http://inward.example:${server.port}/`, "url_refused"],
    ] as const
  ) {
    await rejects(asker.ask({ url, bytesMax: 100 }), problemCode(code), url);
  }
  equal(server.connections(), 0);
});

Deno.test("P9: what DNS answers after the check changes nothing: a name is resolved once and that address dialled", async () => {
  await using server = serveRaw((write) => write("no TLS here"));
  const answers = [["93.184.216.34"], ["127.0.0.1"]];
  const asked: string[] = [];
  const dialled: string[] = [];
  await using asker = await makeAsk({
    isDev: false,
    resolve: (name) => {
      asked.push(name);
      return Promise.resolve(answers[Math.min(1, asked.length - 1)] ?? []);
    },
    // Stands for the wide network: whatever general address is dialled leads to a server of this test.
    dial: async (address) => {
      dialled.push(address);
      return await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    },
  });
  const question = { url: "https://flips.example/", bytesMax: 100 };
  await rejects(asker.ask(question), problemCode("tls_failed"));
  deepEqual(asked, ["flips.example"]);
  deepEqual(dialled, ["93.184.216.34"]);
  await rejects(asker.ask(question), problemCode("address_refused"));
  deepEqual(dialled, ["93.184.216.34"]);
  equal(server.connections(), 1);
});

Deno.test("P9: of several addresses the special ones are left out, and a family that is dead is passed over", async () => {
  await using server = serveRaw((write) => write(HELLO));
  const dialled: string[] = [];
  const refusing = async (address: string) => {
    dialled.push(address);
    if (address.includes(":")) throw new Deno.errors.ConnectionRefused("no route");
    return await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  };
  await using asker = await makeAsk({
    isDev: false,
    resolve: () => Promise.resolve(["2606:4700::1111", "::1", "192.168.0.9", "93.184.216.34"]),
    dial: refusing,
  });
  const question = { url: "https://dual.example/", bytesMax: 100 };
  await rejects(asker.ask(question), problemCode("tls_failed"));
  deepEqual(dialled, ["2606:4700::1111", "93.184.216.34"]);
  // The family that worked comes first from then on.
  await rejects(asker.ask(question), problemCode("tls_failed"));
  deepEqual(dialled.slice(2), ["93.184.216.34"]);
});

Deno.test("P9: silent addresses and a silent resolver end at the guard's own limit", async () => {
  const never = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  const general = () => Promise.resolve(["93.184.216.34", "93.184.216.35"]);
  for (
    const options of [
      { resolve: general, dial: (_address: string, _port: number, end: AbortSignal) => never(end) },
      { resolve: (_name: string, end: AbortSignal) => never(end) },
      { resolve: () => Promise.resolve([]) },
    ]
  ) {
    await using asker = await makeAsk({ isDev: false, connectMs: 200, ...options });
    const startedMs = performance.now();
    const code = "dial" in options || options.resolve.length > 0 ? "not_reached" : "name_unknown";
    await rejects(asker.ask({ url: "https://silent.example/", bytesMax: 9 }), problemCode(code));
    ok(performance.now() - startedMs < 2_000);
  }
});

Deno.test("P9: NO_PROXY at the start keeps the way out shut, forgotten it does nothing, and set later neither", async () => {
  for (const name of ["NO_PROXY", "no_proxy"]) {
    for (const value of ["*", "127.0.0.1", "127.0.0.0/8", "localhost", "::1"]) {
      await withEnvironment(name, value, async () => {
        await rejects(makeAsk({ isDev: false }), /does not guard/);
        await rejects(makeAsk({ isDev: true }), /does not guard/);
      });
    }
    await withEnvironment(name, "*", async () => {
      forgetProxyExceptions();
      equal(Deno.env.get(name), undefined);
      await using _asker = await makeAsk({ isDev: false });
    });
  }
  await using server = serveRaw((write) => write(HELLO));
  await using asker = await makeAsk({
    isDev: false,
    resolve: () => Promise.resolve(["127.0.0.1"]),
  });
  await withEnvironment("NO_PROXY", "*", async () => {
    const url = `https://later.example:${server.port}/`;
    await rejects(asker.ask({ url, bytesMax: 9 }), problemCode("address_refused"));
  });
  equal(server.connections(), 0);
});

Deno.test("the guard serves our own client only", async () => {
  await using server = serveRaw((write) => write(HELLO));
  const guard = startGuard({ isStrict: false });
  const url = "url" in guard.proxy ? guard.proxy.url : "";
  const port = Number(new URL(url).port);
  const word = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const target = [5, 1, 0, 1, 127, 0, 0, 1, server.port >> 8, server.port & 255];
  for (
    const said of [
      [5, 1, 0, ...target],
      [5, 1, 2, 1, ...word("guess"), ...word("guess"), ...target],
      [4, 1, 0, 80, 127, 0, 0, 1, 0],
      [...new TextEncoder().encode("GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")],
    ]
  ) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(Uint8Array.from(said));
    const buffer = new Uint8Array(100);
    let last: number | null = 0;
    const heard: number[] = [];
    while (last !== null) {
      last = await connection.read(buffer).catch(() => null);
      heard.push(...buffer.subarray(0, last ?? 0));
    }
    ok(!heard.join(" ").includes("5 0 0 1"), `told to connect: ${heard.join(" ")}`);
  }
  equal(server.connections(), 0);
  await guard.close();
});

Deno.test("a question may look at each address first, and then has a connection of its own", async () => {
  await using server = serveRaw((write) => write(HELLO));
  await using asker = await makeAsk({ isDev: true });
  const seen: string[] = [];
  const question = { url: `${server.origin}/`, bytesMax: 100 };
  const permit = (address: string) => {
    seen.push(address);
    return seen.length < 3;
  };
  for (let n = 0; n < 2; n += 1) {
    equal((await asker.ask({ ...question, permit })).status, 200);
  }
  await rejects(asker.ask({ ...question, permit }), problemCode("address_refused"));
  deepEqual(seen, ["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
  equal(server.connections(), 2);
  equal((await asker.ask(question)).status, 200);
});

Deno.test("connections are used again, and closing the way out ends what is still being asked", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (_request, { remoteAddr }) => new Response(String(remoteAddr.port)),
  );
  const asker = await makeAsk({ isDev: true });
  const ports = new Set<string>();
  for (let n = 0; n < 10; n += 1) {
    const { bytes } = await asker.ask({
      url: `http://127.0.0.1:${server.addr.port}/`,
      bytesMax: 9,
    });
    ports.add(new TextDecoder().decode(bytes));
  }
  equal(ports.size, 1);
  await using silent = serveRaw(() => pause(300));
  const waiting = rejects(asker.ask({ url: silent.origin, bytesMax: 9 }), AskProblem);
  await pause(50);
  await asker.close();
  await waiting;
  await server.shutdown();
});

Deno.test("a message names what was asked, and no more of it than a line can take", async () => {
  await using asker = await makeAsk({ isDev: false });
  const url = `https://user:secret@example.org/${"x".repeat(1_000)}`;
  const error = await asker.ask({ url, bytesMax: 9 }).catch((caught) => caught);
  match(error.message, /^Cannot ask https:\/\/example.org\/.{1,260}$/s);
});
