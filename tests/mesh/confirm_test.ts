import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import {
  confirmAddress,
  ConfirmProblem,
  HOST_CONFIRMATIONS_MAX,
  NETWORK_CONFIRMATIONS_MAX,
  runConfirmations,
} from "../../mesh/confirm.ts";
import { AskProblem } from "../../mesh/fetch.ts";
import { createCapsule } from "../../mesh/publish.ts";
import { decodeWellKnown } from "../../mesh/well_known.ts";
import { ProtocolError } from "../../mesh/protocol/errors.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findCapsule, findOwnCapsule, insertCapsule } from "../../storage/capsules.ts";
import { openDatabase } from "../../storage/database.ts";
import { listHolders } from "../../storage/holders.ts";
import { listIdentityRecords } from "../../storage/identity_records.ts";
import { saveBlock } from "../../storage/blocks.ts";
import {
  confirmPeer,
  findPeer,
  findPeers,
  insertConfirmation,
  listConfirmed,
  listUnconfirmed,
  savePeer,
} from "../../storage/peers.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { openTestMesh, type TestMesh } from "../support/mesh.ts";
import { seededRandom } from "../support/seed.ts";

type Page = Record<string, unknown> & { id: string };

/** The page of a capsule of its own, which differ by their number. */
function makePage(n: number, more: Record<string, unknown> = {}): Page {
  using db = openDatabase(":memory:");
  const entropy = new Uint8Array(16).fill(n);
  const { id } = createCapsule({ db, now: () => 1_800_000_000_000 }, {
    name: `Capsule ${n}`,
    address: null,
    entropy,
  });
  const log = findOwnCapsule(db)?.log ?? 0;
  return {
    id,
    name: `Capsule ${n}`,
    identity: listIdentityRecords(db, log).map(({ note }) => note),
    checkpoint: findCheckpoint(db, log)?.note ?? "",
    start: "abc",
    followers: [],
    ...more,
  };
}

/** A host that answers whatever the test wants at the moment. */
function serveHost() {
  const host = {
    answer: (): Response => new Response("", { status: 404 }),
    requests: [] as string[],
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      host.requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return host.answer();
    },
  );
  return Object.assign(host, {
    address: `http://127.0.0.1:${server.addr.port}`,
    show: (page: unknown) => host.answer = () => Response.json(page),
    [Symbol.asyncDispose]: async () => await server.shutdown(),
  });
}

async function withMesh(
  work: (mesh: TestMesh, wait: (ms: number) => number) => Promise<void>,
): Promise<void> {
  using capsule = openTestCapsule();
  // Some tests know of a capsule without having a log of it.
  capsule.expectDamage();
  await using mesh = await openTestMesh(capsule);
  await work(mesh, capsule.wait);
}

function confirmCode(code: string) {
  return (error: unknown) => {
    ok(
      error instanceof ConfirmProblem || error instanceof ProtocolError ||
        error instanceof AskProblem,
      String(error),
    );
    equal(error.code, code, error.message);
    return true;
  };
}

const STRANGER = { isOwnersAct: false };
const OWNER = { isOwnersAct: true };

Deno.test("P14: an address is confirmed when its page answers with the id, and only then is it listed", async () => {
  const [author, follower] = [makePage(1), makePage(2)];
  await using host = serveHost();
  await withMesh(async (mesh, wait) => {
    savePeer(mesh.db, { id: author.id, address: host.address, nowMs: mesh.now() });
    deepEqual(listConfirmed(mesh.db, author.id), []);
    host.show({
      ...author,
      address: "https://elsewhere.example",
      followers: [
        { id: follower.id, address: "https://follower.example" },
        { id: author.id, address: "https://itself.example" },
        { id: "cap1nonsense", address: "https://x.example" },
        { id: makePage(3).id, address: "no address" },
        "nothing",
      ],
    });
    const found = await confirmAddress(mesh, host.address, { id: author.id, ...STRANGER });
    equal(found.name, "Capsule 1");
    equal(found.address, "https://elsewhere.example");
    equal(found.confirmedAddress, host.address);
    deepEqual(found.followers.map(({ id }) => id), [follower.id]);
    equal(listConfirmed(mesh.db, author.id)[0]?.confirmedAtMs, mesh.now());
    // What the page says of others is a claim, and kept only where it concerns a log that is.
    deepEqual(findPeers(mesh.db, follower.id), []);
    insertCapsule(mesh.db, { id: author.id, isOwn: false, address: null, createdAtMs: 1 });
    await confirmAddress(mesh, host.address, OWNER);
    const [claim, ...others] = findPeers(mesh.db, follower.id);
    deepEqual([claim?.address, claim?.confirmedAtMs, others], [
      "https://follower.example",
      undefined,
      [],
    ]);
    const log = findCapsule(mesh.db, author.id)?.log ?? 0;
    deepEqual(listHolders(mesh.db, log, 9).map(({ id }) => id), [follower.id]);
    deepEqual(listConfirmed(mesh.db, follower.id), []);
    deepEqual(new Set(host.requests), new Set(["GET /.well-known/capsule"]));
    wait(1_000);
    await confirmAddress(mesh, host.address, OWNER);
    equal(listConfirmed(mesh.db, author.id)[0]?.confirmedAtMs, mesh.now());
  });
});

Deno.test("P14: nothing but one GET of the well-known page goes to an address that is not confirmed", async () => {
  await using host = serveHost();
  await withMesh(async (mesh, wait) => {
    const { id } = makePage(4);
    savePeer(mesh.db, { id, address: host.address, nowMs: mesh.now() });
    const signal = new AbortController().signal;
    for (let turn = 0; turn < 40; turn += 1) {
      await runConfirmations(mesh, signal);
      wait(3 * 3_600_000);
    }
    deepEqual([...new Set(host.requests)], ["GET /.well-known/capsule"]);
    // The claim ended after some tries, and never more than three in a day.
    equal(host.requests.length, 5);
    deepEqual(findPeers(mesh.db, id), []);
  });
});

Deno.test("P14: an address that shows another id counts as unreachable for the first, and nothing switches", async () => {
  const [first, second] = [makePage(1), makePage(2)];
  await using host = serveHost();
  await withMesh(async (mesh) => {
    host.show(first);
    await confirmAddress(mesh, host.address, OWNER);
    host.show(second);
    await rejects(
      confirmAddress(mesh, host.address, { id: first.id, ...OWNER }),
      (error) =>
        error instanceof ConfirmProblem && error.shownId === second.id &&
        error.code === "other_id",
    );
    deepEqual(listConfirmed(mesh.db, first.id), []);
    deepEqual(listConfirmed(mesh.db, second.id), []);
    equal(findPeer(mesh.db, first.id, host.address)?.shownId, second.id);
    // Asked for whoever is there, the other one is confirmed, and the first has lost it.
    await confirmAddress(mesh, host.address, OWNER);
    equal(listConfirmed(mesh.db, second.id).length, 1);
    host.show(first);
    await confirmAddress(mesh, host.address, { id: first.id, ...OWNER });
    equal(listConfirmed(mesh.db, first.id).length, 1);
    deepEqual(listConfirmed(mesh.db, second.id), []);
  });
});

Deno.test("P9: a page is refused in the order form, identity chain, id, checkpoint, and nothing of it is kept", async () => {
  const [page, other] = [makePage(1), makePage(2)];
  const forged = (page.identity as string[]).map((note) =>
    note.replace("identity 1", "identity 2")
  );
  const follower = { id: other.id, address: "https://follower.example" };
  const cases: [string, unknown, string][] = [
    ["no JSON", "hello", "no_capsule"],
    ["a list", [page], "no_capsule"],
    ["no identity", { ...page, identity: undefined }, "no_capsule"],
    ["an identity of numbers", { ...page, identity: [1] }, "no_capsule"],
    ["too many records", { ...page, identity: new Array(65).fill("x") }, "no_capsule"],
    ["a checkpoint of a number", { ...page, checkpoint: 7 }, "no_capsule"],
    ["no record", { ...page, identity: [] }, "identity_too_long"],
    ["a forged record", { ...page, identity: forged }, "note_signature"],
    ["another's identity", { ...page, identity: other.identity }, "identity_chain"],
    ["another's id", { ...page, id: other.id }, "identity_chain"],
    ["another's checkpoint", { ...page, checkpoint: other.checkpoint }, "note_signature"],
    ["an altered checkpoint", {
      ...page,
      checkpoint: String(page.checkpoint).replace("\n1\n", "\n9\n"),
    }, "note_signature"],
  ];
  await using host = serveHost();
  await withMesh(async (mesh) => {
    for (const [name, body, code] of cases) {
      const shown = typeof body === "object" && !Array.isArray(body)
        ? { ...body, followers: [follower] }
        : body;
      host.show(shown);
      await rejects(confirmAddress(mesh, host.address, OWNER), confirmCode(code), name);
    }
    for (const status of [204, 301, 404, 410, 500, 503]) {
      host.answer = () => new Response(status === 204 ? null : JSON.stringify(page), { status });
      await rejects(confirmAddress(mesh, host.address, OWNER), confirmCode("no_capsule"));
    }
    host.answer = () => new Response("x".repeat(262_145));
    await rejects(confirmAddress(mesh, host.address, OWNER), confirmCode("too_long"));
    deepEqual(listUnconfirmed(mesh.db, mesh.now(), 10), []);
    for (const { id } of [page, other]) deepEqual(findPeers(mesh.db, id), []);
    await rejects(confirmAddress(mesh, `${host.address}/`, OWNER), confirmCode("address_form"));
  });
});

Deno.test("a page without a checkpoint is one whose head is a cut", () => {
  const page = makePage(1, { checkpoint: undefined, name: "line\nbreak", start: "" });
  const found = decodeWellKnown(new TextEncoder().encode(JSON.stringify(page)));
  deepEqual([found?.checkpoint, found?.name, found?.start], [undefined, "", ""]);
});

Deno.test("an address that sends elsewhere is confirmed there for its owner's visitor, and never for a stranger's claim", async () => {
  const page = makePage(1);
  await using target = serveHost();
  await using host = serveHost();
  target.show(page);
  host.answer = () =>
    new Response(null, {
      status: 301,
      headers: { location: `${target.address}/.well-known/capsule` },
    });
  await withMesh(async (mesh) => {
    const { confirmedAddress } = await confirmAddress(mesh, host.address, OWNER);
    equal(confirmedAddress, target.address);
    deepEqual(listConfirmed(mesh.db, page.id).map(({ address }) => address), [target.address]);
    const claim = confirmAddress(mesh, host.address, { id: page.id, ...STRANGER });
    await rejects(claim, confirmCode("no_capsule"));
  });
});

Deno.test("claims of strangers are checked three times a day at one host, whatever the ids; the owner's acts are not counted", async () => {
  const page = makePage(1);
  await using host = serveHost();
  await withMesh(async (mesh, wait) => {
    host.show(page);
    for (let n = 0; n < HOST_CONFIRMATIONS_MAX; n += 1) {
      await confirmAddress(mesh, host.address, STRANGER);
    }
    await rejects(confirmAddress(mesh, host.address, STRANGER), confirmCode("too_many"));
    equal(host.requests.length, HOST_CONFIRMATIONS_MAX);
    await confirmAddress(mesh, host.address, OWNER);
    wait(86_400_000);
    await confirmAddress(mesh, host.address, STRANGER);
    equal(host.requests.length, HOST_CONFIRMATIONS_MAX + 2);
  });
});

Deno.test("claims of strangers connect sixty times a day to one network, whatever the names", async () => {
  using capsule = openTestCapsule();
  const dialled: string[] = [];
  await using mesh = await openTestMesh(capsule, {
    isDev: false,
    resolve: (name) => Promise.resolve([`93.184.216.${name.length}`]),
    dial: (address) => {
      dialled.push(address);
      return Promise.reject(new Deno.errors.ConnectionRefused("nobody"));
    },
  });
  for (let n = 1; n < NETWORK_CONFIRMATIONS_MAX; n += 1) {
    insertConfirmation(mesh.db, { host: "", network: "93.184.216.0/24", atMs: mesh.now() });
  }
  await rejects(confirmAddress(mesh, "https://a.example", STRANGER), confirmCode("not_reached"));
  await rejects(confirmAddress(mesh, "https://bb.example", STRANGER), confirmCode("too_many"));
  equal(dialled.length, 1);
  await rejects(confirmAddress(mesh, "https://bb.example", OWNER), confirmCode("not_reached"));
});

Deno.test("the round confirms what is claimed, and forgets what is blocked or our own", async () => {
  const [page, follower, blockedPage] = [makePage(1), makePage(2), makePage(3)];
  await using host = serveHost();
  await using blocked = serveHost();
  await withMesh(async (mesh) => {
    const { db } = mesh;
    const nowMs = mesh.now();
    insertCapsule(db, { id: page.id, isOwn: false, address: null, createdAtMs: nowMs });
    host.show({ ...page, followers: [{ id: follower.id, address: "https://127.0.0.1:9" }] });
    savePeer(db, { id: page.id, address: host.address, nowMs });
    savePeer(db, { id: blockedPage.id, address: blocked.address, nowMs });
    saveBlock(db, blocked.address, nowMs);
    const own = findOwnCapsule(db);
    savePeer(db, { id: own?.id ?? "", address: "http://127.0.0.1:9", nowMs });
    equal(await runConfirmations(mesh, new AbortController().signal), 0);
    equal(listConfirmed(db, page.id).length, 1);
    deepEqual(blocked.requests, []);
    deepEqual(findPeers(db, own?.id ?? ""), []);
    deepEqual(findPeers(db, blockedPage.id), []);
    deepEqual(findPeers(db, follower.id).map(({ address }) => address), ["https://127.0.0.1:9"]);
    const waitMs = await runConfirmations(mesh, new AbortController().signal);
    ok(waitMs >= 7 * 60_000 && waitMs <= 13 * 60_000, `${waitMs}`);
    equal(findPeers(db, follower.id)[0]?.problem, "url_refused");
  });
});

Deno.test("P11: checking claims does not lead from capsule to capsule", async () => {
  const pages = [makePage(1), makePage(2), makePage(3)];
  await using first = serveHost();
  await using second = serveHost();
  const place = (page: Page | undefined, { address }: { address: string }) => ({
    id: page?.id ?? "",
    address,
  });
  await withMesh(async (mesh) => {
    first.show({ ...pages[0], followers: [place(pages[1], second)] });
    second.show({ ...pages[1], followers: [place(pages[2], first)] });
    const { id, address } = place(pages[0], first);
    savePeer(mesh.db, { id, address, nowMs: mesh.now() });
    for (let turn = 0; turn < 3; turn += 1) {
      await runConfirmations(mesh, new AbortController().signal);
    }
    deepEqual([first.requests.length, second.requests.length], [1, 0]);
  });
});

Deno.test("addresses of those we have nothing to do with are forgotten after sixty days", async () => {
  await withMesh(async (mesh, wait) => {
    const { db } = mesh;
    const [stranger, known] = [makePage(1).id, makePage(2).id];
    insertCapsule(db, { id: known, isOwn: false, address: null, createdAtMs: 1 });
    for (const id of [stranger, known]) {
      confirmPeer(db, { id, address: `https://${id.slice(0, 9)}.example`, nowMs: mesh.now() });
    }
    wait(59 * 86_400_000);
    await runConfirmations(mesh, new AbortController().signal);
    equal(listConfirmed(db, stranger).length, 1);
    wait(2 * 86_400_000);
    await runConfirmations(mesh, new AbortController().signal);
    deepEqual([listConfirmed(db, stranger).length, listConfirmed(db, known).length], [0, 1]);
  });
});

Deno.test("P9: the page's reader never throws but ProtocolError, whatever is altered", () => {
  const text = JSON.stringify(
    makePage(1, { followers: [{ id: makePage(2).id, address: "https://a.example" }] }),
  );
  const { seed, random } = seededRandom();
  console.log(`seed ${seed}`);
  const bytes = new TextEncoder().encode(text);
  for (let n = 0; n < 3_000; n += 1) {
    const altered = bytes.slice(
      0,
      random() < 0.3 ? Math.floor(random() * bytes.length) : undefined,
    );
    for (let times = random() * 4; times > 0; times -= 1) {
      altered[Math.floor(random() * altered.length)] = Math.floor(random() * 256);
    }
    try {
      decodeWellKnown(altered);
    } catch (error) {
      ok(error instanceof ProtocolError, `seed ${seed}: ${error}`);
    }
  }
});
