/** The compiled program alone in an empty folder: what it does, and what it cannot do. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { connect as connectTls } from "node:tls";
import { waitUntil } from "../support/mesh_rig.ts";
import { isRuntimeMissing, runWithCompiler } from "../support/binary.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../support/certificate.ts";
import { openContainer } from "../support/container_root.ts";
import { readDockerfile, readJson } from "../support/dockerfile.ts";
import { openNamedClient } from "../support/named_client.ts";
import { need } from "../support/optional.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  openSetup,
  runCapsule,
  type RunOptions,
  serveCapsule,
} from "../support/process.ts";
import { findMissing } from "../support/service_machine.ts";

const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
);

type Bench = { binary: string; scratch: string };

/** Compiles once; `undefined` when no runtime for the program can be had. */
async function compile(): Promise<Bench | undefined> {
  const scratch = await Deno.makeTempDir({ prefix: "capsule-binary-" });
  const binary = `${scratch}/capsule`;
  const ended = await runWithCompiler([".ci/compile.ts", binary]);
  if (ended.success) return { binary, scratch };
  await Deno.remove(scratch, { recursive: true });
  if (!isRuntimeMissing(ended)) throw new Error(ended.said);
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
  Deno.linkSync(binary, `${folder}/capsule`);
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

test("a symbolic link does not lead it out of its folder", async ({ folder, options }) => {
  await initCapsule(folder, [], options);
  using outside = makeFolder();
  await initCapsule(outside.path, [], { ...options, cwd: outside.path });
  await Deno.writeTextFile(`${outside.path}/secret.md`, "# A secret");
  const links = {
    "there.db": `${outside.path}/capsule.db`,
    "new.db": `${outside.path}/new.db`,
    "secret.md": `${outside.path}/secret.md`,
    "elsewhere": outside.path,
  };
  for (const [name, to] of Object.entries(links)) await Deno.symlink(to, `${folder}/${name}`);
  for (
    const args of [
      ["status", "--data", "there.db"],
      ["serve", "--port", "0", "--data", "there.db"],
      ["serve", "--port", "0", "--data", "new.db"],
      ["init", "--name", "x", "--password-stdin", "--data", "elsewhere/other.db"],
      ["article", "secret.md"],
      ["article", "elsewhere/secret.md"],
    ]
  ) {
    const answer = await runCapsule(args, { ...options, stdin: "correct horse battery\n" });
    equal(answer.code, 1, `${args.join(" ")}\n${answer.stdout}${answer.stderr}`);
    match(answer.stderr, /a symbolic link leads out of the folder/, args.join(" "));
  }
  equal(listNames(outside.path).join(), "capsule.db,secret.md");
});

test("it speaks HTTPS with a certificate of the owner's, HTTP/2 and HTTP/1.1, and with its own until then", async ({ folder, options }) => {
  await initCapsule(folder, [], options);
  const flags = ["--address", "https://outward.example", "--http-port", "0", "--https-port", "0"];
  const readPorts = (text: string) =>
    JSON.parse(text.split("\n", 1)[0] ?? "") as {
      httpsPort: number;
      httpPort: number;
      fingerprint?: string;
    };
  {
    await using served = await serveCapsule([...flags, "--json"], options);
    await served.waitFor(/\n/);
    const { httpsPort, fingerprint } = readPorts(served.stdout());
    ok(fingerprint !== undefined);
    equal(await readFingerprint(httpsPort), fingerprint);
    equal(await served.stop(), 0);
  }
  await Deno.writeTextFile(`${folder}/own.pem`, TEST_CERTIFICATE);
  await Deno.writeTextFile(`${folder}/own.key`, TEST_CERTIFICATE_KEY);
  const own = ["--certificate", "own.pem", "--key", "own.key"];
  await using served = await serveCapsule([...flags, ...own, "--json"], options);
  await served.waitFor(/\n/);
  const { httpsPort, httpPort } = readPorts(served.stdout());
  for (const http2 of [true, false]) {
    await using client = openNamedClient([TEST_CERTIFICATE], { http2 });
    for (let count = 0; count < 3; count++) {
      const answer = await client.get(`https://outward.example:${httpsPort}/`);
      equal(answer.status, 200);
      match(await answer.text(), /Ida Greenwald/);
    }
  }
  const plain = await fetch(`http://127.0.0.1:${httpPort}/up`);
  equal((await plain.json()).ok, true);
  equal(await served.stop(), 0);
});

/** Of the certificate that is shown at a port of this machine. */
function readFingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      { host: "127.0.0.1", port, servername: "outward.example", rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

test("the C library and a read-only root are all that it needs; the container's health check says how it is", async ({ options }) => {
  const missing = await findMissing();
  if (!need(`${missing ?? "root and util-linux"}, to be a container`, missing === undefined)) {
    return;
  }
  const { last } = readDockerfile();
  const [place = ""] = readJson(last, "ENTRYPOINT");
  using root = makeFolder();
  await using container = await openContainer({
    root: root.path,
    binary: options.program?.[0] ?? "",
    place,
    user: last.find(({ name }) => name === "USER")?.value ?? "",
    folder: last.find(({ name }) => name === "WORKDIR")?.value ?? "",
  });
  const check = JSON.parse(
    /CMD (\[.*\])$/.exec(last.find(({ name }) => name === "HEALTHCHECK")?.value ?? "")?.[1] ?? "",
  );
  const before = await container.run(check);
  equal(before.code, 1, before.err);
  const env = { CAPSULE_ADDRESS: "https://capsule.example.org" };
  // The command for a proxy in front, as compose.yaml has it: HTTPS is looked at elsewhere.
  const serve = [place, "serve", "--host", "::", "--port", "8000"];
  const said = await container.start(serve, env, /setup\?code=\S+\n/);
  match(said, /^Listening on /);
  const up = await container.run(check);
  deepEqual([up.code, up.err], [0, ""]);
  match(up.out, /^Up, at /);
  equal(await container.stop(), 0);
  equal((await container.run(check)).code, 1, "after its end");
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
    [["backup", "/var/tmp/copy.db"], /^Cannot write \/var\/tmp\/copy\.db: .* only in the folder/],
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
  match(allowed, /"allow_sys":\["statfs"\]/);
  for (const right of ["run", "ffi"]) match(allowed, new RegExp(`"allow_${right}":null`));
  match(allowed, /"deny_import":\[\]/);
  match(allowed, /"prompt":false/);
});

test("after a hundred pages it takes less than 110 MB", async ({ folder, options }) => {
  await initCapsule(folder, [], options);
  await using served = await serveCapsule([], options);
  for (let n = 0; n < 100; n++) {
    await readText(served.url + ["/", "/posts", "/about", "/feed.json"][n % 4]);
  }
  const [, kilobytes] = /VmRSS:\s*(\d+)/.exec(
    await Deno.readTextFile(`/proc/${served.pid}/status`),
  ) ?? [];
  ok(Number(kilobytes) < 110_000, `${kilobytes} kB resident`);
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
