import { deepEqual, equal, match } from "node:assert/strict";
import { makeChallengeBook } from "../../../host/certificate/challenges.ts";
import { CHALLENGE_PATH, checkName } from "../../../host/certificate/name_check.ts";
import { makeTrustedAsk } from "../../../mesh/fetch.ts";
import { freePorts } from "../../support/pebble.ts";

const NAME = "capsule.example";

/** Looks at a name that has these addresses, while this capsule answers at 127.0.0.1 and a stranger at 127.0.0.2. */
async function look(addresses: readonly string[] | Error) {
  const challenges = makeChallengeBook();
  const [port = 0] = freePorts(1);
  const hosts: string[] = [];
  const listen = (hostname: string, answer: (token: string) => string | undefined) =>
    Deno.serve({ hostname, port, onListen: () => {} }, (request) => {
      hosts.push(request.headers.get("host") ?? "");
      return new Response(answer(new URL(request.url).pathname.slice(CHALLENGE_PATH.length)));
    });
  await using _own = listen("127.0.0.1", challenges.find);
  await using _other = listen("127.0.0.2", () => "It works!");
  using trusted = makeTrustedAsk();
  const resolve = () =>
    addresses instanceof Error ? Promise.reject(addresses) : Promise.resolve(addresses);
  const { ask } = trusted;
  return { check: await checkName({ name: NAME, port, resolve, ask, challenges }), hosts };
}

Deno.test("a name whose every address leads here is good, and is asked by its name", async () => {
  const { check, hosts } = await look(["127.0.0.1"]);
  deepEqual(check, { kind: "good" });
  deepEqual(hosts, [NAME]);
});

Deno.test("a name without an address is bad, in a sentence", async () => {
  for (const none of [[], new Error("not found")]) {
    const { check } = await look(none);
    equal(check.kind === "bad" && check.code, "name_unknown");
    match(check.kind === "bad" ? check.sentence : "", /has no address yet.*A or AAAA/);
  }
});

Deno.test("an address at which something else answers is named", async () => {
  const { check } = await look(["127.0.0.1", "127.0.0.2"]);
  equal(check.kind === "doubtful" && check.code, "elsewhere");
  match(check.kind === "doubtful" ? check.sentence : "", /leads to 127\.0\.0\.2, where something/);
});

Deno.test("an address at which nobody answers is named", async () => {
  const { check } = await look(["127.0.0.1", "127.0.0.3"]);
  equal(check.kind === "doubtful" && check.code, "silent");
  match(check.kind === "doubtful" ? check.sentence : "", /leads to 127\.0\.0\.3, where nobody/);
});
