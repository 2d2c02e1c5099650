import { deepEqual, equal, match, ok } from "node:assert/strict";
import { paintFindings } from "../../host/doctor/lines.ts";
import { lookAtReach } from "../../host/doctor/reach.ts";
import type { Finding } from "../../views/findings.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../support/certificate.ts";

const ORIGIN = "https://ada.example";

Deno.test("a line of doctor stays one line whatever others said, and is coloured on terminals only", () => {
  const found: Finding = {
    ...{ name: "Ports", state: "problem", todo: "Stop it." },
    text: "evil\x1b[2J\n!!  forged\u202e has port 80.",
  };
  equal(paintFindings([found], false), "!!  Ports: evil [2J !!  forged  has port 80. Stop it.");
  const painted = paintFindings([found, { ...found, state: "ok", todo: "" }], true);
  equal(painted.split("\n").length, 2);
  // deno-lint-ignore no-control-regex -- the colours are what is looked for
  match(painted, /^\x1b\[31m!! {2}\x1b\[0m\x1b\[1mPorts\x1b\[0m: evil \[2J/);
});

Deno.test("a look asks each address of the name itself, and knows its own start from others", async () => {
  const own = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ ok: true, start: "ours" }),
  );
  const { port } = own.addr;
  const other = Deno.serve(
    { hostname: "127.0.0.2", port, onListen() {} },
    () => Response.json({ ok: true, start: "theirs" }),
  );
  try {
    const look = (addresses: string[]) =>
      lookAtReach({
        ...{ origin: ORIGIN, start: "ours", ports: { plain: port, secure: port } },
        isPublic: false,
        readRecords: () => Promise.resolve({ addresses, alias: undefined }),
      });
    const good = await look(["127.0.0.1"]);
    deepEqual(good.addresses, [{
      ...{ address: "127.0.0.1", isOwn: true },
      ...{ plain: "here", secure: "untrusted" },
    }]);
    equal(good.check.kind, "good");
    const mixed = await look(["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
    deepEqual(mixed.addresses.map(({ plain }) => plain), ["here", "elsewhere", "silent"]);
    ok(mixed.check.kind === "doubtful" && mixed.check.sentence.includes("127.0.0.2"));
    const nowhere = await look([]);
    equal(nowhere.check.kind, "bad");
  } finally {
    await Promise.all([own.shutdown(), other.shutdown()]);
  }
});

Deno.test("behind a proxy that leads to HTTPS both ports are ours, as far as the certificate is for the name", async () => {
  const tls = { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY };
  const where = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const secure = Deno.serve({ ...where, ...tls }, () => Response.json({ ok: true, start: "ours" }));
  const plain = Deno.serve(where, (request) => {
    const { hostname, pathname } = new URL(request.url);
    return Response.redirect(`https://${hostname}:${secure.addr.port}${pathname}`, 301);
  });
  const ports = { plain: plain.addr.port, secure: secure.addr.port };
  const look = async (name: string) => {
    const { addresses } = await lookAtReach({
      ...{ origin: `https://${name}`, start: "ours", isPublic: false, ports },
      caCerts: [TEST_CERTIFICATE],
      readRecords: () => Promise.resolve({ addresses: ["127.0.0.1"], alias: undefined }),
    });
    return addresses.map(({ plain, secure }) => `${plain} ${secure}`).join();
  };
  try {
    equal(await look("outward.example"), "here here");
    equal(await look("wrong.example"), "untrusted untrusted");
  } finally {
    await Promise.all([plain.shutdown(), secure.shutdown()]);
  }
});

Deno.test("whoever answers at the name cannot send the question on into this machine or its network", async () => {
  const asked: string[] = [];
  const inside = Deno.serve({ hostname: "127.0.0.2", port: 0, onListen() {} }, ({ url }) => {
    asked.push(url);
    return Response.json({ ok: true, start: "ours" });
  });
  const other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.redirect(`http://127.0.0.2:${inside.addr.port}/admin`, 302),
  );
  const { port } = other.addr;
  try {
    const { addresses } = await lookAtReach({
      ...{ origin: "http://ada.example", start: "ours", ports: { plain: port, secure: port } },
      isPublic: false,
      readRecords: () => Promise.resolve({ addresses: ["127.0.0.1"], alias: undefined }),
    });
    deepEqual(asked, []);
    ok(addresses.every(({ plain }) => plain !== "here"));
  } finally {
    await Promise.all([inside.shutdown(), other.shutdown()]);
  }
});
