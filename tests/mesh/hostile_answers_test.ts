import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type Ask, type AskCode, AskProblem, makeAsk, type Question } from "../../mesh/fetch.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../support/certificate.ts";
import { pause, type RawServer, serveRaw, type Write } from "../support/raw_server.ts";

const SILENCE_MS = 300;
const HEAD = "HTTP/1.1 200 OK\r\n";

/** Asks a server that answers in a hostile way, and says with which code and after how long it ended. */
async function askHostile(
  answer: (write: Write, request: string) => Promise<unknown>,
  question: Partial<Question> = {},
): Promise<{ code: AskCode | number; ms: number; requests: string[]; bytes: number }> {
  await using server: RawServer = serveRaw(answer);
  await using asker = await makeAsk({ isDev: true, silenceMs: SILENCE_MS });
  const startedMs = performance.now();
  const code = await askCode(asker.ask, {
    url: `${server.origin}/`,
    bytesMax: 10_000,
    ...question,
  });
  return { ...code, ms: performance.now() - startedMs, requests: server.requests };
}

async function askCode(ask: Ask, question: Question) {
  try {
    const { status, bytes } = await ask(question);
    return { code: status, bytes: bytes.length };
  } catch (error) {
    ok(error instanceof AskProblem, String(error));
    return { code: error.code, bytes: 0 };
  }
}

async function writeForever(write: Write, text: string | Uint8Array, everyMs = 0): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (performance.now() < endMs && await write(text)) await pause(everyMs);
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(packed).bytes();
}

Deno.test("P9: an endless body ends at the number of bytes asked for", async () => {
  const chunk = new Uint8Array(4_096).fill(97);
  for (const head of ["", "content-length: 999999999999\r\n", "content-length: 10001\r\n"]) {
    const { code, ms } = await askHostile(async (write) => {
      await write(`${HEAD}${head}\r\n`);
      await writeForever(write, chunk);
    });
    equal(code, "too_long", head);
    ok(ms < 2_000);
  }
  const chunked = await askHostile(async (write) => {
    await write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    await writeForever(write, `1000\r\n${"x".repeat(4_096)}\r\n`);
  });
  equal(chunked.code, "too_long");
});

Deno.test("P9: exactly as many bytes as asked for arrive, and one more does not", async () => {
  const answer = (length: number) => async (write: Write) => {
    await write(`${HEAD}content-length: ${length}\r\n\r\n${"x".repeat(length)}`);
  };
  deepEqual(await askHostile(answer(10_000)).then(({ code, bytes }) => [code, bytes]), [
    200,
    10_000,
  ]);
  equal((await askHostile(answer(10_001))).code, "too_long");
});

Deno.test("P9: a compressed bomb ends at the number of bytes asked for, counted after decompression", async () => {
  const bomb = await gzip(new Uint8Array(100_000_000));
  ok(bomb.length < 200_000);
  const before = Deno.memoryUsage().rss;
  const { code, ms } = await askHostile(async (write) => {
    await write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    await write(bomb);
  }, { bytesMax: 1_000_000 });
  equal(code, "too_long");
  ok(ms < 2_000, `${ms} ms`);
  ok(Deno.memoryUsage().rss - before < 60_000_000);
});

Deno.test("P9: what was compressed twice, otherwise or wrongly is a broken answer", async () => {
  const once = await gzip(new TextEncoder().encode("hello"));
  for (
    const [encoding, body] of [
      ["gzip, gzip", once],
      ["deflate", once],
      ["zstd", once],
      ["gzip", new TextEncoder().encode("no gzip at all")],
      ["gzip", once.subarray(0, once.length - 9)],
    ] as const
  ) {
    const { code } = await askHostile(async (write) => {
      await write(`${HEAD}content-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`);
      await write(body);
    });
    equal(code, "answer_broken", encoding);
  }
});

Deno.test("P9: silence ends an answer, before its headers and inside its body", async () => {
  for (
    const opening of [
      "",
      "HTTP/1.1 200",
      `${HEAD}x: y\r\n`,
      `${HEAD}content-length: 10\r\n\r\nhel`,
      `${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nhel`,
    ]
  ) {
    const { code, ms } = await askHostile(async (write) => {
      await write(opening);
      await pause(SILENCE_MS + 400);
    });
    equal(code, "too_slow", opening);
    ok(ms < SILENCE_MS + 350, `${ms} ms after ${JSON.stringify(opening)}`);
  }
});

Deno.test("P9: a trickle that is never silent ends at the time for the whole", async () => {
  const trickles: ((write: Write) => Promise<void>)[] = [
    async (write) => {
      await write(`${HEAD}content-length: 5000\r\n\r\n`);
      await writeForever(write, "x", 50);
    },
    async (write) => {
      for (const letter of `${HEAD}${"x-slow: yes\r\n".repeat(50)}`) {
        if (!await write(letter)) return;
        await pause(20);
      }
    },
    async (write) => {
      await writeForever(write, "HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n", 50);
    },
  ];
  for (const [n, trickle] of trickles.entries()) {
    const { code, ms } = await askHostile(trickle, { timeoutMs: 900 });
    equal(code, "too_slow", `trickle ${n}`);
    ok(ms < 1_500, `${ms} ms`);
  }
});

Deno.test("P9: headers without end, no HTTP, and answers that break off are broken answers", async () => {
  const answers: Record<string, (write: Write) => Promise<unknown>> = {
    "endless headers": async (write) => {
      await write(HEAD);
      await writeForever(write, `x-more: ${"y".repeat(100)}\r\n`.repeat(500));
    },
    "one endless header": async (write) => {
      await write(`${HEAD}x: `);
      await writeForever(write, "y".repeat(50_000));
    },
    "another protocol": (write) => write("220 mail.example ESMTP\r\n"),
    "no status": (write) => write("HTTP/1.1 abc\r\n\r\n"),
    "nothing": () => Promise.resolve(),
    "an early end": (write) => write(`${HEAD}content-length: 10\r\n\r\nhello`),
    "an early end of chunks": (write) =>
      write(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`),
    "no chunks": (write) => write(`${HEAD}transfer-encoding: chunked\r\n\r\nZZ\r\nhello\r\n`),
    "two lengths": (write) => write(`${HEAD}content-length: 5\r\ncontent-length: 7\r\n\r\nhello, `),
  };
  for (const [name, answer] of Object.entries(answers)) {
    equal((await askHostile(answer)).code, "answer_broken", name);
  }
});

Deno.test("P9: any status is an answer, whole and without its redirect where it leads nowhere", async () => {
  for (const status of [200, 204, 206, 304, 400, 404, 410, 429, 451, 500, 503, 300, 302]) {
    const { code } = await askHostile((write) =>
      write(
        `HTTP/1.1 ${status} X\r\n${
          status === 304 || status === 204 ? "" : "content-length: 2\r\n"
        }\r\n${status === 304 || status === 204 ? "" : "{}"}`,
      )
    );
    equal(code, status);
  }
});

Deno.test("P9: three redirects are followed, a fourth is not, and a circle ends", async () => {
  const steps = (count: number) => async (write: Write, request: string) => {
    const step = Number(/^GET \/(\d*)/.exec(request)?.[1] || 0);
    await write(
      step < count
        ? `HTTP/1.1 302 Found\r\nlocation: /${step + 1}\r\ncontent-length: 4\r\n\r\ngone`
        : `${HEAD}content-length: 2\r\n\r\nok`,
    );
  };
  equal((await askHostile(steps(3))).code, 200);
  const tooMany = await askHostile(steps(4));
  deepEqual([tooMany.code, tooMany.requests.length], ["redirect_refused", 4]);
  const circle = await askHostile((write) =>
    write("HTTP/1.1 308 Moved\r\nlocation: /\r\ncontent-length: 0\r\n\r\n")
  );
  deepEqual([circle.code, circle.requests.length], ["redirect_refused", 4]);
});

Deno.test("P9: no redirect of a POST is followed, and its body goes out once", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const { code, requests } = await askHostile(
      (write) => write(`HTTP/1.1 ${status} X\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n`),
      { method: "POST", body: "{}" },
    );
    deepEqual([code, requests.length], ["redirect_refused", 1]);
  }
});

Deno.test("P9: a POST with more than 256 KiB is not sent", async () => {
  const lengths: number[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      lengths.push((await request.bytes()).length);
      return new Response(request.headers.get("content-type"));
    },
  );
  await using asker = await makeAsk({ isDev: true });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const question = { url, method: "POST", bytesMax: 99 } as const;
  await rejects(asker.ask({ ...question, body: "x".repeat(262_145) }), RangeError);
  const { status, bytes } = await asker.ask({ ...question, body: "x".repeat(262_144) });
  deepEqual([status, lengths], [200, [262_144]]);
  equal(new TextDecoder().decode(bytes), "application/json");
  await server.shutdown();
});

/** Over TLS and strict, as in earnest: names of this test lead to a server of this test, as if it were far away. */
async function withStrictServer(
  answer: (path: string, host: string) => Response,
  work: (ask: Ask, dialled: string[]) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: TEST_CERTIFICATE,
    key: TEST_CERTIFICATE_KEY,
    onListen: () => {},
  }, (request) => answer(new URL(request.url).pathname, new URL(request.url).hostname));
  const dialled: string[] = [];
  const names: Record<string, string> = {
    "outward.example": "93.184.216.34",
    "other.example": "93.184.217.1",
    "wrong-name.example": "93.184.218.1",
  };
  await using asker = await makeAsk({
    isDev: false,
    caCerts: [TEST_CERTIFICATE],
    resolve: (name) => Promise.resolve([names[name] ?? "127.0.0.1"]),
    dial: async (address) => {
      dialled.push(address);
      return await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    },
  });
  await work(asker.ask, dialled);
  await asker.close();
  await server.shutdown();
}

Deno.test("P9: a redirect inwards is refused, by number and by name, and nothing is connected to", async () => {
  await using secret = serveRaw((write) => write(`${HEAD}content-length: 6\r\n\r\nsecret`));
  const inwards: [string, AskCode][] = [
    [`http://127.0.0.1:${secret.port}/`, "redirect_refused"],
    [`https://127.0.0.1:${secret.port}/`, "redirect_refused"],
    [`https://localhost:${secret.port}/`, "redirect_refused"],
    [`https://[::ffff:127.0.0.1]:${secret.port}/`, "redirect_refused"],
    [`https://0x7f.1:${secret.port}/`, "redirect_refused"],
    ["https://169.254.169.254/latest/meta-data", "redirect_refused"],
    ["http://other.example/", "redirect_refused"],
    ["file:///etc/passwd", "redirect_refused"],
    ["https://ada:secret@other.example/", "redirect_refused"],
    [`https://inward.example:${secret.port}/`, "address_refused"],
  ];
  await withStrictServer((path) => {
    const location = inwards[Number(path.slice(1))]?.[0] ?? "";
    return new Response("moved", { status: 302, headers: { location } });
  }, async (ask, dialled) => {
    for (const [n, [location, code]] of inwards.entries()) {
      const found = await askCode(ask, { url: `https://outward.example/${n}`, bytesMax: 99 });
      equal(found.code, code, location);
    }
    deepEqual([...new Set(dialled)], ["93.184.216.34"]);
  });
  equal(secret.connections(), 0);
});

Deno.test("P9: strict and over TLS, a redirect to another name is followed, and a certificate for another name is not believed", async () => {
  await withStrictServer(
    (path, host) =>
      path === "/away"
        ? new Response(null, { status: 307, headers: { location: "https://other.example/here" } })
        : new Response(`${host}${path}`),
    async (ask, dialled) => {
      const { status, bytes, url } = await ask({
        url: "https://outward.example/away",
        bytesMax: 99,
      });
      deepEqual([status, url], [200, "https://other.example/here"]);
      equal(new TextDecoder().decode(bytes), "other.example/here");
      deepEqual(dialled, ["93.184.216.34", "93.184.217.1"]);
      const wrong = await askCode(ask, { url: "https://wrong-name.example/", bytesMax: 99 });
      equal(wrong.code, "tls_failed");
    },
  );
});

Deno.test("P9: the asker's own signal ends a question at once, before and during it", async () => {
  await using server = serveRaw(async (write) => {
    await write(`${HEAD}content-length: 10\r\n\r\nhel`);
    await pause(300);
  });
  await using asker = await makeAsk({ isDev: true });
  for (const afterMs of [0, 100]) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), afterMs);
    if (afterMs === 0) stop.abort();
    const question = { url: server.origin, bytesMax: 100, signal: stop.signal };
    const { code } = await askCode(asker.ask, question);
    equal(code, "stopped");
    clearTimeout(timer);
  }
  equal(server.connections(), 1);
});

Deno.test("a question carries what it was given, and no header that tells who asks", async () => {
  const { requests } = await askHostile((write) => write(`${HEAD}content-length: 0\r\n\r\n`), {
    isFresh: true,
    etag: '"abc"',
    accept: "application/json",
    headers: { "x-more": "1" },
  });
  const headers = (requests[0] ?? "").toLowerCase().split("\r\n").slice(1, -2).sort();
  deepEqual(headers.filter((line) => !line.startsWith("host:")), [
    "accept-encoding: gzip",
    "accept-language: *",
    "accept: application/json",
    "cache-control: no-cache",
    'if-none-match: "abc"',
    "user-agent: capsule",
    "x-more: 1",
  ]);
  const part = await askHostile((write) => write(`${HEAD}content-length: 0\r\n\r\n`), {
    range: "bytes=5-9",
  });
  ok(/range: bytes=5-9/i.test(part.requests[0] ?? ""));
  ok(/accept-encoding: identity/i.test(part.requests[0] ?? ""));
});

Deno.test("where redirects that last have led is told, and only as far as they last", async () => {
  await using server = serveRaw(async (write, request) => {
    const path = /^GET (\S+)/.exec(request)?.[1] ?? "";
    const next: Record<string, string> = {
      "/old": "301 X\r\nlocation: /new",
      "/new": "302 X\r\nlocation: /today",
    };
    const found = next[path];
    await write(
      found === undefined
        ? `${HEAD}content-length: 0\r\n\r\n`
        : `HTTP/1.1 ${found}\r\ncontent-length: 0\r\n\r\n`,
    );
  });
  await using asker = await makeAsk({ isDev: true });
  const { url, movedTo } = await asker.ask({ url: `${server.origin}/old`, bytesMax: 9 });
  deepEqual([url, movedTo], [`${server.origin}/today`, `${server.origin}/new`]);
  const direct = await asker.ask({ url: `${server.origin}/today`, bytesMax: 9 });
  equal(direct.movedTo, undefined);
});
