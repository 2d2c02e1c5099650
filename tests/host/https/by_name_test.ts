import { equal, match, ok } from "node:assert/strict";
import { openDoor } from "../../../host/door.ts";
import { makeDesk, type Standing } from "../../../host/https/desk.ts";
import { makeOrigin } from "../../../host/own_address.ts";
import type { HttpsPlan } from "../../../host/https/options.ts";
import type { Deps, LogLine } from "../../../routes/app.ts";
import { createHandler } from "../../../routes/page_cache.ts";
import { publishAddress } from "../../../mesh/publish.ts";
import { openTestCapsule } from "../../support/capsule.ts";
import { need } from "../../support/optional.ts";
import { openNamedClient } from "../../support/named_client.ts";
import { findPebble, freePorts, startPebble } from "../../support/pebble.ts";
import { initCapsule, makeFolder, serveCapsule } from "../../support/process.ts";
import { waitUntil } from "../../support/mesh_rig.ts";

const NAME = "capsule.example";
const ADDRESS = `https://${NAME}`;

function makePlan(more: Partial<HttpsPlan> = {}): HttpsPlan {
  return {
    ...{ host: "127.0.0.1", httpPort: 0, httpsPort: 0, files: undefined },
    // Nobody answers there.
    ...{ directory: "https://127.0.0.1:1/directory", isUsualAuthority: false, isTest: false },
    ...{ staging: undefined, external: undefined, caCerts: undefined },
    ...more,
  };
}

/** The door of a capsule on this machine, as `serve` without an address opens it. */
async function open(https: HttpsPlan, address: string | null = null) {
  const capsule = openTestCapsule({ address });
  const { db } = capsule;
  const log: LogLine[] = [];
  const clock = { shiftMs: 0 };
  const now = () => Date.now() + clock.shiftMs;
  const opened: { standing: () => Standing } = {
    standing: () => ({ https: undefined, problem: "", isGiven: false }),
  };
  const deps: Deps = {
    ...{ db, now, isDev: false, startId: "start" },
    log: (line) => void log.push(line),
    origin: makeOrigin(db, undefined, () => "http://localhost"),
    certificate: makeDesk(() => opened.standing(), { db, now }),
  };
  const door = await openDoor({
    ...{ host: "127.0.0.1", port: 0, address: undefined, https, proxies: undefined },
    ...{ isDev: false, log: deps.log },
  }, { handle: createHandler(deps), deps, isReadOnly: false });
  opened.standing = door.standing;
  door.begin();
  return {
    ...{ capsule, door, log, clock, desk: deps.certificate },
    async [Symbol.asyncDispose]() {
      await door.stop();
      capsule[Symbol.dispose]();
    },
  };
}

Deno.test("a name that is typed while it runs opens HTTPS, and gets its certificate", async () => {
  if (!need("pebble", findPebble())) return;
  const [httpPort = 0, httpsPort = 0] = freePorts(2);
  await using pebble = await startPebble({ httpPort });
  const { directory, caCerts } = pebble;
  await using served = await open(makePlan({ httpPort, httpsPort, directory, caCerts }));
  const { capsule, door, desk } = served;
  match(door.event.text, /Listening on http:\/\/localhost:\d+/);
  equal(desk?.facts().state, "nameless");
  ok(desk?.canName());
  publishAddress(capsule, ADDRESS);
  await waitUntil("there is a certificate", () => desk?.facts().state === "there");
  ok(!desk?.canName(), "from now on the name is moved, not typed");
  await using client = openNamedClient([await pebble.readRoot()]);
  const page = await client.get(`${ADDRESS}:${httpsPort}/`);
  match(await page.text(), /Ada/);
  const plain = await client.get(`http://${NAME}:${httpPort}/about`);
  equal(plain.status, 308);
  equal(plain.headers.get("location"), `${ADDRESS}/about`);
  await plain.body?.cancel();
  // Whoever sits at the machine goes on where they are.
  const local = await fetch(`${door.localUrl}/sign-in`);
  match(await local.text(), /Password/);
});

Deno.test("ports that cannot be had are told with what to do, and tried again", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await using served = await open(makePlan({ httpPort: port }), ADDRESS);
  const { door, desk, log } = served;
  match(door.remark ?? "", /another program uses this port.*only this machine can open it/s);
  match(door.event.text, /Listening on http:\/\/localhost:\d+/);
  const facts = desk?.facts();
  equal(facts?.state, "closed");
  match(facts?.sentence ?? "", /another program uses this port/);
  const page = await fetch(`${door.localUrl}/`);
  match(await page.text(), /Ada/);
  equal(log.length, 0);
  taken.close();
  served.clock.shiftMs = 11_000;
  await waitUntil("they are open", () => desk?.facts().state !== "closed");
  match(log[0]?.message ?? "", /Listening on https:\/\/capsule\.example/);
});

Deno.test("a start without --address serves the name that the capsule has, and remembers its certificate", async () => {
  if (!need("pebble", findPebble())) return;
  using folder = makeFolder();
  const cwd = folder.path;
  const [httpPort = 0, httpsPort = 0] = freePorts(2);
  await using pebble = await startPebble({ httpPort });
  await initCapsule(cwd, ["--address", ADDRESS]);
  await Deno.writeTextFile(`${cwd}/ca.pem`, pebble.caCerts.join(""));
  const args = [
    ...["--http-port", `${httpPort}`, "--https-port", `${httpsPort}`],
    ...["--acme-directory", pebble.directory, "--acme-ca", "ca.pem"],
  ];
  {
    await using served = await serveCapsule(args, { cwd });
    match(served.stdout(), /Listening on https:\/\/capsule\.example \(ports \d+ and \d+\)/);
    await served.waitForError(/There is a certificate\./);
  }
  await using again = await serveCapsule(args, { cwd });
  await using client = openNamedClient([await pebble.readRoot()]);
  match(await (await client.get(`${ADDRESS}:${httpsPort}/`)).text(), /Ida Greenwald/);
  ok(!/fingerprint/.test(again.stdout() + again.stderr()));
});
