import { deepEqual, equal, match, ok } from "node:assert/strict";
import { hasNginx, type Nginx, readDocumented, startNginx } from "../support/nginx.ts";
import { need } from "../support/optional.ts";
import { initCapsule, makeFolder, runCapsule, serveCapsule } from "../support/process.ts";

const ORIGIN = "https://capsule.example";
/** Longer than any page may stay in a cache: what is not there by then breaks the promise. */
const PROMISED_MS = 15_000;
const SOAK = Deno.env.get("CAPSULE_TEST_SOAK") === "1";

/** The lines of docs/operations.md; what happened to each request is told in a header, for the test. */
function readCache(port: string, folder: string): { http: string; server: string } {
  const block = readDocumented(1, port, folder);
  const [, path = "", location = ""] = /^(proxy_cache_path .*?;)[\s\S]*?server \{([\s\S]*)\}\s*$/m
    .exec(block) ?? [];
  match(location, /proxy_cache_bypass \$http_cookie;/);
  // A second way in, by a cache that does not care about cookies.
  const careless = location.replace("proxy_cache_bypass $http_cookie;", "")
    .replace("location / {", "location /careless/ {")
    .replace(/proxy_pass (.*);/, "proxy_pass $1/;");
  const told = "add_header X-Cache $upstream_cache_status;";
  return { http: path, server: `${told}\n${location}\n${careless}` };
}

function makeReader({ secure, chain }: Nginx) {
  const client = Deno.createHttpClient({ caCerts: [chain] });
  return {
    async get(path: string, headers: Record<string, string> = {}) {
      const answer = await fetch(`https://localhost:${secure}${path}`, { client, headers });
      const bytes = await answer.bytes();
      const cache = answer.headers.get("X-Cache");
      return { status: answer.status, cache, bytes, text: new TextDecoder().decode(bytes) };
    },
    async signIn(): Promise<Record<string, string>> {
      const answer = await fetch(`https://localhost:${secure}/sign-in`, {
        ...{ client, method: "POST", redirect: "manual", headers: { Origin: ORIGIN } },
        body: new URLSearchParams({ password: "correct horse battery" }),
      });
      await answer.body?.cancel();
      equal(answer.status, 303);
      equal(answer.headers.get("X-Cache") ?? "MISS", "MISS");
      return {
        Cookie: /__Host-capsule=[^;]+/.exec(answer.headers.get("set-cookie") ?? "")?.[0] ?? "",
      };
    },
    [Symbol.dispose]: () => client.close(),
  };
}

async function until<T>(ask: () => Promise<T>, is: (found: T) => boolean): Promise<T> {
  for (const deadlineMs = performance.now() + PROMISED_MS;;) {
    const found = await ask();
    if (is(found)) return found;
    if (performance.now() > deadlineMs) throw new Error(`not within ${PROMISED_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

Deno.test("nginx as a cache, as documented: carries pages, pictures and tiles, shows what is new, and never the owner's view", async () => {
  if (!need("nginx", hasNginx())) return;
  using folder = makeFolder();
  const cwd = folder.path;
  const { id } = await initCapsule(cwd, ["--address", ORIGIN]);
  await Deno.copyFile(new URL("../sample/blog/tides.png", import.meta.url), `${cwd}/tides.png`);
  const words = ["The first", "--image", "tides.png", "--alt", "Tides", "--json"];
  const { url, index } = (await runCapsule(["post", ...words], { cwd }))
    .json<{ url: string; index: number }>();
  const path = new URL(url).pathname;
  const args = ["--address", ORIGIN, "--trusted-proxy", "127.0.0.1"];
  await using served = await serveCapsule(args, { cwd });
  await using nginx = await startNginx(cwd, readCache(new URL(served.url).port, cwd));
  using reader = makeReader(nginx);

  // Carried: the second one is the first one's bytes.
  const blob = /\/mesh\/1\/blob\/[0-9a-f]{64}/.exec((await reader.get(path)).text)?.[0] ?? "";
  for (const kept of ["/", "/feed.json", blob, `/mesh/1/${id}/tile/0/000.p/2`]) {
    const first = await reader.get(kept);
    const second = await reader.get(kept);
    deepEqual([kept, first.status, first.cache, second.cache], [kept, 200, "MISS", "HIT"]);
    deepEqual(second.bytes, first.bytes);
  }
  const whole = await reader.get(blob);
  const part = await reader.get(blob, { Range: "bytes=10-19" });
  deepEqual([part.status, part.cache], [206, "HIT"]);
  deepEqual(part.bytes, whole.bytes.slice(10, 20));

  // The owner's view is the owner's, asked for first or second, by a cache that minds cookies and by one that does not.
  const cookie = await reader.signIn();
  for (const own of [path, "/about", "/careless/tags", "/careless/archive"]) {
    const mine = await reader.get(own, cookie);
    ok(mine.text.includes('href="/studio"'), own);
    const stranger = await reader.get(own);
    equal(stranger.status, 200);
    ok(!stranger.text.includes("/studio"), own);
  }
  ok((await reader.get("/", cookie)).text.includes('href="/studio"'), "although a page is kept");
  equal((await reader.get("/studio", cookie)).status, 200);
  equal((await reader.get("/studio", cookie)).cache, "BYPASS");

  // What is new shows, what is withdrawn goes, and nothing is purged.
  await runCapsule(["post", "The second"], { cwd });
  await runCapsule(["withdraw", String(index), "--yes"], { cwd });
  const fresh = await until(() => reader.get("/"), ({ text }) => text.includes("The second"));
  ok(!fresh.text.includes("The first"));
  const gone = await until(() => reader.get(path), ({ status }) => status !== 200);
  equal(gone.status, 410);

  // While the capsule is away, what the cache has is shown.
  await served.stop();
  equal((await reader.get("/")).status, 200);
  if (!SOAK) return;
  const stale = await until(() => reader.get("/"), ({ cache }) => cache === "STALE");
  equal(stale.status, 200);
});
