/** Claims that strangers make about addresses, at their bounds (docs/protocol.md §13.2). */
import { deepEqual, equal } from "node:assert/strict";
import type { Question } from "../../mesh/ask.ts";
import { CLAIM_DAYS, NETWORK_CONFIRMATIONS_MAX, runConfirmations } from "../../mesh/confirm.ts";
import { AskProblem } from "../../mesh/fetch.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import {
  confirmPeer,
  countUnconfirmed,
  findPeers,
  listConfirmed,
  listUnconfirmed,
  savePeer,
  UNCONFIRMED_MAX,
  UNCONFIRMED_OF_CROWD_MAX,
  UNCONFIRMED_OF_ID_MAX,
} from "../../storage/peers.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { openTestMesh } from "../support/mesh.ts";

function countClaims(db: Database): number {
  return listUnconfirmed(db, Number.MAX_SAFE_INTEGER, 2 * UNCONFIRMED_MAX).length;
}

Deno.test("claims are bounded, in all and for one id, and what is confirmed is not pushed out", () => {
  using db = openDatabase(":memory:");
  const save = (id: string, n: number) =>
    savePeer(db, { id, address: `https://a.n${n}.example`, nowMs: 1_000 });
  for (let n = 0; n < UNCONFIRMED_OF_ID_MAX; n += 1) equal(save("x", n), "saved");
  equal(save("x", 0), "known");
  equal(save("x", 99), "full");
  confirmPeer(db, { id: "x", address: "https://a.n99.example", nowMs: 2_000 });
  for (let n = UNCONFIRMED_OF_ID_MAX; n < UNCONFIRMED_MAX; n += 1) {
    equal(save(`id${n}`, n), "saved");
  }
  equal(countClaims(db), UNCONFIRMED_MAX);
  deepEqual(listConfirmed(db, "x").map(({ address }) => address), ["https://a.n99.example"]);
  // No two of these have anything in common, so nobody has taken more than anybody else: what is kept stays.
  equal(save("y", 1), "full");
  equal(countClaims(db), UNCONFIRMED_MAX);
});

Deno.test("a thousand claims under names of one network leave room for everybody else's", () => {
  using db = openDatabase(":memory:");
  const save = (id: string, address: string, nowMs: number) => savePeer(db, { id, address, nowMs });
  equal(save("honest", "https://honest.example", 1), "saved");
  for (let n = 1; n < UNCONFIRMED_MAX; n += 1) {
    equal(save(`sybil${n}`, `https://n${n}.crowd.example`, 1 + n), "saved");
  }
  equal(countClaims(db), UNCONFIRMED_MAX);
  // One past the bound, and a thousand more: the crowd makes room, its oldest first, for its own and for others.
  equal(save("newcomer", "https://newcomer.example.org", 2_000), "saved");
  deepEqual(findPeers(db, "sybil1"), []);
  equal(findPeers(db, "sybil2").length, 1);
  for (let n = 0; n < 1_000; n += 1) {
    equal(save(`more${n}`, `https://m${n}.crowd.example`, 3_000 + n), "saved");
  }
  equal(countClaims(db), UNCONFIRMED_MAX);
  equal(findPeers(db, "honest").length, 1);
  equal(findPeers(db, "newcomer").length, 1);
});

Deno.test("claims that lead into one network are no more than it is asked in a day, and none outlives a week", async () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  let dialled = 0;
  await using real = await openTestMesh(capsule, { isDev: false });
  // The way out, shortened: it asks for leave as the guard does, and nobody answers.
  const ask = ({ permit }: Question) => {
    const isAllowed = permit?.("93.184.216.34") ?? true;
    if (isAllowed) dialled += 1;
    return Promise.reject(new AskProblem(isAllowed ? "not_reached" : "address_refused", "nobody"));
  };
  const mesh = { ...real, ask };
  // Their names have nothing in common; where they lead has.
  const claimsMax = 2 * UNCONFIRMED_OF_CROWD_MAX + 1;
  for (let n = 0; n < claimsMax; n += 1) {
    savePeer(db, { id: `id${n}`, address: `https://a${n}.n${n}.example`, nowMs: mesh.now() });
  }
  const signal = new AbortController().signal;
  while (await runConfirmations(mesh, signal) === 0);
  equal(dialled, NETWORK_CONFIRMATIONS_MAX);
  equal(countUnconfirmed(db, "93.184.216.0/24"), UNCONFIRMED_OF_CROWD_MAX);
  equal(countClaims(db), UNCONFIRMED_OF_CROWD_MAX);
  for (let hours = 0; hours < (CLAIM_DAYS + 3) * 24; hours += 3) {
    capsule.wait(3 * 3_600_000);
    while (await runConfirmations(mesh, signal) === 0);
    // What was turned away is claimed again by somebody, so that the network's number is always used up.
    savePeer(db, { id: `again${hours}`, address: `https://b${hours}.example`, nowMs: mesh.now() });
  }
  const old = listUnconfirmed(db, Number.MAX_SAFE_INTEGER, UNCONFIRMED_MAX)
    .filter(({ addedAtMs }) => mesh.now() - addedAtMs > (CLAIM_DAYS + 2) * 86_400_000);
  deepEqual(old, []);
});
