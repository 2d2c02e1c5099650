/** Who keeps copies of a log, when somebody makes up a thousand who do (docs/protocol.md §12.11). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { insertCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import {
  deleteHolder,
  HOLDERS_MAX,
  HOLDERS_OF_NETWORK_MAX,
  listHolders,
  saveHolder,
} from "../../storage/holders.ts";
import { listConfirmedHolders } from "../../storage/holdings.ts";
import { confirmPeer, updatePeer } from "../../storage/peers.ts";
import { OTHER_ID } from "../vectors/sample.ts";

const HONEST = ["hal", "hedy", "hugo", "hana", "hilda"];

function openLog(): Readonly<{ db: Database; log: number }> & Disposable {
  const db = openDatabase(":memory:");
  const log = insertCapsule(db, { id: OTHER_ID, isOwn: false, address: null, createdAtMs: 1 });
  return { db, log, [Symbol.dispose]: () => db.close() };
}

function meet(
  db: Database,
  log: number,
  id: string,
  { nowMs, network, isReached = true }: { nowMs: number; network?: string; isReached?: boolean },
): void {
  const address = `https://${id}.example`;
  if (isReached) confirmPeer(db, { id, address, nowMs });
  if (network !== undefined) updatePeer(db, id, address, { crowd: network });
  saveHolder(db, log, id, nowMs);
}

Deno.test("honest holders known for long stay, and are asked and told of, beside 1,000 confirmed sybils", () => {
  using store = openLog();
  const { db, log } = store;
  for (const [n, id] of HONEST.entries()) {
    meet(db, log, id, { nowMs: 1 + n, network: `93.0.${n}.0/24` });
  }
  // Each in a network of its own, and each heard of again and again, while the honest say nothing.
  for (let turn = 0; turn < 2; turn += 1) {
    for (let n = 0; n < 1_000; n += 1) {
      const nowMs = 1_000 + 1_000 * turn + n;
      meet(db, log, `sybil${n}`, { nowMs, network: `44.${n >> 8}.${n & 255}.0/24` });
    }
  }
  const all = listHolders(db, log, 2_000);
  equal(all.length, HOLDERS_MAX);
  for (const id of HONEST) ok(all.some((holder) => holder.id === id), id);
  // Half of whoever is asked or told of is known longest, whatever the number.
  const few = listHolders(db, log, 2 * HONEST.length).map(({ id }) => id);
  for (const id of HONEST) ok(few.includes(id), id);
  const told = listConfirmedHolders(db, log, 8).map(({ id }) => id);
  deepEqual(told.filter((id) => HONEST.includes(id)), HONEST.slice(0, 4));
});

Deno.test("those who came first in great numbers from one network make room for others", () => {
  using store = openLog();
  const { db, log } = store;
  for (let n = 0; n < HOLDERS_MAX; n += 1) {
    meet(db, log, `sybil${n}`, { nowMs: 1 + n, network: "44.0.0.0/24" });
  }
  equal(listHolders(db, log, 100).length, HOLDERS_MAX);
  for (let n = 0; n < HOLDERS_MAX; n += 1) {
    meet(db, log, `other${n}`, { nowMs: 1_000 + n, network: `93.0.${n}.0/24` });
  }
  const ids = listHolders(db, log, 100).map(({ id }) => id);
  equal(ids.length, HOLDERS_MAX);
  equal(ids.filter((id) => id.startsWith("sybil")).length, HOLDERS_OF_NETWORK_MAX);
});

Deno.test("holders are kept up to their number, and those never reached make room first", () => {
  using store = openLog();
  const { db, log } = store;
  for (let n = 0; n < HOLDERS_MAX; n += 1) {
    meet(db, log, `claim${n}`, { nowMs: 1 + n, isReached: false });
  }
  equal(listHolders(db, log, 100).length, HOLDERS_MAX);
  meet(db, log, "reached", { nowMs: 1, network: "93.0.0.0/24" });
  const ids = listHolders(db, log, 100).map(({ id }) => id);
  equal(ids.length, HOLDERS_MAX);
  ok(ids.includes("reached"));
  deepEqual(listConfirmedHolders(db, log, 8), [{
    id: "reached",
    address: "https://reached.example",
  }]);
  deleteHolder(db, log, "reached");
  equal(listHolders(db, log, 100).length, HOLDERS_MAX - 1);
});
