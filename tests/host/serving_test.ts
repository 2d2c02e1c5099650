import { equal, match, notEqual, ok } from "node:assert/strict";
import { hashSecret } from "../../storage/secret_hash.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  openSetup,
  runCapsule,
  serveCapsule,
} from "../support/process.ts";

Deno.test("serve before set-up prints a set-up link with another code at each start", async () => {
  using folder = makeFolder();
  const codes: string[] = [];
  for (let start = 0; start < 2; start++) {
    await using served = await serveCapsule([], { cwd: folder.path });
    const [, url, code] = await served.waitFor(/(http:\S+)\/setup\?code=(\S+)/);
    equal(url, served.url);
    codes.push(code ?? "");
    equal(await openSetup(`${served.url}/setup?code=${code}`), 200);
  }
  notEqual(codes[0], codes[1]);
});

Deno.test("serve with --json prints its events as JSON lines", async () => {
  using folder = makeFolder();
  await using served = await serveCapsule(["--json"], { cwd: folder.path });
  await served.waitFor(/"setup"/);
  const events = served.stdout().trim().split("\n").map((line) => JSON.parse(line));
  equal(events[0].listening, served.url);
  match(events[1].setup, /\/setup\?code=/);
});

Deno.test("the answered address of a post is the one its page names", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  await using served = await serveCapsule([], { cwd });
  const { url } = (await runCapsule(["post", "Where am I?", "--json"], { cwd })).json();
  equal(url, `${served.url}/p/1`);
  ok((await (await fetch(url)).text()).includes(`<link rel="canonical" href="${url}"`));
});

Deno.test("a post from the command line shows on the served pages within a second", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  await using served = await serveCapsule([], { cwd });
  ok(!(await (await fetch(served.url)).text()).includes("Fresh from the shell"));
  const posted = await runCapsule(["post", "Fresh from the shell", "--json"], { cwd });
  equal(posted.json().url, `${served.url}/p/1`);
  const home = await (await fetch(served.url)).text();
  ok(home.includes("Fresh from the shell"));
  equal((await runCapsule(["status", "--json"], { cwd })).json().serving, true);
});

Deno.test("HEAD of a page leaves nothing in the log", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  await using served = await serveCapsule([], { cwd });
  const head = await fetch(served.url, { method: "HEAD" });
  equal([head.status, await head.text()].join(), "200,");
  ok((await (await fetch(served.url)).text()).length > 0);
  equal(served.stderr(), "");
});

Deno.test("SIGTERM ends serve with status 0 and leaves only the database", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const served = await serveCapsule([], { cwd });
  const up = await fetch(`${served.url}/up`);
  equal(up.status, 200);
  const { ok: isUp, start, version } = await up.json();
  equal(isUp, true);
  match(version, /^\d+\.\d+\.\d+$/);
  match(start, /^[0-9a-f]{32}$/);
  await runCapsule(["post", "While serving"], { cwd });
  equal(await served.stop(), 0);
  equal(listNames(cwd).join(), "capsule.db");
  equal((await runCapsule(["status", "--json"], { cwd })).json().serving, false);
});

Deno.test("a request in progress is answered before serve ends", async () => {
  using folder = makeFolder();
  await initCapsule(folder.path);
  const served = await serveCapsule([], { cwd: folder.path });
  const answers = Array.from({ length: 20 }, () => fetch(`${served.url}/`));
  const first = await Promise.race(answers);
  const ended = served.stop();
  equal(first.status, 200);
  for (const answer of await Promise.allSettled(answers)) {
    if (answer.status === "fulfilled") await answer.value.body?.cancel();
  }
  equal(await ended, 0);
});

Deno.test("a second serve on the same database is refused and changes nothing", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  await using served = await serveCapsule([], { cwd });
  const second = await runCapsule(["serve", "--port", "0"], { cwd });
  equal(second.code, 1);
  match(second.stderr, /is being served already, at http:\/\/127\.0\.0\.1:\d+/);
  const up = await fetch(`${served.url}/up`);
  equal(up.status, 200);
  await up.body?.cancel();
});

Deno.test("serve starts right after the one before was killed, and what was published is there", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const killed = await serveCapsule([], { cwd });
  await runCapsule(["post", "Before the power cut"], { cwd });
  await killed.kill();
  const startedAt = performance.now();
  await using served = await serveCapsule([], { cwd });
  ok(performance.now() - startedAt < 10_000);
  ok((await (await fetch(served.url)).text()).includes("Before the power cut"));
  equal((await runCapsule(["verify", "--all", "--json"], { cwd })).json().ok, true);
});

Deno.test("serve takes over from a killed one whose port something else has taken", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const killed = await serveCapsule([], { cwd });
  const port = Number(new URL(killed.url).port);
  await killed.kill();
  using other = makeFolder();
  await initCapsule(other.path);
  await using _stranger = await serveCapsule(["--port", String(port)], { cwd: other.path });
  await using served = await serveCapsule([], { cwd });
  notEqual(new URL(served.url).port, String(port));
});

Deno.test("serve --address with another address publishes it once", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  for (let start = 0; start < 2; start++) {
    await using served = await serveCapsule(["--address", "https://new.example"], { cwd });
    const up = await fetch(`${served.url}/up`);
    await up.body?.cancel();
  }
  const status = (await runCapsule(["status", "--json"], { cwd })).json<
    { address: string; log: { size: number } }
  >();
  equal(status.address, "https://new.example");
  equal(status.log.size, 2);
});

Deno.test("a port in use is told in a sentence", async () => {
  using folder = makeFolder();
  using other = makeFolder();
  await using served = await serveCapsule([], { cwd: folder.path });
  const port = new URL(served.url).port;
  const second = await runCapsule(["serve", "--port", port], { cwd: other.path });
  equal(second.code, 1);
  match(
    second.stderr,
    /^Cannot listen on 127\.0\.0\.1:\d+: another program uses this port\. .*--port, .* in front\.\n$/,
  );
});

Deno.test("with the hash of a code of the owner's the link is printed without it, and the code opens the set-up page", async () => {
  using folder = makeFolder();
  const code = "an-owners_own-Long-code-42";
  const hash = hashSecret(code).toHex();
  const options = { cwd: folder.path };
  for (let start = 0; start < 2; start++) {
    await using served = await serveCapsule(["--setup-code-hash", hash], options);
    await served.waitFor(/with the code that you chose behind it:\n {2}http:\S+\/setup\?code=\n/);
    ok(!served.stdout().includes(hash));
    equal(await openSetup(`${served.url}/setup?code=${encodeURIComponent(code)}`), 200);
    const refused = await fetch(`${served.url}/setup?code=${hash}`);
    equal(refused.status, 403);
    await refused.body?.cancel();
    equal(await served.stop(), 0);
  }
  for (const wrong of ["", "abc", `${hash}0`, "g".repeat(64)]) {
    const answer = await runCapsule(["serve", `--setup-code-hash=${wrong}`], options);
    equal(answer.code, 2);
    match(answer.stderr, /^--setup-code-hash expects the SHA-256 of your code/);
    ok(
      wrong === "" || !answer.stderr.includes(wrong),
      "a code that was given by mistake is not told again",
    );
  }
});

Deno.test("init beside a running server says that it is being served, and not that it has no address", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await using served = await serveCapsule(["--dev"], { cwd });
  const made = await runCapsule(["init", "--name", "Ida", "--password-stdin"], {
    cwd,
    stdin: "four words in mind\n",
  });
  equal(made.code, 0, made.stderr);
  match(made.stdout, /address {2}in some seconds that of the running server/);
  match(
    made.stdout,
    new RegExp(`It is being served already: \\S+:${new URL(served.url).port}$`, "m"),
  );
});
