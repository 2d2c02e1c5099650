/** What a program with the flags of the real one can do, tried from inside; and what is embedded in it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isRuntimeMissing, ROOT, runWithCompiler } from "../support/binary.ts";
import { need } from "../support/optional.ts";
import { listNames, makeFolder, runCapsule } from "../support/process.ts";

type Said = Readonly<{
  ended: Readonly<Record<string, string>>;
  asked: Readonly<Record<string, string>>;
  embedded: Readonly<Record<string, string>>;
}>;

/**
 * What the runtime lets any code of a compiled program do though the flags do not allow it: an `import` whose path is only known at
 * run time is not asked for leave. Nothing in the program makes such a path of anything from outside; a runtime that closes this is
 * welcome.
 */
const KNOWN_HOLES = ["read: by import", "read: by a worker"];

const folder = makeFolder();
globalThis.addEventListener("unload", () => folder[Symbol.dispose]());
const [inside, outside] = [`${folder.path}/inside`, `${folder.path}/outside`];
for (const path of [inside, outside, `${folder.path}/staged`]) Deno.mkdirSync(path);
Deno.writeTextFileSync(`${outside}/data.json`, `{"a":1}`);
Deno.writeTextFileSync(`${outside}/worker.js`, "postMessage(1)");
// A library by its looks, so that what is refused is the loading and not the file.
Deno.writeTextFileSync(`${inside}/addon.node`, "\x7fELF");

const probe = `${folder.path}/probe`;
const compiled = await runWithCompiler([
  "tests/binary/compile_probe.ts",
  `${folder.path}/staged`,
  probe,
]);
if (!compiled.success && !isRuntimeMissing(compiled)) throw new Error(compiled.said);
const isThere = need(
  "a Deno runtime to compile with (DENORT_BIN, or the network)",
  compiled.success,
);
const server = Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: () => {} },
  () => new Response("export default 1", { headers: { "content-type": "text/javascript" } }),
);
const answer = isThere
  ? await runCapsule([outside, String(server.addr.port)], { program: [probe], cwd: inside })
  : undefined;
await server.shutdown();
const test = (name: string, run: (said: Said) => void) =>
  Deno.test({
    name: `binary: ${name}`,
    ignore: !isThere,
    fn: () => run((answer ?? ({} as NonNullable<typeof answer>)).json<Said>()),
  });

test("no code in it can read or write elsewhere, run a program, load a library or look around", ({ ended }) => {
  ok(Object.keys(ended).length >= 40);
  for (const kind of ["read", "write", "run", "load", "see", "change", "reach"]) {
    ok(Object.keys(ended).some((name) => name.startsWith(`${kind}: `)), `nothing tried: ${kind}`);
  }
  const done = Object.keys(ended).filter((name) => ended[name] === "done");
  deepEqual(done.filter((name) => !KNOWN_HOLES.includes(name)), []);
  for (const [name, end] of Object.entries(ended)) {
    if (end !== "done") match(end, /NotCapable|max 0|Module not found|Requires \w+ access/, name);
  }
  deepEqual(listNames(outside), ["data.json", "worker.js"]);
});

test("what it may not do it cannot ask for either", ({ asked }) => {
  ok(Object.keys(asked).length >= 7);
  for (const [name, state] of Object.entries(asked)) equal(state, "denied", name);
});

test("what is embedded is what the hash is made over, and nothing else", ({ embedded }) => {
  const hashed = Object.fromEntries(
    Deno.readTextFileSync(`${probe}.manifest`).trimEnd().split("\n").map((line) => {
      const [hash = "", path = ""] = line.split("  ");
      return [path.replace(/^npm\//, ".deno_compile_node_modules/localhost/"), hash];
    }),
  );
  const found: Record<string, string> = { ...embedded };
  ok(found["probe.ts"] !== undefined);
  delete found["probe.ts"];
  // The file that is told the hash is in the hash as it is in the checkout.
  equal(
    /"([0-9a-f]{64})"/.test(Deno.readTextFileSync(`${folder.path}/staged/host/embedded.ts`)),
    true,
  );
  found["host/embedded.ts"] = hashed["host/embedded.ts"] ?? "";
  const paths = [...new Set([...Object.keys(found), ...Object.keys(hashed)])];
  deepEqual(paths.filter((path) => found[path] !== hashed[path]), []);
  ok(hashed["main.ts"] !== undefined && hashed["views/assets/style.css"] !== undefined);
  ok(Object.keys(hashed).every((path) => !path.startsWith("tests/")), ROOT);
});
