import { deepEqual, equal, match, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  announceLease,
  findServer,
  holdLock,
  LEASE_FRESH_MS,
  releaseLease,
  renewLease,
  takeLease,
} from "../../host/lease.ts";
import { openDatabase } from "../../storage/database.ts";
import { insertLease } from "../../storage/leases.ts";
import { need } from "../support/optional.ts";
import { makeFolder, runCapsule, serveCapsule, SOURCE } from "../support/process.ts";
import { findMissing } from "../support/service_machine.ts";

/** A server that answers /up as a capsule of this start does. */
function capsule(start: string) {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => Response.json({ ok: true, start }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a lease is taken, announced, renewed and given back", async () => {
  using db = openDatabase(":memory:");
  await using mine = capsule("a");
  const lease = { db, start: "a", now: () => 1_000_000, isDev: true };
  equal(await takeLease(lease), undefined);
  equal(announceLease(lease, mine.url), true);
  equal(renewLease(lease), true);
  deepEqual(await findServer(db, lease.now), { url: mine.url, isDev: true });
  releaseLease(lease);
  equal(await findServer(db, lease.now), undefined);
  equal(renewLease(lease), false);
});

Deno.test("a sign of life waits for no disk and changes no page", () => {
  using folder = makeFolder();
  using db = openDatabase(`${folder.path}/capsule.db`);
  const lease = { db, start: "a", now: () => 1_000_000 };
  insertLease(db, { start: "a", url: "", seenAtMs: 1 }, Infinity);
  db.exec(`create temp table seen (level integer);
    create temp trigger renewed after update on leases begin
      insert into seen select synchronous from pragma_synchronous;
    end`);
  const mark = db.changeMark();
  equal(renewLease(lease), true);
  equal(db.changeMark(), mark);
  equal(announceLease(lease, "http://127.0.0.1:1"), true);
  const levels = db.prepare("select level from seen").all() as { level: number }[];
  // Normal and full: where it listens is waited for.
  deepEqual(levels.map(({ level }) => level), [1, 2]);
});

Deno.test("a lease whose holder answers is not taken; one whose holder is gone is, at once", async () => {
  using db = openDatabase(":memory:");
  const now = () => 1_000_000;
  {
    await using other = capsule("other");
    insertLease(db, { start: "other", url: other.url, seenAtMs: now() }, Infinity);
    deepEqual(await takeLease({ db, start: "mine", now }), { url: other.url, isDev: false });
  }
  equal(await takeLease({ db, start: "mine", now }), undefined);
});

Deno.test("a lease is taken when another capsule answers at the holder's port", async () => {
  using db = openDatabase(":memory:");
  const now = () => 1_000_000;
  await using stranger = capsule("stranger");
  insertLease(db, { start: "killed", url: stranger.url, seenAtMs: now() }, Infinity);
  equal(await takeLease({ db, start: "mine", now }), undefined);
});

Deno.test("a lease that was not renewed for long is nobody's, whoever answers", async () => {
  using db = openDatabase(":memory:");
  await using other = capsule("other");
  insertLease(db, { start: "other", url: other.url, seenAtMs: 0 }, Infinity);
  const now = () => LEASE_FRESH_MS;
  equal(await findServer(db, now), undefined);
  equal(await takeLease({ db, start: "mine", now }), undefined);
});

Deno.test("a server that lost its lease ends with a sentence", async () => {
  using folder = makeFolder();
  await using served = await serveCapsule([], { cwd: folder.path });
  const db = new DatabaseSync(`${folder.path}/capsule.db`);
  db.exec("update leases set start = 'somebody else'");
  db.close();
  equal(await served.status, 1);
  match(served.stderr(), /another program has taken the database over/);
});

Deno.test("a holder that has only begun to listen is named by the address that it says then", async () => {
  using db = openDatabase(":memory:");
  const now = () => Date.now();
  await using holder = capsule("first");
  equal(await takeLease({ db, start: "first", now }), undefined);
  const second = takeLease({ db, start: "second", now });
  announceLease({ db, start: "first", now }, holder.url);
  equal((await second)?.url, holder.url);
});

Deno.test("a server that does not answer is not taken for gone while its process lives", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await using served = await serveCapsule([], { cwd });
  Deno.kill(served.pid, "SIGSTOP");
  const second = await runCapsule(["serve", "--port", "0"], { cwd });
  Deno.kill(served.pid, "SIGCONT");
  deepEqual([second.code, second.stdout], [1, ""]);
  match(second.stderr, /it is being served already/);
  equal((await (await fetch(`${served.url}/up`)).json()).ok, true);
  await served.kill();
  // Its process is gone, and its lease is fresh.
  await using third = await serveCapsule([], { cwd });
  equal(await third.stop(), 0);
});

Deno.test("a server that has not yet said where it listens has the database while its process lives", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  using db = openDatabase(path);
  const lease = { db, start: "other", now: Date.now };
  equal(await takeLease(lease), undefined);
  const lock = await holdLock(lease);
  ok(lock !== undefined);
  equal(await holdLock({ ...lease, start: "mine" }), undefined);
  deepEqual(await takeLease({ ...lease, start: "mine" }), { url: "", isDev: false });
  // However long it hangs, and without a word taken from it: it goes on when it can.
  const later = () => Date.now() + 2 * LEASE_FRESH_MS;
  deepEqual(await takeLease({ ...lease, start: "mine", now: later }), { url: "", isDev: false });
  equal(renewLease(lease), true);
  lock[Symbol.dispose]();
  equal(await takeLease({ ...lease, start: "mine" }), undefined);
});

// Its first process, or one below it (`docker run --init`), and a loopback of its own are what a container has.
for (const [what, up] of [["", 'exec "$@"'], [" with --init", '"$@"; exit $?']]) {
  Deno.test(`a second container${what} with the same folder is refused, though it cannot ask the first`, async () => {
    if (!need("root and util-linux (unshare), iproute2", await findMissing() === undefined)) return;
    using folder = makeFolder();
    const cwd = folder.path;
    await using served = await serveCapsule([], { cwd });
    const apart = ["unshare", "--net", "--pid", "--fork", "--kill-child"];
    const program = [...apart, "sh", "-c", `ip link set lo up; ${up}`, "sh", ...SOURCE];
    const second = await runCapsule(["serve", "--port", "0"], { cwd, program });
    match(second.stderr, /it is being served already/);
    equal(second.code, 1);
    if (what === "") {
      const beside = await runCapsule(["up"], { cwd, program });
      equal(beside.code, 0, beside.stderr);
    }
    equal(await served.stop(), 0);
  });
}
