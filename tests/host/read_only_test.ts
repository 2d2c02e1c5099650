import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { findFreePort } from "../support/mesh_rig.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
  type Served,
  SOURCE,
} from "../support/process.ts";

const ADDRESS = "https://ida.example";
const CHECKOUT = new URL("../..", import.meta.url).pathname;

/** Less than the compiled program has: it may not write anywhere. */
const READING = SOURCE.flatMap((word) =>
  word === "--allow-all"
    ? ["--no-prompt", "--allow-net", `--allow-read=.,${CHECKOUT}`, "--allow-env"]
    : [word]
);

function serveCopy(cwd: string, args: readonly string[] = []): Promise<Served> {
  return serveCapsule(["--read-only", ...args], { cwd, program: READING });
}

async function get(url: string, init?: RequestInit): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, { redirect: "manual", ...init });
  return { status: answer.status, text: await answer.text() };
}

/** Asks again until it is so, for a second and a little: what is newer is there within one. */
async function soon(ask: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadlineMs = performance.now() + 5_000; !(await ask());) {
    if (performance.now() > deadlineMs) throw new Error(`not soon: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function hashFile(path: string): string {
  return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
}

Deno.test("serve --read-only beside the writing one shows the same, follows it, and leaves everything else to it", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const { id } = await initCapsule(cwd, ["--address", ADDRESS]);
  await using origin = await serveCapsule(["--address", ADDRESS], { cwd });
  await using copy = await serveCopy(cwd);
  await copy.waitForError(/Reading capsule\.db only/);
  const paths = ["/", "/feed.json", "/about", "/sitemap.xml", `/mesh/1/${id}/checkpoint`];
  for (const path of [...paths, `/mesh/1/${id}/tile/0/000.p/1`]) {
    const [there, here] = await Promise.all([get(origin.url + path), get(copy.url + path)]);
    deepEqual([here.status, here.text], [there.status, there.text], path);
  }
  ok((await get(`${copy.url}/`)).text.includes(`rel="canonical" href="${ADDRESS}/"`));

  await runCapsule(["post", "Written at the origin"], { cwd });
  const isThere = async () => (await get(`${copy.url}/`)).text.includes("Written at the origin");
  await soon(isThere, "a new post");

  for (const path of ["/studio", "/sign-in", "/setup", "/forgotten"]) {
    const away = await get(copy.url + path);
    equal(away.status, 403);
    ok(away.text.includes(`href="${ADDRESS}/studio"`), path);
  }
  const body = new URLSearchParams({ password: "correct horse battery" });
  equal((await get(`${copy.url}/sign-in`, { method: "POST", body })).status, 403);
  const answer = await fetch(`${copy.url}/mesh/1/inbox`, {
    ...{ method: "POST", body: "{}", headers: { "Content-Type": "application/json" } },
  });
  deepEqual([answer.status, (await answer.json()).error], [503, "read_only"]);
  ok(answer.headers.has("Retry-After"), "so that whoever delivers goes on");
  const up = JSON.parse((await get(`${copy.url}/up`)).text);
  deepEqual([up.ok, up.readOnly], [true, "replica"]);
  // Whoever asks at the author's address who else runs there is not alarmed by copies.
  const shown = JSON.parse((await get(`${copy.url}/.well-known/capsule`)).text);
  deepEqual([shown.id, "start" in shown], [id, false]);
  equal((await runCapsule(["status", "--json"], { cwd })).json().url, origin.url);

  // The writer may stop and start beside it.
  equal(await origin.stop(), 0);
  equal((await get(`${copy.url}/p/1`)).status, 200);
  await using next = await serveCapsule(["--address", ADDRESS], { cwd });
  equal((await get(`${next.url}/`)).status, 200);
  await runCapsule(["withdraw", "1", "--yes"], { cwd });
  await soon(async () => (await get(`${copy.url}/p/1`)).status === 410, "a withdrawal");
  equal(await copy.stop(), 0);
});

Deno.test("serve --read-only follows a copy that is put in the place of another, and changes none", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd, ["--address", ADDRESS]);
  await Deno.mkdir(`${cwd}/copy`);
  const refresh = async () => {
    equal((await runCapsule(["backup", "next.db", "--replace"], { cwd })).code, 0);
    await Deno.rename(`${cwd}/next.db`, `${cwd}/copy/capsule.db`);
  };
  await refresh();
  const before = hashFile(`${cwd}/copy/capsule.db`);
  await using copy = await serveCopy(`${cwd}/copy`);
  ok(!(await get(`${copy.url}/`)).text.includes("In the newer copy"));
  equal(hashFile(`${cwd}/copy/capsule.db`), before);
  deepEqual(listNames(`${cwd}/copy`), ["capsule.db"]);

  await runCapsule(["post", "In the newer copy"], { cwd });
  await refresh();
  const isNew = async () => (await get(`${copy.url}/`)).text.includes("In the newer copy");
  await soon(isNew, "the newer copy");

  // Something else in its place is told, and the next right one is shown again.
  await Deno.writeTextFile(`${cwd}/copy/part`, "half a copy");
  await Deno.rename(`${cwd}/copy/part`, `${cwd}/copy/capsule.db`);
  await soon(async () => (await get(`${copy.url}/`)).status === 503, "what cannot be read");
  await copy.waitForError(/found a file of another kind/);
  await refresh();
  await soon(isNew, "the right copy");
  equal(await copy.stop(), 0);
});

Deno.test("P7: a copy for reading that answers at the author's address is no second signer", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const port = String(findFreePort());
  const address = `http://127.0.0.1:${port}`;
  await initCapsule(cwd, ["--address", address, "--dev"]);
  await using copy = await serveCopy(cwd, ["--port", port]);
  equal((await get(`${address}/.well-known/capsule`)).status, 200);
  await using origin = await serveCapsule(["--address", address, "--dev"], { cwd });
  const posted = await runCapsule(["post", "Signed beside a copy", "--dev"], { cwd });
  equal(posted.code, 0, posted.stderr + origin.stderr());
  await soon(async () => (await get(copy.url)).text.includes("Signed beside"), "the post");
});

Deno.test("serve --read-only says in one sentence why it cannot", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const ask = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await runCapsule(["serve", "--read-only", ...args], { cwd });
    equal(stdout, "");
    equal(stderr.trim().split("\n").length, 1, stderr);
    return { code, stderr };
  };
  const missing = await ask(["--port", "0"]);
  equal(missing.code, 1);
  match(missing.stderr, /there is no such file/);
  deepEqual(listNames(cwd), []);
  await initCapsule(cwd);
  const certificate = await ask(["--address", "https://copy.example"]);
  equal(certificate.code, 2);
  match(certificate.stderr, /give --certificate FILE and --key FILE, or --port N behind/);
});
