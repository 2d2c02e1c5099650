import { deepEqual, equal, match } from "node:assert/strict";
import { makeChallengeBook } from "../../../host/certificate/challenges.ts";
import {
  CHALLENGE_PATH,
  checkName,
  lookByChallenge,
  type NameCheck,
  type Outcome,
} from "../../../host/certificate/name_check.ts";
import { readNameRecords } from "../../../host/certificate/name_records.ts";
import { makeTrustedAsk } from "../../../mesh/fetch.ts";
import { need } from "../../support/optional.ts";
import { findPebble, freePorts, startNames } from "../../support/pebble.ts";

const NAME = "capsule.example";
/** Public addresses, and who answers there. */
const WORLD: Readonly<Record<string, Outcome>> = {
  "192.88.98.1": "here",
  "192.88.98.2": "elsewhere",
  "192.88.98.3": "silent",
  "2a00::1": "here",
  "2a00::2": "elsewhere",
  "2a00::3": "silent",
};

type Wrong = Readonly<{
  what: string;
  a?: readonly string[];
  aaaa?: readonly string[];
  cname?: string;
  code: string;
  says: RegExp;
}>;

const TABLE: readonly Wrong[] = [
  {
    what: "no record",
    code: "name_unknown",
    says: /has no address yet\. Give the name an A or AAAA/,
  },
  {
    what: "another name that leads nowhere",
    cname: "gone.example",
    ...{
      code: "name_unknown",
      says: /\(CNAME\) for gone\.example, which has no address\. Remove the CNAME/,
    },
  },
  {
    what: "an old AAAA record beside a right A record",
    ...{ a: ["192.88.98.1"], aaaa: ["2a00::2"], code: "elsewhere" },
    says:
      /leads to 2a00::2, where something else answers\. Remove the AAAA record with that address/,
  },
  {
    what: "an AAAA record at which nobody answers",
    ...{ a: ["192.88.98.1"], aaaa: ["2a00::3"], code: "silent" },
    says: /leads to 2a00::3, where nobody answers.*remove the AAAA record/,
  },
  {
    what: "an A record of the machine before",
    ...{ a: ["192.88.98.2"], code: "elsewhere" },
    says:
      /leads to 192\.88\.98\.2, where something else answers\. Let its A record lead to this machine/,
  },
  {
    what: "a parking host that answers for every name, with both families",
    ...{ a: ["192.88.98.2"], aaaa: ["2a00::2"], code: "elsewhere" },
    says: /leads to 192\.88\.98\.2 and 2a00::2.*Let its A and AAAA records lead/,
  },
  {
    what: "a CNAME record to elsewhere",
    ...{ cname: "parked.example", code: "elsewhere" },
    says:
      /192\.88\.98\.2, where something else answers\..*\(CNAME\) for parked\.example: remove the CNAME/,
  },
  {
    what: "a private address",
    ...{ a: ["192.168.1.5"], code: "private" },
    says: /192\.168\.1\.5, which is of a private network.*Let its A record lead to the address/,
  },
  {
    what: "a private IPv6 address beside a right one",
    ...{ a: ["192.88.98.1"], aaaa: ["fd00::5"], code: "private" },
    says: /fd00::5, which is of a private network.*Remove the AAAA record/,
  },
  {
    what: "a port that is closed",
    ...{ a: ["192.88.98.3"], code: "silent" },
    says: /nobody answers on port 80\. Open port 80 in the firewall.*router/,
  },
];

function codeOf(check: NameCheck): string {
  return check.kind === "good" ? "good" : check.code;
}

Deno.test("each wrong record is one sentence that names it and says what to do", async (t) => {
  if (!need("pebble", findPebble())) return;
  await using names = await startNames();
  await names.tell("add-a", { host: "parked.example", addresses: ["192.88.98.2"] });
  const check = (name: string) =>
    checkName({
      ...{ name, isPublic: true },
      readRecords: (asked) => readNameRecords(asked, names.server),
      look: (address) => Promise.resolve(WORLD[address] ?? "silent"),
    });
  for (const [n, { what, a, aaaa, cname, code, says }] of TABLE.entries()) {
    await t.step(what, async () => {
      const host = `wrong-${n}.example`;
      if (a !== undefined) await names.tell("add-a", { host, addresses: a });
      if (aaaa !== undefined) await names.tell("add-aaaa", { host, addresses: aaaa });
      if (cname !== undefined) await names.tell("set-cname", { host, target: cname });
      const found = await check(host);
      equal(codeOf(found), code);
      const sentence = found.kind === "good" ? "" : found.sentence;
      match(sentence, says);
      match(sentence, new RegExp(`^${host} `));
    });
  }
  await t.step("what is right is good", async () => {
    await names.tell("add-a", { host: "right.example", addresses: ["192.88.98.1"] });
    await names.tell("add-aaaa", { host: "right.example", addresses: ["2a00::1"] });
    await names.tell("set-cname", { host: "also.example", target: "right.example" });
    for (const name of ["right.example", "also.example"]) {
      deepEqual(await check(name), { kind: "good" });
    }
  });
});

Deno.test("a machine without a name server is told so, not that its name is wrong", async () => {
  const found = await checkName({
    ...{ name: NAME, isPublic: true, look: () => Promise.resolve("here") },
    readRecords: () => Promise.resolve(undefined),
  });
  equal(found.kind === "bad" && found.code, "dns_silent");
  match(found.kind === "bad" ? found.sentence : "", /name server does not answer.*resolv\.conf/);
});

/** Looks at addresses, while this capsule answers at 127.0.0.1 and a stranger at 127.0.0.2. */
async function look(addresses: readonly string[]) {
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
  const check = await checkName({
    ...{ name: NAME, isPublic: false },
    readRecords: () => Promise.resolve({ addresses, alias: undefined }),
    look: lookByChallenge({ name: NAME, port, ask: trusted.ask, challenges }),
  });
  return { check, hosts };
}

Deno.test("a name whose every address leads here is good, and is asked by its name", async () => {
  const { check, hosts } = await look(["127.0.0.1"]);
  deepEqual(check, { kind: "good" });
  deepEqual(hosts, [NAME]);
});

Deno.test("who answers at an address is found out by a word that only this start knows", async () => {
  equal(codeOf((await look(["127.0.0.1", "127.0.0.2"])).check), "elsewhere");
  equal(codeOf((await look(["127.0.0.1", "127.0.0.3"])).check), "silent");
});
