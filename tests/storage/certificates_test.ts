import { deepEqual, equal } from "node:assert/strict";
import {
  findCertificateTry,
  saveCertificateTry,
  TRY_PAUSE_MS,
  updateTryWish,
} from "../../storage/certificate_tries.ts";
import {
  type Certificate,
  findAccountKey,
  findCertificate,
  saveAccountKey,
  saveCertificate,
} from "../../storage/certificates.ts";
import { openDatabase } from "../../storage/database.ts";

const DIRECTORY = "https://authority.example/directory";
const CERTIFICATE: Certificate = {
  name: "capsule.example",
  directory: DIRECTORY,
  chain: "chain",
  key: "key",
  notBeforeMs: 1,
  notAfterMs: 3,
  renewalId: "a.b",
  window: { startMs: 1, endMs: 2 },
  renewAtMs: 2,
  askAtMs: 1,
};

Deno.test("a certificate comes back as it was saved, per name and authority", () => {
  using db = openDatabase(":memory:");
  saveCertificate(db, CERTIFICATE);
  deepEqual(findCertificate(db, "capsule.example", DIRECTORY), CERTIFICATE);
  equal(findCertificate(db, "capsule.example", ""), undefined);
  equal(findCertificate(db, "other.example", DIRECTORY), undefined);
  const plain = { ...CERTIFICATE, window: undefined, renewalId: undefined, chain: "newer" };
  saveCertificate(db, plain);
  deepEqual(findCertificate(db, "capsule.example", DIRECTORY), plain);
});

Deno.test("an account's key is kept per authority", () => {
  using db = openDatabase(":memory:");
  equal(findAccountKey(db, DIRECTORY), undefined);
  saveAccountKey(db, DIRECTORY, Uint8Array.of(1, 2, 3));
  deepEqual(findAccountKey(db, DIRECTORY), Uint8Array.of(1, 2, 3));
  equal(findAccountKey(db, "https://other.example/"), undefined);
});

Deno.test("the owner's wish is granted once in twelve minutes, also after the clock was set back", () => {
  using db = openDatabase(":memory:");
  const wish = (nowMs: number) => updateTryWish(db, "capsule.example", DIRECTORY, nowMs);
  equal(findCertificateTry(db, "capsule.example", DIRECTORY).nextAtMs, 0);
  const startMs = 100 * TRY_PAUSE_MS;
  equal(wish(startMs), 0);
  equal(wish(startMs + 1_000), TRY_PAUSE_MS - 1_000);
  equal(wish(startMs - 50 * TRY_PAUSE_MS), 0);
  const state = findCertificateTry(db, "capsule.example", DIRECTORY);
  const stopped = { ...state, failures: 3, code: "caa", nextAtMs: undefined };
  saveCertificateTry(db, "capsule.example", DIRECTORY, stopped);
  deepEqual(findCertificateTry(db, "capsule.example", DIRECTORY), stopped);
  equal(wish(startMs), 0);
  equal(findCertificateTry(db, "capsule.example", DIRECTORY).nextAtMs, startMs);
});
