/** A new address is published when this capsule answers there, and not before: real processes. */
import { equal, match } from "node:assert/strict";
import { initCapsule, makeFolder, runCapsule, serveCapsule } from "../support/process.ts";

type Refusal = Readonly<{ error: { code: string; message: string } }>;

async function findAddress(cwd: string): Promise<unknown> {
  return (await runCapsule(["status", "--json"], { cwd })).json().address;
}

Deno.test("move asks the new address first: elsewhere nothing is published, unless the owner says --anyway", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const first = "http://localhost:21910";
  await initCapsule(cwd, ["--address", first, "--dev"]);
  await using served = await serveCapsule(["--dev"], { cwd });
  const nowhere = await runCapsule(["move", "http://127.0.0.1:21911", "--json"], { cwd });
  equal(nowhere.code, 1);
  const { code, message } = nowhere.json<Refusal>().error;
  equal(code, "address_elsewhere");
  match(message, /^Not moved, nothing was published: .* Nothing answers there now\. .*--anyway\.$/);
  equal(await findAddress(cwd), first);
  equal((await runCapsule(["move", served.url, "--json"], { cwd })).code, 0);
  equal(await findAddress(cwd), served.url);
  equal((await runCapsule(["move", "http://127.0.0.1:21911", "--anyway"], { cwd })).code, 0);
  equal(await findAddress(cwd), "http://127.0.0.1:21911");
});

Deno.test("serve publishes a new --address as soon as it answers there, and says so while it does not", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const first = "http://localhost:21912";
  await initCapsule(cwd, ["--address", first, "--dev"]);
  {
    const elsewhere = "http://127.0.0.1:21913";
    await using served = await serveCapsule(["--dev", "--address", elsewhere], { cwd });
    await served.waitForError(
      /new address http:\/\/127\.0\.0\.1:21913 is not published yet: .*Nothing answers there now/,
    );
    equal(await findAddress(cwd), first);
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const second = `http://127.0.0.1:${port}`;
  const args = ["--dev", "--address", second, "--port", String(port)];
  await using served = await serveCapsule(args, { cwd });
  await served.waitForError(
    /The capsule's address is now http:\S+; it was http:\/\/localhost:21912/,
  );
  equal(await findAddress(cwd), second);
});

Deno.test("a move beside a server that was started with the old address stays, and says how to start from then on", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const [first, second] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  await initCapsule(cwd, ["--address", first, "--dev"]);
  const args = ["--dev", "--address", first, "--port", String(port)];
  await using served = await serveCapsule(args, { cwd });
  await served.waitForError(/Posts can be published/);
  equal((await runCapsule(["move", second, "--json"], { cwd })).code, 0);
  await served.waitForError(
    /The capsule's address is now http:\/\/localhost:\d+\. Start serve with --address http:\/\/localhost:\d+ from now on/,
  );
  equal(await findAddress(cwd), second);
  // The old one still answers, and is not published again.
  const { size } =
    (await runCapsule(["status", "--json"], { cwd })).json<{ log: { size: number } }>().log;
  await served.stop();
  equal(
    (await runCapsule(["status", "--json"], { cwd })).json<{ log: { size: number } }>().log.size,
    size,
  );
  equal(await findAddress(cwd), second);
});
