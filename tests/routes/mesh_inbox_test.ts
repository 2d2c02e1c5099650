/** The calls with a body: limits before parsing, and nothing else may be posted (docs/protocol.md §12.8 to §12.10). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { CARRIED_MAX } from "../../mesh/carried.ts";
import { makeDeliveryBody } from "../../mesh/delivery_body.ts";
import { HEADS_BYTES_MAX } from "../../mesh/heads.ts";
import { WELL_KNOWN_BYTES_MAX } from "../../mesh/protocol/limits.ts";
import { createApp } from "../../routes/app.ts";
import { toHex } from "../../mesh/protocol/hex.ts";
import { openDatabase } from "../../storage/database.ts";
import { findEntry } from "../../storage/entries.ts";
import { NETWORK_ARRIVALS_MAX } from "../../storage/inbox_arrivals.ts";
import { copyAuthor } from "../support/mirror.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

async function post(
  member: Member,
  init: RequestInit,
  { call = "inbox", ip = "198.51.100.7" } = {},
): Promise<[number, string]> {
  const path = `/mesh/1/${call}`;
  const response = await member.request(path, { method: "POST", headers: JSON_TYPE, ...init }, ip);
  const body = await response.json();
  equal(response.headers.get("Cache-Control"), "no-store");
  return [response.status, body.error ?? body.state];
}

Deno.test("a body of another type, or compressed, is not read", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  for (const call of ["inbox", "heads", "carried"]) {
    for (
      const headers of [
        {},
        { "Content-Type": "text/plain" },
        { "Content-Type": "application/jsonp" },
        { ...JSON_TYPE, "Content-Encoding": "gzip" },
      ]
    ) deepEqual(await post(ada, { body: "{}", headers }, { call }), [415, "body_type"]);
  }
  const headers = { "Content-Type": "Application/JSON; charset=utf-8" };
  deepEqual(await post(ada, { body: "{}", headers }), [400, "body_form"]);
});

Deno.test("P9: a body is read up to 256 KiB, whatever it says of its length", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  const fits = `{"capsule":1,"kind":"wave","x":"${"x".repeat(WELL_KNOWN_BYTES_MAX - 34)}"}`;
  equal(fits.length, WELL_KNOWN_BYTES_MAX);
  deepEqual(await post(ada, { body: fits }), [202, "ignored"]);
  deepEqual(await post(ada, { body: `${fits} ` }), [413, "body_too_long"]);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  deepEqual(await post(ada, { body: endless }), [413, "body_too_long"]);
  ok(sent < 2 * WELL_KNOWN_BYTES_MAX, `${sent} bytes were taken`);
});

Deno.test("bytes that are no UTF-8 are utf8_form", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  deepEqual(await post(ada, { body: new Uint8Array([0x7b, 0xff, 0x7d]) }), [400, "utf8_form"]);
});

Deno.test("P9: a network delivers 30 times a minute; what brings something new is not counted", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const log = follow(bob, ada);
  const wanted = { kind: "checkpoint", log: ada.log, n: null, tell: [] } as const;
  for (let n = 0; n < NETWORK_ARRIVALS_MAX + 5; n++) {
    ada.post();
    const body = makeDeliveryBody(ada.db, wanted, undefined) ?? "";
    deepEqual(await post(bob, { body }), [202, "stored"]);
    // A minute is not over: posts are a second apart.
  }
  ok(log > 0);
  for (let n = 0; n < NETWORK_ARRIVALS_MAX; n++) {
    deepEqual(await post(bob, { body: "" }, { ip: `198.51.100.${n}` }), [400, "body_form"]);
  }
  const response = await bob.request(
    "/mesh/1/inbox",
    { method: "POST", headers: JSON_TYPE, body: "{}" },
    "::ffff:198.51.100.200",
  );
  equal(response.status, 429);
  equal((await response.json()).error, "too_many");
  ok(Number(response.headers.get("Retry-After")) > 0);
  deepEqual(await post(bob, { body: "{}" }, { ip: "198.51.101.1" }), [400, "body_form"]);
  deepEqual(await post(bob, { body: "{}" }, { call: "heads" }), [400, "body_form"]);
  town.wait(61_000);
  deepEqual(await post(bob, { body: "{}" }), [400, "body_form"]);
});

Deno.test("no call needs a session, and a page of another site may call none", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  deepEqual(await post(ada, { body: '{"capsule":1,"kind":"wave"}' }), [202, "ignored"]);
  for (const path of ["/mesh/1/inbox", "/mesh/1/heads", "/mesh/1/carried"]) {
    const foreign = await ada.request(path, {
      method: "POST",
      headers: { ...JSON_TYPE, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
      body: "{}",
    });
    equal(foreign.status, 403);
    const question = await ada.request(path, { method: "OPTIONS" });
    equal(question.status, 204);
    equal(question.headers.get("Access-Control-Allow-Methods"), "GET, HEAD");
  }
});

Deno.test("other methods and other paths below /mesh/ take nothing", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  for (
    const [method, path] of [
      ["PUT", "/mesh/1/inbox"],
      ["DELETE", "/mesh/1/heads"],
      ["GET", "/mesh/1/inbox"],
      ["POST", `/mesh/1/${ada.id}/checkpoint`],
      ["GET", "/mesh/1/carried"],
      ["GET", `/mesh/1/${ada.id}/thread/0`],
      ["POST", "/mesh/2/inbox"],
    ] as const
  ) {
    const response = await ada.request(path, { method });
    deepEqual([response.status, (await response.json()).error], [404, "call_unknown"], path);
  }
});

Deno.test("a question for carried items is answered: none is held, and what is no question has its code", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  const entry = findEntry(ada.db, ada.log, ada.post());
  const hash = toHex(entry?.hash ?? new Uint8Array(32));
  const ask = async (
    body: unknown,
    headers: Record<string, string> = JSON_TYPE,
    ip = "198.51.100.7",
  ) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const init = { method: "POST", headers, body: text };
    const response = await ada.request("/mesh/1/carried", init, ip);
    return [response.status, await response.json()];
  };
  const code = async (...asked: Parameters<typeof ask>) => {
    const [status, { error }] = await ask(...asked);
    return [status, error];
  };
  deepEqual(await ask({ hashes: [hash] }), [200, { carried: [] }]);
  deepEqual(await ask({ hashes: [] }), [200, { carried: [] }]);
  deepEqual(await ask({ hashes: Array(CARRIED_MAX).fill(hash) }), [200, { carried: [] }]);
  deepEqual(await code({ hashes: Array(CARRIED_MAX + 1).fill(hash) }), [400, "body_form"]);
  for (const body of ["", "[]", "{}", { hashes: hash }, { hashes: [7] }]) {
    deepEqual(await code(body), [400, "body_form"], JSON.stringify(body));
  }
  deepEqual(await code({ hashes: [hash.slice(1)] }), [400, "hex_form"]);
  deepEqual(await code({ hashes: [hash.toUpperCase()] }), [400, "hex_form"]);
  deepEqual(await code("{}", { "Content-Type": "text/plain" }), [415, "body_type"]);
  deepEqual(await code(" ".repeat(262_145)), [413, "body_too_long"]);
  for (let n = 0; n < 30; n += 1) await ask({ hashes: [] }, JSON_TYPE, "203.0.113.9");
  deepEqual(await code({ hashes: [] }, JSON_TYPE, "203.0.113.8"), [429, "too_many"]);
});

Deno.test("before set-up there is nobody to deliver to", async () => {
  using db = openDatabase(":memory:");
  const app = createApp({
    db,
    now: () => 0,
    log: () => {},
    isDev: true,
    origin: () => "http://x.test",
    startId: "s",
  });
  for (const call of ["inbox", "heads", "carried"]) {
    const response = await app.request(`http://x.test/mesh/1/${call}`, {
      method: "POST",
      headers: JSON_TYPE,
      body: "{}",
    });
    deepEqual([response.status, (await response.json()).error], [404, "capsule_unknown"]);
  }
});

const ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

Deno.test("heads are answered with what is newer here, and with nothing else", async () => {
  using town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  ada.post();
  const log = follow(bob, ada);
  const asAuthor = { ...ada, wait: () => {}, [Symbol.dispose]: () => {} };
  copyAuthor(bob.db, asAuthor, { log, nowMs: bob.now() });
  const record = (await ada.request(`/mesh/1/${ada.id}/identity`)).headers.get("Capsule-Record");
  const [n, hash] = (record ?? "").split(" ");
  const head = { id: ada.id, record: Number(n), hash, size: 0, root: ROOT };
  const ask = async (...heads: unknown[]) => {
    const body = JSON.stringify({ heads });
    const response = await bob.request("/mesh/1/heads", {
      method: "POST",
      headers: JSON_TYPE,
      body,
    });
    return await response.json();
  };
  const note = await (await ada.request(`/mesh/1/${ada.id}/checkpoint`)).text();
  const unknown = { ...head, id: cyd.id };
  deepEqual(await ask(head, unknown), { heads: [{ id: ada.id, checkpoint: note }] });
  const root = note.split("\n")[2];
  deepEqual(await ask({ ...head, size: 2, root }), { heads: [] });
  deepEqual(await ask({ ...head, size: 9, root }), { heads: [] });
  deepEqual(await ask({ ...head, size: 2 }), { heads: [{ id: ada.id, checkpoint: note }] });
  const other = await ask({ ...head, hash: "0".repeat(64), size: 2, root });
  deepEqual(Object.keys(other.heads[0]), ["id", "identity", "checkpoint"]);
});

Deno.test("P9: a question of 500 heads is answered, one of 501 is not, and an answer ends at 1 MiB", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  const head = { id: ada.id, record: 0, hash: "0".repeat(64), size: 0, root: ROOT };
  const body = (count: number) =>
    JSON.stringify({ heads: Array.from({ length: count }, () => head) });
  deepEqual(await post(ada, { body: body(501) }, { call: "heads" }), [400, "body_form"]);
  const response = await ada.request("/mesh/1/heads", {
    method: "POST",
    headers: JSON_TYPE,
    body: body(500),
  });
  equal(response.status, 200);
  const text = await response.text();
  ok(text.length <= HEADS_BYTES_MAX, `${text.length}`);
});

Deno.test("a head that is not spelled as it must be is refused with its code", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  const head = { id: ada.id, record: 0, hash: "0".repeat(64), size: 0, root: ROOT };
  const cases: [string, unknown][] = [
    ["body_form", null],
    ["body_form", { ...head, id: 1 }],
    ["capsule_id_form", { ...head, id: "cap1x" }],
    ["body_form", { ...head, record: -1 }],
    ["hex_form", { ...head, hash: "0" }],
    ["body_form", { ...head, size: 1.5 }],
    ["body_form", { ...head, root: "0".repeat(64) }],
  ];
  for (const [code, wrong] of cases) {
    const body = JSON.stringify({ heads: [wrong] });
    deepEqual(await post(ada, { body }, { call: "heads" }), [400, code], body);
  }
  deepEqual(await post(ada, { body: '{"heads":{}}' }, { call: "heads" }), [400, "body_form"]);
});
