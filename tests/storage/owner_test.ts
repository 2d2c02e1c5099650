import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import {
  ATTEMPT_WINDOW_MS,
  deleteAttempts,
  findAttemptWait,
  insertAttempt,
  NETWORK_ATTEMPTS_MAX,
  TOTAL_ATTEMPTS_MAX,
} from "../../storage/attempts.ts";
import { openDatabase } from "../../storage/database.ts";
import {
  deleteDraft,
  DRAFT_CHARACTERS_MAX,
  findDraft,
  insertDraft,
  listDrafts,
  updateDraft,
} from "../../storage/drafts.ts";
import { deleteLease, findLease, insertLease, updateLease } from "../../storage/leases.ts";
import {
  findPassword,
  hashPassword,
  PASSWORD_CHARACTERS_MAX,
  savePassword,
  verifyPassword,
} from "../../storage/passwords.ts";
import {
  deleteOtherSessions,
  deleteSession,
  deleteSessions,
  findSession,
  insertSession,
  listSessions,
  SESSION_MS,
  SESSIONS_MAX,
} from "../../storage/sessions.ts";
import { DEFAULT_SETTINGS, findSettings, saveSettings } from "../../storage/settings.ts";
import { hashSecret } from "../../storage/secret_hash.ts";
import {
  findSetupCodeState,
  saveSetupCode,
  saveSetupCodeHash,
  updateSetupCodeUsed,
} from "../../storage/setup.ts";

const HOUR_MS = 3_600_000;

Deno.test("settings have defaults, keep what is not changed and refuse what is out of range", () => {
  using db = openDatabase(":memory:");
  deepEqual(findSettings(db), DEFAULT_SETTINGS);
  saveSettings(db, { crawlers: "no-ai", timeZone: "Europe/Berlin" });
  saveSettings(db, { accent: "green" });
  deepEqual(findSettings(db), {
    ...DEFAULT_SETTINGS,
    crawlers: "no-ai",
    timeZone: "Europe/Berlin",
    accent: "green",
  });
  throws(() => saveSettings(db, { timeZone: "Mars/Base", accent: "red" }), RangeError);
  throws(() => saveSettings(db, { postsPerPage: 51 }), RangeError);
  throws(() => saveSettings(db, { postsPerPage: 4 }), RangeError);
  throws(() => saveSettings(db, { accent: "x".repeat(41) }), RangeError);
  equal(findSettings(db).accent, "green");
});

Deno.test("a password is verified by its PHC string, in any composition of its letters", async () => {
  using db = openDatabase(":memory:");
  equal(findPassword(db), undefined);
  const phc = await hashPassword("Grüße aus 東京");
  match(phc, /^\$(argon2id\$v=19\$m=19456,t=2,p=1|scrypt\$ln=17,r=8,p=1)\$[^$=]+\$[^$=]+$/);
  savePassword(db, phc);
  const stored = findPassword(db) ?? "";
  equal(await verifyPassword("Grüße aus 東京", stored), true);
  equal(await verifyPassword("Gru\u0308ße aus 東京", stored), true);
  equal(await verifyPassword("grüße aus 東京", stored), false);
  equal(await verifyPassword("", stored), false);
});

Deno.test("a password hashed by scrypt, where the runtime had no Argon2, still verifies", async () => {
  const { scryptSync } = await import("node:crypto");
  const salt = new Uint8Array(16).fill(7);
  const hash = scryptSync("pleaseletmein", salt, 32, { N: 1024, r: 8, p: 1 });
  const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
  const phc = `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(new Uint8Array(hash))}`;
  equal(await verifyPassword("pleaseletmein", phc), true);
  equal(await verifyPassword("pleaseletmeout", phc), false);
});

Deno.test("verifyPassword answers false for strings it does not know and passwords that are too long", async () => {
  for (const phc of ["", "plain", "$argon2i$v=19$m=8,t=1,p=1$a$b", "$scrypt$ln=10,r=8,p=1$$"]) {
    equal(await verifyPassword("secret", phc), false);
  }
  const long = "x".repeat(PASSWORD_CHARACTERS_MAX + 1);
  equal(await verifyPassword(long, await hashPassword("x")), false);
  await rejects(() => hashPassword(long), RangeError);
});

function makeToken(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

Deno.test("a session is found by its token, slides with use and ends after 30 days without", () => {
  using db = openDatabase(":memory:");
  const session = insertSession(db, makeToken(1), { agent: "Firefox", nowMs: 0 });
  deepEqual(findSession(db, makeToken(1), 1), session);
  equal(findSession(db, makeToken(2), 1), undefined);
  equal(findSession(db, new Uint8Array(31), 1), undefined);
  equal(findSession(db, makeToken(1), SESSION_MS)?.seenAtMs, SESSION_MS);
  equal(findSession(db, makeToken(1), 2 * SESSION_MS)?.id, session.id);
  equal(findSession(db, makeToken(1), 3 * SESSION_MS + 1), undefined);
  const row = db.prepare("select token_hash as hash from sessions").get() as { hash: Uint8Array };
  equal(row.hash.every((byte) => byte === 1), false);
});

Deno.test("reading a session within the hour writes nothing", () => {
  using db = openDatabase(":memory:");
  insertSession(db, makeToken(1), { agent: "", nowMs: 0 });
  const mark = db.changeMark();
  equal(findSession(db, makeToken(1), HOUR_MS - 1)?.seenAtMs, 0);
  equal(findSession(db, makeToken(1), HOUR_MS)?.seenAtMs, HOUR_MS);
  equal(db.changeMark(), mark);
});

Deno.test("sessions are listed, ended one by one, all but one, and all", () => {
  using db = openDatabase(":memory:");
  const [first, second, third] = [1, 2, 3].map((n) =>
    insertSession(db, makeToken(n), { agent: `agent ${n}`, nowMs: n })
  );
  deepEqual(listSessions(db, 9).map(({ agent }) => agent), ["agent 3", "agent 2", "agent 1"]);
  equal(deleteSession(db, second?.id ?? 0), true);
  equal(deleteSession(db, second?.id ?? 0), false);
  equal(findSession(db, makeToken(2), 9), undefined);
  equal(deleteOtherSessions(db, first?.id ?? 0), 1);
  equal(findSession(db, makeToken(3), 9), undefined);
  equal(third?.agent, "agent 3");
  equal(deleteSessions(db), 1);
  deepEqual(listSessions(db, 9), []);
});

Deno.test("the longest unused session makes room for one too many", () => {
  using db = openDatabase(":memory:");
  for (let n = 0; n <= SESSIONS_MAX; n += 1) {
    insertSession(db, makeToken(n), { agent: "x".repeat(400), nowMs: n });
  }
  const sessions = listSessions(db, 99);
  equal(sessions.length, SESSIONS_MAX);
  equal(sessions.at(-1)?.createdAtMs, 1);
  equal(sessions[0]?.agent.length, 300);
});

Deno.test("failed sign-ins make a network wait, and everybody when there are too many", () => {
  using db = openDatabase(":memory:");
  for (let n = 0; n < NETWORK_ATTEMPTS_MAX; n += 1) {
    equal(findAttemptWait(db, "192.0.2.0/24", n), 0);
    insertAttempt(db, "192.0.2.0/24", n);
  }
  equal(findAttemptWait(db, "192.0.2.0/24", 10), ATTEMPT_WINDOW_MS - 10);
  equal(findAttemptWait(db, "198.51.100.0/24", 10), 0);
  equal(findAttemptWait(db, "192.0.2.0/24", ATTEMPT_WINDOW_MS), 0);
  for (let n = NETWORK_ATTEMPTS_MAX; n < TOTAL_ATTEMPTS_MAX; n += 1) {
    insertAttempt(db, `network ${n}`, 20);
  }
  equal(findAttemptWait(db, "203.0.113.0/24", 20) > 0, true);
  equal(findAttemptWait(db, "203.0.113.0/24", 20 + ATTEMPT_WINDOW_MS), 0);
});

Deno.test("a sign-in that worked clears its network's failures", () => {
  using db = openDatabase(":memory:");
  for (let n = 0; n < NETWORK_ATTEMPTS_MAX; n += 1) insertAttempt(db, "192.0.2.0/24", n);
  deleteAttempts(db, "192.0.2.0/24");
  equal(findAttemptWait(db, "192.0.2.0/24", 10), 0);
});

Deno.test("a draft is saved, told apart from another window's, listed and deleted", () => {
  using db = openDatabase(":memory:");
  const draft = insertDraft(db, { kind: "article", fields: { title: "T" }, nowMs: 1 });
  match(draft.id, /^[\w-]{22}$/);
  const second = updateDraft(db, draft.id, { fields: { title: "T2" }, version: 1, nowMs: 2 });
  equal(typeof second === "object" && second.version, 2);
  equal(updateDraft(db, draft.id, { fields: { title: "T3" }, version: 1, nowMs: 3 }), "changed");
  deepEqual(findDraft(db, draft.id), {
    ...draft,
    fields: { title: "T2" },
    version: 2,
    updatedAtMs: 2,
  });
  equal(typeof updateDraft(db, draft.id, { fields: { title: "T4" }, nowMs: 4 }), "object");
  insertDraft(db, { kind: "post", fields: { text: "p" }, nowMs: 5 });
  deepEqual(listDrafts(db, { limit: 9 }).map(({ kind }) => kind), ["post", "article"]);
  deepEqual(listDrafts(db, { kind: "article", limit: 9 }).length, 1);
  equal(deleteDraft(db, draft.id), true);
  equal(deleteDraft(db, draft.id), false);
  equal(updateDraft(db, draft.id, { fields: {}, nowMs: 6 }), "absent");
  equal(findDraft(db, draft.id), undefined);
});

Deno.test("a draft takes text up to its limit and not beyond", () => {
  using db = openDatabase(":memory:");
  const room = DRAFT_CHARACTERS_MAX - JSON.stringify({ text: "" }).length;
  insertDraft(db, { kind: "post", fields: { text: "x".repeat(room) }, nowMs: 0 });
  const more = { kind: "post", fields: { text: "x".repeat(room + 1) }, nowMs: 0 } as const;
  throws(() => insertDraft(db, more), RangeError);
});

Deno.test("a set-up code works once, until it expires, and a new one ends it", () => {
  using db = openDatabase(":memory:");
  equal(findSetupCodeState(db, "abc", 0), "wrong");
  saveSetupCode(db, "abc", 100);
  equal(findSetupCodeState(db, "abd", 0), "wrong");
  equal(findSetupCodeState(db, "abc", 99), "valid");
  equal(findSetupCodeState(db, "abc", 100), "expired");
  equal(updateSetupCodeUsed(db, "abc", 100), false);
  equal(updateSetupCodeUsed(db, "abc", 50), true);
  equal(findSetupCodeState(db, "abc", 50), "used");
  equal(updateSetupCodeUsed(db, "abc", 50), false);
  saveSetupCode(db, "new", 100);
  equal(findSetupCodeState(db, "abc", 50), "wrong");
  equal(findSetupCodeState(db, "new", 50), "valid");
});

Deno.test("a set-up code may be one that only its hash is known of", () => {
  using db = openDatabase(":memory:");
  saveSetupCodeHash(db, hashSecret("chosen elsewhere"), 100);
  equal(findSetupCodeState(db, "chosen elsewhere", 99), "valid");
  equal(findSetupCodeState(db, hashSecret("chosen elsewhere").toHex(), 99), "wrong");
});

Deno.test("one start holds the lease while it shows signs of life", () => {
  using db = openDatabase(":memory:");
  const lease = { start: "one", url: "http://127.0.0.1:1", seenAtMs: 1_000 };
  equal(insertLease(db, lease, 0), "taken");
  equal(insertLease(db, { ...lease, start: "two" }, 500), "held");
  equal(updateLease(db, "one", 2_000), true);
  equal(updateLease(db, "two", 2_000), false);
  equal(findLease(db)?.seenAtMs, 2_000);
  equal(insertLease(db, { start: "two", url: "u", seenAtMs: 9_000 }, 2_001), "taken");
  equal(updateLease(db, "one", 9_500), false);
  deleteLease(db, "one");
  equal(findLease(db)?.start, "two");
  deleteLease(db, "two");
  equal(findLease(db), undefined);
});
