/** Deliveries around a newer identity record: who knows a higher one sends it (docs/protocol.md §5.7, §12.10). */
import { deepEqual, equal, throws } from "node:assert/strict";
import { closeIdentity } from "../../mesh/close.ts";
import { runDeliveries } from "../../mesh/deliver.ts";
import { makeDeliveryBody } from "../../mesh/delivery_body.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { pullLog } from "../../mesh/pull.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { listDueDeliveries } from "../../storage/deliveries.ts";
import { findNewestIdentityRecord } from "../../storage/identity_records.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { findSigning } from "../../storage/signing.ts";
import { copyAuthor } from "../support/mirror.ts";
import { copyDatabase } from "../support/copies.ts";
import { makeFolder } from "../support/process.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";

const never = new AbortController().signal;
const PHRASE = encodePhrase(new Uint8Array(16).fill(40));

function body({ db, log }: Member, kind: "checkpoint" | "identity"): string {
  return makeDeliveryBody(db, { kind, log, n: null, tell: [] }, undefined) ?? "";
}

/** Bob and Cyd have two posts of Ada's. */
function open() {
  const town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  ada.post({ text: "one" });
  const asAuthor = { ...ada, wait: () => {}, [Symbol.dispose]: () => {} };
  const [log = 0, cydsLog = 0] = [bob, cyd].map((member) => {
    const log = follow(member, ada);
    copyAuthor(member.db, asAuthor, { log, nowMs: member.now() });
    return log;
  });
  confirmPeer(bob.db, { id: cyd.id, address: cyd.address, nowMs: bob.now() });
  return { town, ada, bob, cyd, log, cydsLog, [Symbol.dispose]: () => town[Symbol.dispose]() };
}

Deno.test("a checkpoint brings its identity along: the record is accepted, then the checkpoint", async () => {
  using world = open();
  const { ada, bob, log } = world;
  rotateKey(ada, { phrase: PHRASE });
  ada.post({ text: "under the new key" });
  deepEqual((await bob.deliver(body(ada, "checkpoint"))).body, { state: "stored" });
  equal(findNewestIdentityRecord(bob.db, log)?.n, 1);
  deepEqual(findCheckpoint(bob.db, log), findCheckpoint(ada.db, ada.log));
  equal(findLogMirror(bob.db, log)?.isConfirmed, true);
});

Deno.test("what a retired key signs is void, and its capsule is told of the newer record", async () => {
  using world = open();
  const { ada, bob, log } = world;
  const old = body(ada, "checkpoint");
  rotateKey(ada, { phrase: PHRASE });
  deepEqual((await bob.deliver(body(ada, "identity"))).body, { state: "stored" });
  bob.db.prepare("delete from deliveries").run();
  const { status, body: answer } = await bob.deliver(old);
  deepEqual([status, answer.error], [400, "checkpoint_void"]);
  const told = listDueDeliveries(bob.db, bob.now(), 9);
  deepEqual(told.map(({ peer, kind, n }) => [peer, kind, n]), [[ada.id, "identity", 1]]);
  deepEqual((await bob.deliver(body(ada, "identity"))).body, { state: "known" });
  equal(findNewestIdentityRecord(bob.db, log)?.n, 1);
});

Deno.test("P6: our own newer record, delivered, stops the signing under the old key", async () => {
  using world = open();
  using folder = makeFolder();
  const { ada, bob } = world;
  using other = copyDatabase(ada.db, `${folder.path}/other.db`);
  allowSigning(other);
  rotateKey({ db: other, now: ada.now }, { phrase: PHRASE });
  const identity = body({ ...ada, db: other }, "identity");
  deepEqual((await ada.deliver(identity)).body, { state: "stored" });
  equal(findSigning(ada.db)?.outcome, "superseded");
  throws(() => ada.post());
  deepEqual((await bob.deliver(identity)).body, { state: "stored" });
});

Deno.test("whoever shows an older record than ours is told of ours", async () => {
  using world = open();
  const { ada, bob, cyd, log, cydsLog } = world;
  rotateKey(ada, { phrase: PHRASE });
  await bob.deliver(body(ada, "identity"));
  bob.db.prepare("delete from deliveries").run();
  const source = { address: cyd.address, id: cyd.id, isOrigin: false };
  await pullLog(bob.mesh, log, { sources: [source] });
  await runDeliveries(bob.mesh, never);
  equal(findNewestIdentityRecord(cyd.db, cydsLog)?.n, 1);
});

Deno.test("under a closed identity every checkpoint is void", async () => {
  using world = open();
  const { ada, bob, log } = world;
  const before = JSON.parse(body(ada, "checkpoint"));
  closeIdentity(ada, { phrase: PHRASE });
  const identity = JSON.parse(body(ada, "identity")).identity;
  const { status, body: answer } = await bob.deliver({ ...before, identity });
  deepEqual([status, answer.error], [400, "checkpoint_void"]);
  equal(findLogMirror(bob.db, log)?.state, "closed");
});
