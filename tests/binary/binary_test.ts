/** The compiled program alone in an empty folder: what it does, and what it cannot do. */
import { equal, match, ok } from "node:assert/strict";
import { waitUntil } from "../support/mesh_rig.ts";
import { need } from "../support/optional.ts";
import {
  initCapsule,
  listNames,
  openSetup,
  runCapsule,
  type RunOptions,
  serveCapsule,
} from "../support/process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** The compiler whose payload a stub named by DENORT_BIN understands. */
const STUB_COMPILER = ["npx", "--yes", "deno@2.6.8"];
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
);

type Bench = { binary: string; scratch: string };

/** Compiles once; `undefined` when no runtime for the program can be had. */
async function compile(): Promise<Bench | undefined> {
  const scratch = await Deno.makeTempDir({ prefix: "capsule-binary-" });
  const binary = `${scratch}/capsule`;
  const [path = "", ...before] = Deno.env.get("DENORT_BIN") ? STUB_COMPILER : [Deno.execPath()];
  const { success } = await new Deno.Command(path, {
    args: [...before, "run", "--allow-all", ".ci/compile.ts", binary],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    env: { NO_COLOR: "1" },
  }).output().catch(() => ({ success: false }));
  if (success) return { binary, scratch };
  await Deno.remove(scratch, { recursive: true });
  return undefined;
}

const bench = await compile();
const isThere = need("a Deno runtime to compile with (DENORT_BIN, or the network)", bench);
if (bench !== undefined) {
  globalThis.addEventListener("unload", () => Deno.removeSync(bench.scratch, { recursive: true }));
}

type Place = Readonly<{ folder: string; options: RunOptions } & Disposable>;

/** A folder with nothing but the program, and an empty home and temporary folder to look into afterwards. */
function makePlace(): Place {
  const { binary, scratch } = bench as Bench;
  const place = Deno.makeTempDirSync({ dir: scratch });
  for (const name of ["alone", "home", "tmp"]) Deno.mkdirSync(`${place}/${name}`);
  const folder = `${place}/alone`;
  Deno.copyFileSync(binary, `${folder}/capsule`);
  const env = { HOME: `${place}/home`, TMPDIR: `${place}/tmp`, XDG_CACHE_HOME: `${place}/home` };
  return {
    folder,
    options: { cwd: folder, program: [`${folder}/capsule`], env, clearEnv: true },
    [Symbol.dispose]() {
      const left = ["home", "tmp"].flatMap((name) => listNames(`${place}/${name}`));
      Deno.removeSync(place, { recursive: true });
      equal(left.join(), "", "nothing is written outside of the folder");
    },
  };
}

const test = (name: string, run: (place: Place) => Promise<void>) =>
  Deno.test({
    name: `binary: ${name}`,
    ignore: !isThere,
    async fn() {
      using place = makePlace();
      await run(place);
    },
  });

test("it is set up, serves, posts with a picture, restarts, and leaves itself and the database", async ({ folder, options }) => {
  const { id } = await initCapsule(folder, [], options);
  await Deno.writeFile(`${folder}/dot.png`, PNG);
  {
    await using served = await serveCapsule([], options);
    const args = ["post", "From the binary", "--image", "dot.png", "--alt", "A dot", "--json"];
    const posted = await runCapsule(args, options);
    equal(posted.code, 0, posted.stderr);
    const page = await fetch(String(posted.json().url));
    const html = await page.text();
    ok(html.includes("From the binary"));
    const blob = /\/mesh\/1\/blob\/[0-9a-f]{64}/.exec(html)?.[0];
    const picture = await fetch(`${served.url}${blob}`);
    equal(picture.headers.get("content-type"), "image/png");
    await picture.body?.cancel();
    equal(await served.stop(), 0);
  }
  await Deno.remove(`${folder}/dot.png`);
  {
    await using served = await serveCapsule([], options);
    ok((await (await fetch(served.url)).text()).includes("From the binary"));
    const known = await (await fetch(`${served.url}/.well-known/capsule`)).text();
    ok(known.includes(id));
    await served.kill();
  }
  await using served = await serveCapsule([], options);
  equal(await served.stop(), 0);
  equal(listNames(folder).join(), "capsule,capsule.db");
  equal((await runCapsule(["verify", "--all", "--json"], options)).json().ok, true);
});

test("two of them follow each other, and the copy is served while its origin is gone", async ({ folder, options }) => {
  using other = makePlace();
  const { id } = await initCapsule(other.folder, [], other.options);
  await initCapsule(folder, [], options);
  await using served = await serveCapsule(["--dev"], options);
  {
    await using origin = await serveCapsule(["--dev"], other.options);
    equal((await runCapsule(["follow", origin.url, "--json"], options)).json().id, id);
    // Published after the follow: the program's own thread for the mesh brings it.
    await runCapsule(["post", "From one binary to the other"], other.options);
    await waitUntil(
      "the copy has the new post",
      async () => (await readText(`${served.url}/~${id}/`)).includes("From one binary"),
    );
  }
  ok((await readText(`${served.url}/~${id}/p/1`)).includes("From one binary"));
});

async function readText(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

test("a first start prints a set-up link, and the page behind it is there", async ({ options }) => {
  await using served = await serveCapsule([], options);
  const [, url = ""] = await served.waitFor(/(http:\S+\/setup\?code=\S+)/);
  equal(await openSetup(url), 200);
});

test("a large picture is made smaller inside the program", async ({ folder, options }) => {
  await initCapsule(folder, [], options);
  await Deno.writeFile(`${folder}/wide.png`, await makePng(3_000, 20));
  const args = ["post", "Wide", "--image", "wide.png", "--alt", "A stripe", "--json"];
  const posted = await runCapsule(args, options);
  equal(posted.code, 0, posted.stderr);
});

test("it reads and writes nothing outside of its folder, with a sentence", async ({ folder, options }) => {
  await initCapsule(folder, [], options);
  const outside: [string[], RegExp][] = [
    [
      ["article", "/etc/passwd"],
      /^Cannot read \/etc\/passwd: this program reads and writes only in the folder/,
    ],
    [["article", "../../../../../../etc/passwd"], /only in the folder/],
    [["post", "x", "--image", "/etc/passwd", "--alt", "x"], /only in the folder/],
    [["status", "--data", "/etc/passwd"], /\/etc\/passwd/],
    [
      ["init", "--name", "x", "--password-stdin", "--data", "/var/tmp/other.db"],
      /\/var\/tmp\/other\.db/,
    ],
    [["backup", "/var/tmp/copy.db"], /\/var\/tmp\/copy\.db/],
    [["serve", "--port", "0", "--data", "/var/tmp/other.db"], /\/var\/tmp\/other\.db/],
    [["import", "/etc"], /\/etc/],
    [["verify", "/etc/passwd"], /only in the folder/],
  ];
  for (const [args, says] of outside) {
    const answer = await runCapsule(args, { ...options, stdin: "correct horse battery\n" });
    equal(answer.code, 1, `${args.join(" ")}\n${answer.stdout}${answer.stderr}`);
    match(answer.stderr, says);
    ok(!answer.stderr.includes("    at "), answer.stderr);
  }
  equal(listNames(folder).join(), "capsule,capsule.db");
});

test("what it may do is part of it: flags and environment give it nothing more", async ({ options }) => {
  const env = { ...options.env, DENO_PERMISSIONS: "all", CAPSULE_DATA: "/var/tmp/other.db" };
  const answer = await runCapsule(["status"], { ...options, env });
  equal(answer.code, 1);
  const bytes = await Deno.readFile(options.program?.[0] ?? "");
  const text = new TextDecoder("latin1").decode(bytes);
  const [allowed = ""] = /"allow_env":\["CAPSULE_DATA"[^}]*\}/.exec(text) ?? [];
  match(allowed, /"allow_read":\["\."\]/);
  match(allowed, /"allow_write":\["\."\]/);
  for (const right of ["run", "ffi", "sys"]) match(allowed, new RegExp(`"allow_${right}":null`));
  match(allowed, /"deny_import":\[\]/);
  match(allowed, /"prompt":false/);
});

test("its first answer comes within a second, and it stays under 130 MB", async ({ folder, options }) => {
  await initCapsule(folder, [], options);
  let bestMs = Infinity;
  for (let start = 0; start < 3; start++) {
    const startedAt = performance.now();
    await using served = await serveCapsule([], options);
    await (await fetch(served.url)).text();
    bestMs = Math.min(bestMs, performance.now() - startedAt);
    const [, kilobytes] = /VmRSS:\s*(\d+)/.exec(
      await Deno.readTextFile(`/proc/${served.pid}/status`),
    ) ?? [];
    ok(Number(kilobytes) < 130_000, `${kilobytes} kB resident`);
  }
  ok(bestMs < 1_000, `${bestMs} ms`);
});

/** A grey PNG of a size. */
async function makePng(width: number, height: number): Promise<Uint8Array> {
  const rows = new Uint8Array((width + 1) * height).fill(128);
  for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0;
  const packed = new Uint8Array(
    await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate")))
      .arrayBuffer(),
  );
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, 0, 0, 0, 0], 8);
  const chunks = [chunk("IHDR", head), chunk("IDAT", packed), chunk("IEND", new Uint8Array(0))];
  return new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, ...chunks.flatMap((one) => [...one])]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
