import { deepEqual, equal, match } from "node:assert/strict";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { initCapsule, makeFolder, runCapsule } from "../support/process.ts";

type Refusal = { error: { code: string; message: string } };

async function refuse(cwd: string, args: readonly string[], stdin = ""): Promise<Refusal["error"]> {
  const answer = await runCapsule([...args, "--json"], { cwd, stdin });
  equal(answer.code !== 0, true, answer.stdout);
  return answer.json<Refusal>().error;
}

Deno.test("rotate, close and move refuse with a code and a sentence, and change nothing", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const before = (await runCapsule(["status", "--json"], { cwd })).json();
  const other = encodePhrase(new Uint8Array(16).fill(7));
  equal((await refuse(cwd, ["rotate"])).code, "phrase_missing");
  equal((await refuse(cwd, ["rotate"], "one two three\n")).code, "phrase_malformed");
  equal((await refuse(cwd, ["rotate"], `${other}\n`)).code, "phrase_wrong");
  equal((await refuse(cwd, ["rotate", "--cut", "many"], `${other}\n`)).code, "usage");
  equal((await refuse(cwd, ["close"], `${other}\n`)).code, "phrase_wrong");
  equal((await refuse(cwd, ["move", "https://a.example/path"])).code, "address_form");
  equal((await refuse(cwd, ["move", "http://a.example"])).code, "address_http");
  const after = (await runCapsule(["status", "--json"], { cwd })).json();
  deepEqual(after.log, before.log);
});

Deno.test("a capsule moves, gets a new key and is closed from the command line", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const { id, phrase } = await initCapsule(cwd);
  const moved = await runCapsule(["move", "b.example", "--anyway", "--json"], { cwd });
  deepEqual(moved.json(), { id, address: "https://b.example", from: null, index: 1 });
  equal((await refuse(cwd, ["move", "https://b.example"])).code, "same_address");
  const outside = await refuse(cwd, ["rotate", "--cut", "9"], phrase);
  equal(outside.code, "cut_range");
  match(outside.message, /from 0 to 2/);
  const rotated = await runCapsule(["rotate", "--cut", "1", "--json"], { cwd, stdin: phrase });
  deepEqual(rotated.json(), { id, record: 1, size: 1, setAside: 1 });
  const status = (await runCapsule(["status", "--json"], { cwd })).json();
  equal(status.address, null);
  equal((await runCapsule(["post", "still here"], { cwd })).code, 0);
  const closed = await runCapsule(["close", "--json"], { cwd, stdin: phrase });
  deepEqual(closed.json(), { id, record: 2, size: 2 });
  equal((await refuse(cwd, ["post", "no more"])).code, "held");
  equal((await refuse(cwd, ["rotate"], phrase)).code, "closed");
  equal((await runCapsule(["verify", "--all"], { cwd })).code, 0);
});

Deno.test("recover says what it needs, and leaves a database with a capsule alone", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const phrase = encodePhrase(new Uint8Array(16).fill(7));
  const nobody = [
    "--from",
    "http://127.0.0.1:24901",
    "--address",
    "http://127.0.0.1:24900",
    "--dev",
  ];
  equal((await refuse(cwd, ["recover", "--address", "https://a.example"])).code, "usage");
  equal((await refuse(cwd, ["recover", "--from", "https://a.example"])).code, "usage");
  equal((await refuse(cwd, ["recover", ...nobody])).code, "phrase_missing");
  equal((await refuse(cwd, ["recover", ...nobody], `${phrase}\nshort\n`)).code, "password_refused");
  const gone = await refuse(cwd, ["recover", ...nobody], phrase);
  equal(gone.code, "no_copy");
  match(gone.message, /http:\/\/127\.0\.0\.1:24901 \([^)_]* [^)_]*\)/);
  await initCapsule(cwd);
  equal((await refuse(cwd, ["recover", ...nobody], phrase)).code, "already_created");
});
