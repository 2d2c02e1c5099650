import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createPort80, demandHttps, type Port80Parts } from "../../routes/port_80.ts";
import { checkMarkup } from "../browser/page_checks.ts";

const ORIGIN = "https://capsule.example";

function open(more: Partial<Port80Parts> = {}) {
  const handler = createPort80({
    origin: () => ORIGIN,
    isTrusted: () => false,
    findChallenge: (token) => token === "abc-_1" ? "abc-_1.print" : undefined,
    facts: () => ({
      name: "capsule.example",
      state: "waiting",
      sentence: "The authority cannot reach http://capsule.example/.",
      detail: "Timeout <b>during</b> connect",
      nextAtMs: Date.UTC(2027, 0, 1, 12, 5),
      untilMs: undefined,
      renewAtMs: undefined,
    }),
    app: ({ url }) => new Response(`app ${new URL(url).pathname}`),
    ...more,
  });
  return async (path: string, init?: RequestInit) =>
    await handler(new Request(`http://anything.example${path}`, init));
}

Deno.test("plain HTTP answers a challenge that somebody waits for, trusted or not", async () => {
  for (const isTrusted of [() => true, () => false]) {
    const ask = open({ isTrusted });
    const answer = await ask("/.well-known/acme-challenge/abc-_1");
    equal(answer.status, 200);
    equal(await answer.text(), "abc-_1.print");
    equal((await ask("/.well-known/acme-challenge/other")).status, 404);
  }
  const odd = await open()("/.well-known/acme-challenge/..%2fabc");
  equal(odd.status, 503);
});

Deno.test("with a certificate plain HTTP leads to the configured name, whatever was asked", async () => {
  const ask = open({ isTrusted: () => true });
  const answer = await ask("/p/7?x=%20", { headers: { host: "evil.example" } });
  equal(answer.status, 308);
  equal(answer.headers.get("location"), `${ORIGIN}/p/7?x=%20`);
  equal(answer.headers.get("strict-transport-security"), null);
  equal((await ask("//evil.example/")).headers.get("location"), `${ORIGIN}//evil.example/`);
  equal((await ask(`/${"a".repeat(9_000)}`)).headers.get("location"), `${ORIGIN}/`);
  equal((await ask("/setup", { method: "POST", body: "a=b" })).status, 308);
});

Deno.test("without a certificate one page says why, in words that cannot be markup", async () => {
  const answer = await open()("/studio");
  equal(answer.status, 503);
  equal(answer.headers.get("cache-control"), "no-store");
  match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  const text = await answer.text();
  match(text, /No certificate yet/);
  match(text, /as soon as a certificate authority has given/);
  match(text, /cannot reach/);
  match(text, /1 January 2027 at 12:05 UTC/);
  ok(text.includes("&lt;b>during") && !text.includes("<b>"));
  ok(!/<form|<a |<script/.test(text));
  deepEqual(await checkMarkup(text, "/studio"), []);
  equal(answer.headers.get("refresh"), "60");
  const posted = await open()("/setup", { method: "POST", body: "password=x" });
  equal(posted.status, 403);
});

Deno.test("the health check and the page's style are answered over plain HTTP", async () => {
  const ask = open({ isTrusted: () => true });
  equal(await (await ask("/up")).text(), "app /up");
  equal(await (await ask("/assets/style-1.css")).text(), "app /assets/style-1.css");
  equal((await ask("/upper")).status, 308);
});

Deno.test("browsers are told to come back over HTTPS only while they trust the certificate", async () => {
  let isTrusted = false;
  for (const answer of [() => new Response(""), () => Promise.resolve(new Response(""))]) {
    const handler = demandHttps(answer, () => isTrusted);
    const ask = async () => await handler(new Request(`${ORIGIN}/`));
    isTrusted = false;
    equal((await ask()).headers.get("strict-transport-security"), null);
    isTrusted = true;
    match((await ask()).headers.get("strict-transport-security") ?? "", /^max-age=\d{8}$/);
  }
});

Deno.test("a Host header that hides a path in it opens no form over plain HTTP", async () => {
  const port80 = createPort80({
    ...{ origin: () => ORIGIN, isTrusted: () => false, findChallenge: () => undefined },
    facts: () => ({
      ...{ name: "capsule.example", state: "waiting", sentence: "", detail: "" },
      ...{ nextAtMs: undefined, untilMs: undefined, renewAtMs: undefined },
    }),
    app: () => new Response("the form"),
  });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, port80);
  const ask = async (host: string, path: string) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(head));
    return await new Response(connection.readable).text();
  };
  for (const host of ["x\\up?", "x\\assets\\a?", "x\\up#", "x", ""]) {
    match(await ask(host, "/sign-in"), /^HTTP\/1\.1 503/, host);
  }
  match(await ask("x", "/up"), /the form/);
});
