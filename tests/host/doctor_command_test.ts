import { deepEqual, doesNotMatch, equal, match, notEqual, ok } from "node:assert/strict";
import type { Finding } from "../../views/findings.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
} from "../support/process.ts";

async function examine(
  cwd: string,
  args: readonly string[] = [],
): Promise<{ code: number; findings: Map<string, Finding> }> {
  const answer = await runCapsule(["doctor", "--json", ...args], { cwd });
  const findings = answer.json<Finding[]>();
  for (const one of findings) {
    deepEqual(Object.keys(one).sort(), ["name", "state", "text", "todo"]);
  }
  return { code: answer.code, findings: new Map(findings.map((one) => [one.name, one])) };
}

Deno.test("doctor without a server looks at everything, and leaves nothing behind", async () => {
  using folder = makeFolder();
  await initCapsule(folder.path);
  const { code, findings } = await examine(folder.path);
  equal(code, 0);
  equal(findings.get("Server")?.state, "warning");
  for (const name of ["Database", "Disk", "Files", "Address", "Clock", "Guard", "Publishing"]) {
    equal(findings.get(name)?.state, "ok", `${name}: ${findings.get(name)?.text}`);
  }
  match(findings.get("Disk")?.text ?? "", /of .*B are free/);
  deepEqual(listNames(folder.path), ["capsule.db"]);
});

Deno.test("doctor beside a server knows it, and its lines are for people", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  await using served = await serveCapsule([], { cwd });
  const lines = await runCapsule(["doctor"], { cwd });
  equal(lines.code, 0);
  match(
    lines.stdout,
    new RegExp(`^ok  Server: It runs, version \\S+, at .*:${new URL(served.url).port}\\.$`, "m"),
  );
  // deno-lint-ignore no-control-regex -- no colour where no terminal is
  doesNotMatch(lines.stdout, /\x1b/);
  for (const line of lines.stdout.trimEnd().split("\n")) match(line, /^(?:ok|!|!!) +[A-Z]\w+: \S/);
});

Deno.test("doctor ends with status 1 where something does not work, and says what to do", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const missing = await examine(cwd);
  equal(missing.code, 1);
  match(missing.findings.get("Database")?.text ?? "", /there is no such file/);
  ok((missing.findings.get("Database")?.todo ?? "") !== "");
  deepEqual(listNames(cwd), []);
  await initCapsule(cwd);
  await Deno.chmod(`${cwd}/capsule.db`, 0o644);
  const open = await examine(cwd);
  match(open.findings.get("Files")?.todo ?? "", /: chmod 600 capsule\.db$/);
  using file = await Deno.open(`${cwd}/capsule.db`, { write: true });
  await file.seek(8_192, Deno.SeekMode.Start);
  await file.write(new Uint8Array(40_960).fill(0x5a));
  const damaged = await examine(cwd);
  equal(damaged.code, 1);
  match(damaged.findings.get("Database")?.text ?? "", /damaged/);
});

Deno.test("doctor looks at an address before the first start, and says what its name lacks", async () => {
  using folder = makeFolder();
  await initCapsule(folder.path);
  const { code, findings } = await examine(folder.path, ["--address", "https://nobody.invalid"]);
  const address = findings.get("Address");
  // Where no name server answers, that is told instead.
  match(`${address?.text}`, /nobody\.invalid (?:has no address yet\.|leads)|can be seen while/);
  equal(code, address?.state === "problem" ? 1 : 0);
  const wrong = await runCapsule(["doctor", "--address", "ftp://x"], { cwd: folder.path });
  equal(wrong.code, 1);
  match(wrong.stderr, /--address expects/);
});

Deno.test("doctor beside a server that waits for its owner looks at the address it was started with", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const args = ["--address", "https://nobody.invalid", "--http-port", "0", "--https-port", "0"];
  await using served = await serveCapsule(args, { cwd });
  await served.waitFor(/setup\?code=/);
  const { findings } = await examine(cwd);
  match(findings.get("Address")?.text ?? "", /nobody\.invalid|can be seen while/);
  notEqual(findings.get("Certificate")?.state, "ok");
});

Deno.test("doctor looks at an address in an empty folder, and leaves it empty", async () => {
  using folder = makeFolder();
  const { findings } = await examine(folder.path, ["--address", "https://nobody.invalid"]);
  match(findings.get("Database")?.text ?? "", /none here yet/);
  for (const name of ["Address", "Ports", "Disk", "Clock"]) ok(findings.has(name), name);
  equal(findings.has("Backup"), false);
  deepEqual(listNames(folder.path), []);
});

Deno.test("doctor says that a database may only be read", async () => {
  using folder = makeFolder();
  await initCapsule(folder.path);
  await Deno.chmod(`${folder.path}/capsule.db`, 0o400);
  const { code, findings } = await examine(folder.path);
  const database = findings.get("Database");
  // Whoever is root may write it all the same.
  const isRoot = Deno.uid() === 0;
  equal(code, isRoot ? 0 : 1);
  if (!isRoot) match(database?.text ?? "", /read-only/);
  else match(database?.text ?? "", /whole/);
});
