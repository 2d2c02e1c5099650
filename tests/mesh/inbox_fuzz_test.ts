/** Broken deliveries and questions by the hundred: a code for each, never a fault, nothing kept (docs/protocol.md §12.9, §12.10). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { runDeliveries } from "../../mesh/deliver.ts";
import { makeDeliveryBody } from "../../mesh/delivery_body.ts";
import { MESH_CODES } from "../../routes/mesh_answers.ts";
import { PROTOCOL_CODES } from "../../mesh/protocol/errors.ts";
import { listOpenHeads } from "../../storage/neighbours.ts";
import { toBase64 } from "../../mesh/protocol/text.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { countFollowers, deleteFollower } from "../../storage/followers.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";

const ROUNDS = 600;

function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** One broken copy of a text: characters changed, left out, doubled, swapped, or a value replaced by another kind. */
function breakText(text: string, random: () => number): string {
  const at = () => Math.floor(random() * text.length);
  const pieces = ["", '"', "{", "]", "\\n", "\\u0000", "0", "-1", "null", "é", "\ud800", "9e99"];
  let broken = text;
  for (let n = Math.floor(random() * 3); n >= 0; n--) {
    const from = at();
    const to = from + Math.floor(random() * 40);
    const piece = pieces[Math.floor(random() * pieces.length)] ?? "";
    const kind = Math.floor(random() * 5);
    if (kind === 0) broken = broken.slice(0, from) + piece + broken.slice(from + 1);
    else if (kind === 1) broken = broken.slice(0, from) + broken.slice(to);
    else if (kind === 2) broken = broken.slice(0, to) + broken.slice(from);
    else if (kind === 3) broken = broken.replace(/:("[^"]*"|\d+|\[)/, `:${piece || "[]"}`);
    else broken = broken.slice(0, from);
  }
  return broken;
}

const CODES = new Set<string>([...MESH_CODES, ...PROTOCOL_CODES]);

Deno.test("P9: broken bodies of the inbox and of heads are answered with a code, and nothing of them is kept", async () => {
  const seed = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`CAPSULE_TEST_SEED=${seed}`);
  const random = makeRandom(seed);
  using town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  const log = follow(bob, ada);
  await runDeliveries(bob.mesh, new AbortController().signal);
  follow(cyd, bob);
  for (let i = 0; i < 3; i++) ada.post({ text: `Words, “quoted” ${i}` });
  let bodies = makeBodies(ada, bob, cyd);
  let head = findCheckpoint(bob.db, log);
  const counts = { refused: 0, taken: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const [call, whole] = bodies[round % bodies.length] as [string, string];
    const body = breakText(whole, random);
    const response = await bob.request(`/mesh/1/${call}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    }, `203.${round % 200}.${Math.floor(round / 200)}.1`);
    const answer = await response.json();
    if (answer.state === "stored") {
      // What was changed is nothing that a rule is about: an unknown field, fewer to tell. All that is stored verifies at the end.
      counts.taken += 1;
      deleteFollower(bob.db, cyd.id);
      ada.post();
      bodies = makeBodies(ada, bob, cyd);
      head = findCheckpoint(bob.db, log);
      continue;
    }
    deepEqual(findCheckpoint(bob.db, log), head);
    equal(countFollowers(bob.db), 0);
    if (response.status === 200 || response.status === 202) continue;
    counts.refused += 1;
    equal(response.status, 400, `${body}\n${JSON.stringify(answer)}`);
    ok(CODES.has(answer.error), `${answer.error} is in no list`);
  }
  ok(counts.refused > ROUNDS / 2, `${counts.refused} refused, ${counts.taken} taken`);
});

/** Whole bodies: a checkpoint with entries, an identity, a follow, a question for heads. */
function makeBodies(ada: Member, bob: Member, cyd: Member): [call: string, body: string][] {
  const make = (member: Member, kind: "checkpoint" | "identity" | "follow") => {
    const wanted = { kind, log: member.log, n: 1, tell: [cyd.id] };
    return makeDeliveryBody(member.db, wanted, member.address) ?? "";
  };
  const heads = listOpenHeads(bob.db, "", false, 9)
    .map(({ log: _, root, ...rest }) => ({ ...rest, root: toBase64(root) }));
  const bodies: [string, string][] = [
    ["inbox", make(ada, "checkpoint")],
    ["inbox", make(ada, "identity")],
    ["inbox", make(cyd, "follow")],
    ["heads", JSON.stringify({ heads })],
  ];
  ok(bodies.every(([, body]) => body.length > 100));
  return bodies;
}
