import { checkName } from "../../host/certificate/name_check.ts";
import { judgeAddress } from "../../host/doctor/address.ts";
import { type CertificateFacts, judgeCertificate } from "../../host/doctor/certificate.ts";
import { judgeClock } from "../../host/doctor/clock.ts";
import { judgeDatabase } from "../../host/doctor/database.ts";
import { judgeDisk } from "../../host/doctor/disk.ts";
import { judgeFiles } from "../../host/doctor/files.ts";
import { judgeMemory } from "../../host/doctor/memory.ts";
import { judgeCopies, judgeFollowers } from "../../host/doctor/mesh.ts";
import { judgePorts } from "../../host/doctor/ports.ts";
import { judgePublishing } from "../../host/doctor/publishing.ts";
import type { AddressReach, Reach } from "../../host/doctor/reach.ts";
import { judgeServing } from "../../host/doctor/serving.ts";
import { checkFindings as check } from "../support/findings.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ORIGIN = "https://ada.example";

const HERE: AddressReach = {
  ...{ address: "203.0.113.4", isOwn: false, plain: "here", secure: "here" },
};

/** A look at the name as it was really made, with these answers in the place of others' machines. */
async function reach(
  addresses: readonly AddressReach[],
  more: Readonly<{ alias?: string; isSilent?: boolean; special?: readonly string[] }> = {},
): Promise<Reach> {
  const name = "ada.example";
  const { alias, isSilent = false, special = [] } = more;
  const listed = [...addresses.map(({ address }) => address), ...special];
  const check = await checkName({
    ...{ name, isPublic: true },
    readRecords: () => Promise.resolve(isSilent ? undefined : { addresses: listed, alias }),
    look: (asked) => {
      const { plain, secure } = addresses.find(({ address }) => address === asked) ?? HERE;
      if (plain === "here" || secure === "here") return Promise.resolve("here");
      return Promise.resolve(plain === "elsewhere" ? "elsewhere" : "silent");
    },
  });
  return { name, addresses, check };
}

Deno.test("doctor says where the name leads, and what to do about each wrong record", async () => {
  const here = { ...HERE, address: "2.3.4.5" };
  const old = { ...HERE, address: "2a01:1::9", plain: "elsewhere", secure: "untrusted" } as const;
  const quiet = { ...here, plain: "silent", secure: "silent" } as const;
  const at = (found: Reach | undefined, origin: string | undefined = ORIGIN) =>
    judgeAddress({ origin, reach: found });
  const special = { special: ["192.168.1.7"] };
  check([
    ["none", judgeAddress({ origin: undefined, reach: undefined }), "ok", /only this machine/],
    ["local", at(undefined, "http://localhost:8000"), "ok", /localhost:8000: only this machine/],
    ["unseen", at(undefined), "ok", /can be seen while the server runs/],
    ["right", at(await reach([here])), "ok", /ada\.example \(2\.3\.4\.5\) leads to this capsule/],
    ["no record", at(await reach([])), "problem", /no address yet\. Give the name an A/],
    ["empty alias", at(await reach([], { alias: "x.example" })), "problem", /Remove the CNAME/],
    ["old AAAA", at(await reach([here, old])), "problem", /Remove the AAAA record with that/],
    [
      "all wrong",
      at(await reach([old])),
      "problem",
      /something else answers\. Let its AAAA record/,
    ],
    ["nobody", at(await reach([quiet])), "warning", /nobody answers.*phone without Wi-Fi/],
    ["own and closed", at(await reach([{ ...quiet, isOwn: true }])), "ok", /which is this machine/],
    ["private", at(await reach([], special)), "problem", /private network.*Let its A record/],
    ["one private", at(await reach([here], special)), "problem", /Remove the A record/],
    [
      "no resolver",
      at(await reach([], { isSilent: true })),
      "warning",
      /connection to the internet/,
    ],
  ]);
});

Deno.test("doctor says which port is closed, and before a start who has it", () => {
  const port = (changes: Partial<AddressReach>) =>
    judgePorts({
      ...{ isPublic: true, tries: [], isBehindProxy: false },
      reach: { name: "ada.example", check: { kind: "good" }, addresses: [{ ...HERE, ...changes }] },
    });
  const tried = (
    state: "free" | "taken" | "refused",
    holder?: string,
    isBehindProxy = false,
  ) =>
    judgePorts({
      ...{ isPublic: true, reach: undefined, isBehindProxy },
      tries: [80, 443].map((port) => ({ port, state, holder })),
    });
  const none = judgePorts({
    ...{ isPublic: false, reach: undefined, tries: [], isBehindProxy: false },
  });
  check([
    ["not public", none, "ok", /not needed/],
    ["both", port({}), "ok", /80 and 443 answer/],
    [
      "443 closed",
      port({ secure: "silent" }),
      "problem",
      /port 443 of 203.*Open it in the firewall/,
    ],
    ["80 closed", port({ plain: "silent" }), "warning", /port 80.*renewed by way of it/],
    ["443 foreign", port({ secure: "elsewhere" }), "problem", /something else answers/],
    ["untrusted", port({ secure: "untrusted" }), "ok", /answer/],
    ["not ours", port({ plain: "silent", secure: "silent" }), "ok", /once the name leads/],
    [
      "own and closed",
      port({ plain: "silent", secure: "silent", isOwn: true }),
      "problem",
      /Nobody answers on port 443/,
    ],
    ["free", tried("free"), "ok", /Nobody else has ports 80 and 443/],
    ["taken", tried("taken", "nginx"), "warning", /nginx, another program, has ports.*--port/],
    ["taken by somebody", tried("taken"), "warning", /Another program has/],
    ["proxy", tried("taken", "nginx", true), "ok", /the proxy in front/],
    ["refused", tried("refused"), "warning", /CAP_NET_BIND_SERVICE/],
  ]);
});

Deno.test("doctor says how wrong the clock is, and whose word that is", () => {
  const off = (...offsets: number[]) =>
    judgeClock({
      ...{ nowMs: NOW, newestMs: NOW - DAY },
      offsets: offsets.map((offMs, n) => ({ host: `peer${n}.example`, offMs })),
    });
  const alone = (newestMs: number | undefined) => judgeClock({ nowMs: NOW, offsets: [], newestMs });
  check([
    ["right", off(400), "ok", /agrees with that of peer0/],
    ["at the limit", off(60_000), "ok", /agrees/],
    ["past it", off(60_001), "warning", /about 1 minute fast/],
    ["hours slow", off(-3 * HOUR), "problem", /about 3 hours slow.*timedatectl/],
    ["one liar of three", off(40 * DAY, 200, -100), "ok", /agrees/],
    ["nobody asked", alone(NOW - HOUR), "ok", /Nobody could be asked/],
    ["nothing to compare", alone(undefined), "ok", /Nobody could be asked/],
    [
      "older than a post",
      alone(NOW + 3 * DAY),
      "problem",
      /newest post is from about 3 days later/,
    ],
  ]);
});

Deno.test("doctor says how much room the disk has", () => {
  const disk = (freeBytes: number, freeFiles: number | undefined = 10_000) =>
    judgeDisk({ freeBytes, totalBytes: 50e9, freeFiles, databaseBytes: 2e9 });
  check([
    ["unknown", judgeDisk(undefined), "ok", /does not say/],
    ["well", disk(20e9), "ok", /20 GB of 50 GB/],
    [
      "no room for a copy",
      disk(2.1e9),
      "warning",
      /2\.1 GB are free.*copy of the database \(2 GB\)/,
    ],
    ["nearly full", disk(63_999_999), "problem", /Only 64 MB/],
    ["no more files", disk(20e9, 15), "problem", /no more files/],
    ["files are not counted", disk(20e9, undefined), "ok", /free/],
  ]);
});

Deno.test("doctor says who may read the database, and whether its folder can be written", () => {
  const files = (changes: Partial<Parameters<typeof judgeFiles>[0]>) =>
    judgeFiles({
      ...{ path: "capsule.db", isFolderWritable: true, mode: 0o100600, owner: 998, user: 998 },
      ...changes,
    });
  check([
    ["well", files({}), "ok", /only you may read/],
    ["not tried", files({ isFolderWritable: undefined }), "ok", /Only you may read/],
    ["no rights there", files({ mode: undefined, owner: undefined }), "ok", /written/],
    ["read-only folder", files({ isFolderWritable: false }), "problem", /Nothing can be written/],
    ["read by others", files({ mode: 0o100644 }), "warning", /may read capsule.*chmod 600/],
    ["written by others", files({ mode: 0o100660 }), "warning", /may change capsule/],
    ["another user's", files({ user: 1_000 }), "problem", /chown 1000 capsule\.db/],
    ["looked at by root", files({ user: 0 }), "ok", /written/],
  ]);
});

Deno.test("doctor says what is wrong with the database", () => {
  const size = { bytes: 5e6, freeBytes: 1e6, walBytes: 0 };
  const base = { size, damage: undefined, isSetUp: true, isHeadWhole: true };
  check([
    ["well", judgeDatabase(base), "ok", /5 MB, 1 MB of it free.*newest entries are whole/],
    ["unseen", judgeDatabase({ ...base, isHeadWhole: false }), "ok", /for what comes\.$/],
    ["new", judgeDatabase({ ...base, isSetUp: false }), "ok", /No capsule is set up/],
    [
      "damaged",
      judgeDatabase({
        ...base,
        damage: "Cannot read x.db: some of its pages are damaged. Stop it.",
      }),
      "problem",
      /^Cannot read x\.db: some of its pages are damaged\. "capsule verify/,
    ],
    [
      "long -wal",
      judgeDatabase({ ...base, size: { ...size, walBytes: 3e8 } }),
      "warning",
      /300 MB wait.*hanging/,
    ],
  ]);
});

Deno.test("doctor says how long the certificate lasts, and why it is not renewed", () => {
  const held = {
    ...{ notBeforeMs: NOW - 30 * DAY, notAfterMs: NOW + 60 * DAY, renewAtMs: NOW + 30 * DAY },
    ...{ issuer: "Let's Encrypt", isTest: false },
  };
  const failed = {
    sentence: "The authority cannot reach http://ada.example/. Open port 80.",
    nextAtMs: NOW + HOUR,
  };
  const base: CertificateFacts = {
    ...{ nowMs: NOW, name: "ada.example", held, isOwn: true, isServed: true, failed: undefined },
    seen: undefined,
  };
  const facts = (changes: Partial<CertificateFacts>) => judgeCertificate({ ...base, ...changes });
  const none = { held: undefined, isOwn: false };
  const ended = { ...held, notAfterMs: NOW };
  check([
    ["not public", facts({ name: undefined }), "ok", /None is needed/],
    [
      "well",
      facts({}),
      "ok",
      /From Let's Encrypt; it ends in 60 days and is renewed on 22 December 2026/,
    ],
    [
      "failing with time left",
      facts({ failed }),
      "warning",
      /ends in 60 days and was not renewed\. .*reach/,
    ],
    [
      "failing near the end",
      facts({ failed, held: { ...held, notAfterMs: NOW + 6 * DAY } }),
      "problem",
      /6 days.*Open port 80\. It is tried again on 22 November 2026 at 13:00 UTC/,
    ],
    ["ended", facts({ held: ended, seen: "untrusted" }), "problem", /has ended/],
    ["ended, not served", facts({ held: ended, isServed: false }), "problem", /Let the server run/],
    ["ended, unseen", facts({ held: ended }), "warning", /web server in front/],
    [
      "ended, and a proxy has taken over",
      facts({ held: ended, seen: "trusted" }),
      "ok",
      /Browsers trust/,
    ],
    ["of the future", facts({ held: { ...held, notBeforeMs: NOW + HOUR } }), "problem", /clock/],
    ["staging", facts({ held: { ...held, isTest: true } }), "warning", /--staging/],
    ["late", facts({ held: { ...held, renewAtMs: NOW - 2 * DAY } }), "warning", /before now/],
    ["never, failing", facts({ ...none, failed }), "problem", /none yet.*Open port 80/],
    [
      "never, and waiting for a start",
      facts({ ...none, failed: { ...failed, nextAtMs: undefined } }),
      "problem",
      /start the server anew/,
    ],
    ["on its way", facts({ held: undefined }), "warning", /none yet that browsers trust/],
    ["a proxy's", facts({ ...none, seen: "trusted" }), "ok", /Browsers trust/],
    ["a proxy's, bad", facts({ ...none, seen: "untrusted" }), "problem", /web server in front/],
    ["a proxy's, unseen", facts(none), "ok", /not kept here/],
    ["before the first start", facts({ ...none, isServed: false }), "ok", /once it runs/],
  ]);
});

Deno.test("doctor says which copies need the owner, and when nobody looks after them", () => {
  const copies = (
    states: Parameters<typeof judgeCopies>[0]["counts"]["states"],
    dueAtMs: number | undefined = NOW + HOUR,
    isServed = true,
  ) =>
    judgeCopies({
      ...{ isServed, nowMs: NOW },
      counts: { states, dueAtMs, unconfirmed: 0, seenAtMs: NOW },
    });
  check([
    ["none", copies({}), "ok", /follow no capsule/],
    ["well", copies({ current: 3 }), "ok", /3 copies, all well/],
    ["one away", copies({ current: 3, unreachable: 1 }), "ok", /1 not reached now/],
    ["all away", copies({ unreachable: 4 }), "problem", /None of the 4 copies/],
    ["waiting", copies({ current: 1, flooding: 2 }), "warning", /2 flooding.*People → Following/],
    [
      "nobody pulls",
      copies({ current: 1 }, NOW - 3 * HOUR),
      "problem",
      /none was asked for in 3 hours/,
    ],
    ["not served", copies({ current: 1 }, NOW - 3 * HOUR, false), "ok", /all well/],
  ]);
});

Deno.test("doctor says what followers hold and what waits to be told to them", () => {
  const holdings = { all: 2, some: 1, none: 0, unknown: 0 };
  const base = { followers: 3, holdings, deliveries: 0 };
  const nobody = { all: 0, some: 0, none: 0, unknown: 0 };
  check([
    ["none", judgeFollowers({ ...base, followers: 0, holdings: nobody }), "ok", /only copies/],
    ["well", judgeFollowers(base), "ok", /3 capsules follow you, 2 with all/],
    ["waiting", judgeFollowers({ ...base, deliveries: 2 }), "ok", /2 messages on the way/],
    ["many waiting", judgeFollowers({ ...base, deliveries: 1_001 }), "warning", /1,001 messages/],
    [
      "nobody asked",
      judgeFollowers({ ...base, holdings: { ...nobody, unknown: 3 } }),
      "ok",
      /not asked yet/,
    ],
    [
      "nobody has all",
      judgeFollowers({ ...base, holdings: { ...nobody, some: 3 } }),
      "warning",
      /none of them has said/,
    ],
  ]);
});

Deno.test("doctor says whether it is served, by which version, and what keeps it from publishing", () => {
  const lease = {
    start: "a",
    url: "http://127.0.0.1:8000",
    seenAtMs: NOW,
    isDev: false,
    isOfThisFile: true,
  };
  const base = { lease, told: { start: "a", version: "1.0.0" }, nowMs: NOW, version: "1.0.0" };
  const silent = { ...base, told: undefined };
  const publishing = (outcome: Parameters<typeof judgePublishing>[0]["outcome"], isServed = true) =>
    judgePublishing({ outcome, isServed });
  check([
    ["well", judgeServing(base), "ok", /version 1\.0\.0, at http:\/\/127/],
    [
      "newer program",
      judgeServing({ ...base, version: "1.1.0" }),
      "warning",
      /Start the server anew/,
    ],
    ["not served", judgeServing({ ...silent, lease: undefined }), "warning", /capsule serve/],
    ["ended", judgeServing({ ...silent, nowMs: NOW + DAY }), "warning", /Nothing serves/],
    ["hanging", judgeServing(silent), "problem", /does not answer there/],
    ["starting", judgeServing({ ...silent, lease: { ...lease, url: "" } }), "ok", /being started/],
    ["allowed", publishing("allowed"), "ok", /Nothing stands/],
    ["never asked", publishing(undefined), "ok", /Nothing stands/],
    ["checking", publishing("checking"), "warning", /being asked/],
    ["was checking", publishing("checking", false), "ok", /Nothing stands/],
    ["forked", publishing("forked"), "problem", /contradicts/],
    [
      "memory",
      judgeMemory({ residentBytes: 9e7, atMs: NOW, nowMs: NOW }),
      "ok",
      /uses 90 MB\./,
    ],
    ["leak", judgeMemory({ residentBytes: 2e9, atMs: NOW, nowMs: NOW }), "warning", /2 GB/],
    ["unknown", judgeMemory(undefined), "ok", /has run for five minutes/],
  ]);
});
