import { equal, match } from "node:assert/strict";
import { openNamedClient } from "../support/named_client.ts";
import { hasNginx, readByName, readDocumented, startNginx } from "../support/nginx.ts";
import { need } from "../support/optional.ts";
import { initCapsule, makeFolder, serveCapsule } from "../support/process.ts";

const NAME = "capsule.example";

Deno.test("behind nginx as documented: visitors are told apart, and plain HTTP leads to HTTPS", async () => {
  if (!need("nginx", hasNginx())) return;
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd, ["--address", `https://${NAME}`]);
  await using served = await serveCapsule(
    ["--address", `https://${NAME}`, "--trusted-proxy", "127.0.0.1"],
    { cwd },
  );
  const server = readDocumented(0, new URL(served.url).port, cwd);
  await using nginx = await startNginx(cwd, { server });
  const { plain, secure, chain } = nginx;
  using client = Deno.createHttpClient({ caCerts: [chain] });
  const page = await fetch(`https://localhost:${secure}/`, { client });
  equal(page.status, 200);
  match(await page.text(), /Ida Greenwald/);

  const led = await fetch(`http://localhost:${plain}/p/0`, { redirect: "manual" });
  equal(led.status, 308);
  equal(led.headers.get("location"), `https://${NAME}/p/0`);
  await led.body?.cancel();

  const signIn = async (from: string, headers: Record<string, string> = {}) => {
    using visitor = Deno.createHttpClient({ caCerts: [chain], localAddress: from });
    const response = await fetch(`https://localhost:${secure}/sign-in`, {
      ...{ client: visitor, method: "POST", headers, redirect: "manual" },
      body: new URLSearchParams({ password: "a wrong guess" }),
    });
    await response.body?.cancel();
    return response.status;
  };
  for (let n = 0; n < 10; n++) equal(await signIn("127.0.9.1"), 422);
  equal(await signIn("127.0.9.1"), 429);
  equal(await signIn("127.0.9.1", { "x-forwarded-for": "203.0.113.7" }), 429, "no pretending");
  equal(await signIn("127.0.8.1"), 422, "others may try");
});

Deno.test("many behind one nginx as documented: each name leads to its capsule, an unknown one nowhere", async () => {
  if (!need("nginx", hasNginx())) return;
  using folder = makeFolder();
  const names = ["ida.example.org", "ben.example.org"];
  await using stack = new AsyncDisposableStack();
  const ports = new Map<string, string>();
  for (const name of names) {
    const cwd = `${folder.path}/${name}`;
    await Deno.mkdir(cwd);
    await initCapsule(cwd, ["--name", `Owner of ${name}`, "--address", `https://${name}`]);
    const flags = ["--address", `https://${name}`, "--trusted-proxy", "127.0.0.1"];
    const served = stack.use(await serveCapsule(flags, { cwd }));
    ports.set(name, new URL(served.url).port);
  }
  const lines = readByName(ports);
  await using nginx = await startNginx(folder.path, { ...lines, name: "*.example.org" });
  await using client = openNamedClient([nginx.chain]);
  for (const name of names) {
    const page = await client.get(`https://${name}:${nginx.secure}/`);
    equal(page.status, 200);
    match(await page.text(), new RegExp(`Owner of ${name}`));
  }
  const nobody = await client.get(`https://eve.example.org:${nginx.secure}/`);
  equal(nobody.status, 421);
  await nobody.body?.cancel();
});
