/** One question to a neighbour for many logs (docs/protocol.md §12.9). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { runHeads } from "../../mesh/heads.ts";
import { saveHolder } from "../../storage/holders.ts";
import { findLogMirror, updateMirror } from "../../storage/mirrors.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { copyAuthor } from "../support/mirror.ts";
import {
  follow,
  type Member,
  type Neighbourhood,
  openNeighbourhood,
} from "../support/neighbourhood.ts";

const never = new AbortController().signal;
const FAR_MS = 9e9;

function copy(member: Member, author: Member, log: number): void {
  const asAuthor = { ...author, wait: () => {}, [Symbol.dispose]: () => {} };
  copyAuthor(member.db, asAuthor, { log, nowMs: member.now() });
}

/** Ada and Dan write, Bob and Cyd follow both, and Bob knows that Cyd does. Cyd has what is newest. */
function open(options: { isQuiet?: boolean } = {}) {
  const town = openNeighbourhood(4);
  const [ada, bob, cyd, dan] = town.members as [Member, Member, Member, Member];
  const logs = [ada, dan].map((author) => {
    const log = follow(bob, author, options);
    copy(bob, author, log);
    saveHolder(bob.db, log, cyd.id, bob.now());
    author.post();
    copy(cyd, author, follow(cyd, author));
    updateMirror(bob.db, log, { nextPullAtMs: bob.now() + FAR_MS });
    return log;
  });
  confirmPeer(bob.db, { id: cyd.id, address: cyd.address, nowMs: bob.now() });
  return { town, ada, bob, cyd, dan, logs, [Symbol.dispose]: () => town[Symbol.dispose]() };
}

async function rounds(town: Neighbourhood, { mesh }: Member, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await runHeads(mesh, never);
    town.wait(6 * 60_000);
  }
}

Deno.test("one question brings forward the pulls of all logs that the neighbour proves newer", async () => {
  using world = open();
  const { town, bob, cyd, logs } = world;
  await rounds(town, bob, 2);
  equal(town.asked.length, 1);
  equal(town.asked[0]?.url, `${cyd.address}/mesh/1/heads`);
  for (const log of logs) {
    ok((findLogMirror(bob.db, log)?.nextPullAtMs ?? FAR_MS) <= bob.now());
    equal(findCheckpoint(bob.db, log)?.size, 1);
  }
});

Deno.test("a quiet follow is in no question", async () => {
  using world = open({ isQuiet: true });
  const { town, bob } = world;
  await rounds(town, bob, 5);
  deepEqual(town.asked, []);
});

Deno.test("P14: a neighbour whose address was never confirmed is not asked", async () => {
  using world = open();
  const { town, bob, cyd } = world;
  bob.db.prepare("update peers set confirmed_at_ms = null where id = ?").run(cyd.id);
  await rounds(town, bob, 5);
  deepEqual(town.asked, []);
});

Deno.test("a number that nothing proves moves nothing", async () => {
  using world = open();
  const { town, ada, bob, logs } = world;
  const note = String(findCheckpoint(bob.db, logs[0] ?? 0)?.note).replace("\n1\n", "\n9\n");
  const lie = JSON.stringify({ heads: [{ id: ada.id, checkpoint: note, size: 9, record: 3 }] });
  const mesh = {
    ...bob.mesh,
    ask: () =>
      Promise.resolve({
        status: 200,
        headers: new Headers(),
        bytes: new TextEncoder().encode(lie),
        url: "",
      }),
  };
  await rounds(town, { ...bob, mesh }, 3);
  for (const log of logs) {
    ok((findLogMirror(bob.db, log)?.nextPullAtMs ?? 0) > bob.now() + FAR_MS / 2);
  }
});

Deno.test("a neighbour that shows heads and does not deliver them is asked less and less", async () => {
  using world = open();
  const { town, bob } = world;
  await rounds(town, bob, 200);
  ok(town.asked.length < 60, `${town.asked.length} of 200`);
  ok(town.asked.length > 5, `${town.asked.length} of 200`);
});
