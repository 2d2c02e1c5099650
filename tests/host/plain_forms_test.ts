import { equal, match } from "node:assert/strict";
import { believeProxies, readProxies } from "../../host/forwarded.ts";
import { keepFormsOff } from "../../host/plain_forms.ts";
import type { LogLine } from "../../routes/app.ts";

const LOCAL = "http://localhost:8000";
const PUBLIC = "https://capsule.example";

function open({ proxies = [], origin = LOCAL }: { proxies?: string[]; origin?: string } = {}) {
  const log: LogLine[] = [];
  const list = proxies.length === 0 ? undefined : readProxies(proxies);
  const app = () => new Response("the form");
  const inner = list === undefined
    ? app
    : believeProxies(app, { proxies: list, origin: () => origin });
  const handler = keepFormsOff(inner, {
    proxies: list,
    origin: () => origin,
    log: (line) => void log.push(line),
  });
  const ask = async (
    from: string,
    path: string,
    headers: Record<string, string> = {},
    host = "localhost:8000",
  ) => {
    const remoteAddr = { transport: "tcp" as const, hostname: from, port: 4_000 };
    const request = new Request(`http://${host}${path}`, { headers });
    return await handler(request, { remoteAddr, completed: Promise.resolve() });
  };
  return { ask, log };
}

const FORMS = [
  "/setup?code=abc",
  "/setup",
  "/sign-in",
  "/forgotten",
  "/studio",
  "/studio/settings",
  "/%73etup",
  "/%73tudio/%ff",
  "/sign%2Din?next=/",
];

Deno.test("over plain HTTP nothing can be typed from another machine; pages are read", async () => {
  const { ask, log } = open();
  for (const from of ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1", "172.17.0.1"]) {
    for (const path of FORMS) {
      const answer = await ask(from, path);
      equal(answer.status, 403);
      const text = await answer.text();
      match(text, /HTTPS only, or on the server itself.*--address.*ssh -L 8000:localhost:8000/s);
      match(text, new RegExp(`--trusted-proxy ${from.replace("::ffff:", "")}<`));
    }
    for (const path of ["/", "/p/1", "/up", "/studios"]) equal((await ask(from, path)).status, 200);
  }
  equal(log.length, 1, "told once");
});

Deno.test("this machine itself is answered, unless it passes on what came without encryption", async () => {
  const { ask } = open();
  for (const from of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    for (const path of FORMS) equal((await ask(from, path)).status, 200);
    equal((await ask(from, "/setup", { "x-forwarded-proto": "https" })).status, 200);
    equal((await ask(from, "/setup", { "x-forwarded-proto": "http" })).status, 403);
  }
});

Deno.test("a web server on this machine does not make everybody local by saying nothing of HTTPS", async () => {
  const { ask } = open();
  for (
    const name of ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"]
  ) {
    const value = name === "forwarded" ? "for=203.0.113.7;proto=http" : "203.0.113.7";
    for (const path of FORMS) equal((await ask("127.0.0.1", path, { [name]: value })).status, 403);
    equal((await ask("127.0.0.1", "/", { [name]: value })).status, 200, "pages are read");
    const https = { [name]: value, "x-forwarded-proto": "https" };
    equal((await ask("127.0.0.1", "/sign-in", https)).status, 200);
  }
});

Deno.test("a page whose name was made to lead to this machine finds no form here", async () => {
  const statusOf = async (host: string, origin: string, said: Record<string, string> = {}) =>
    (await open({ origin }).ask("127.0.0.1", "/sign-in", said, host)).status;
  for (const host of ["evil.example", "evil.example:8000", "localhost.evil.example", "0.0.0.0"]) {
    for (const origin of [LOCAL, PUBLIC]) equal(await statusOf(host, origin), 403, host);
  }
  for (
    const host of ["localhost", "LOCALHOST:8000", "ada.localhost:8001", "127.0.0.2", "[::1]:1"]
  ) {
    for (const origin of [LOCAL, PUBLIC]) equal(await statusOf(host, origin), 200, host);
  }
  equal(await statusOf("capsule.example", PUBLIC), 200, "a web server that adds nothing");
  equal(await statusOf("www.example", LOCAL, { "x-forwarded-proto": "https" }), 200);
});

Deno.test("a proxy is believed when it is trusted and says https", async () => {
  const proxies = ["172.17.0.0/16", "127.0.0.1"];
  const https = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7" };
  const http = { ...https, "x-forwarded-proto": "http" };
  for (const origin of [LOCAL, PUBLIC]) {
    const { ask } = open({ proxies, origin });
    for (const from of ["172.17.0.1", "127.0.0.1"]) {
      equal((await ask(from, "/sign-in", https)).status, 200);
      const plain = await ask(from, "/sign-in", http);
      equal(plain.status, origin === PUBLIC ? 308 : 403);
    }
    equal((await ask("203.0.113.7", "/sign-in", https)).status, 403, "anybody can say it");
    const silent = await ask("172.17.0.1", "/sign-in");
    equal(silent.status, 403);
    match(await silent.text(), /172\.17\.0\.1\) does not say/);
  }
  match(
    await (await open({ origin: PUBLIC }).ask("203.0.113.7", "/setup")).text(),
    /Open .*https:\/\/capsule\.example/,
  );
});
