/** The last stage of the Dockerfile, built and run by a real container engine with the commands of docs/operations.md. */
import { equal, match, ok } from "node:assert/strict";
import { isRuntimeMissing, ROOT, runWithCompiler } from "../support/binary.ts";
import { fillRoot } from "../support/container_root.ts";
import { readDockerfile } from "../support/dockerfile.ts";
import { type Engine, findMissingForEngine, startEngine } from "../support/engine.ts";
import { waitUntil } from "../support/mesh_rig.ts";
import { need } from "../support/optional.ts";
import { listNames, makeFolder } from "../support/process.ts";

/** The health check is asked once in a minute. */
const HEALTHY_MS = 120_000;
const READY_MS = 60_000;

/** A command of "In a container", as it is written. */
function readCommand(beginning: string): string {
  const text = Deno.readTextFileSync(`${ROOT}docs/operations.md`).replace(/\\\n\s*/g, "");
  const found = text.split("\n").find((line) => line.startsWith(beginning));
  ok(found !== undefined, `docs/operations.md has no command that begins: ${beginning}`);
  return found;
}

/** What stands in for the build stage: its program, and its folder, made as it makes it. */
async function makeContext(folder: string, engine: Engine): Promise<void> {
  const { build, last } = readDockerfile();
  const [, make = ""] = build.map(({ name, value }) => `${name} ${value}`)
    .map((line) => /^RUN deno task compile \S+ && (.*)$/.exec(line)).find((one) => one) ?? [];
  equal((await engine.run(make.replaceAll(" /", ` ${folder}/`))).code, 0);
  const lines = last.map(({ name, value }) => `${name} ${value}\n`).join("");
  await Deno.writeTextFile(`${folder}/Dockerfile`, `FROM scratch AS build\nCOPY . /\n${lines}`);
}

/** The image that the last stage begins with: the C library, and nothing else, under that name. */
async function importBase(binary: string, engine: Engine): Promise<void> {
  using root = makeFolder();
  await fillRoot({ root: root.path, binary, place: "/program", folder: "/tmp" });
  await Deno.remove(`${root.path}/program`);
  const [from] = readDockerfile().last;
  const { code, err } = await engine.run(
    `tar -C ${root.path} -c . | docker import - ${from?.value}`,
  );
  equal(code, 0, err);
}

Deno.test(
  "a container engine builds the image and runs it as documented: health, proxy, stop, restart, one server to a volume",
  {
    ignore: Deno.env.get("CAPSULE_TEST_SOAK") !== "1",
  },
  async () => {
    const missing = await findMissingForEngine();
    if (!need(`a container engine (${missing}; Debian: docker.io)`, missing === undefined)) return;
    using folder = makeFolder();
    const context = `${folder.path}/context`;
    await Deno.mkdir(context);
    const ended = await runWithCompiler([".ci/compile.ts", `${context}/capsule`]);
    if (!need("a Deno runtime to compile with (DENORT_BIN)", !isRuntimeMissing(ended))) return;
    ok(ended.success, ended.said);
    const home = `${folder.path}/engine`;
    await Deno.mkdir(home);
    await using engine = await startEngine(home);
    const run = async (command: string, status = 0) => {
      const { code, out, err } = await engine.run(command, context);
      equal(code, status, `${command}\n${out}${err}`);
      return out + err;
    };
    const wait = (what: string, command: string, words: RegExp, ms = READY_MS) =>
      waitUntil(what, async () => words.test(await run(command)), ms);
    await makeContext(context, engine);
    await importBase(`${context}/capsule`, engine);
    await run(readCommand("docker build "));
    await run(readCommand("docker run -d "));
    await wait("the set-up link", "docker logs capsule 2>&1", /\/setup\?code=/);
    match(
      await run("docker exec capsule sh -c true 2>&1 || true"),
      /"sh": executable file not found/,
    );
    const init = "capsule init --name Ida --address https://capsule.example.org --password-stdin";
    await run(`echo "correct horse battery" | docker exec -i capsule ${init}`);
    match(await run("docker exec capsule capsule status"), /^Ida .*\n[\s\S]*serving +yes/);
    const page = "curl -s -o page -w '%{http_code}' http://127.0.0.1:8000/sign-in";
    equal(await run(`${page} -H 'X-Forwarded-Proto: https'`), "200", "the proxy is believed");
    ok(await run(page) !== "200", "what is typed travels encrypted or not at all");

    for (const flags of ["", "--init "]) {
      const second = `docker run --rm ${flags}-v capsule-data:/data capsule serve --port 1234`;
      match(await run(second, 1), /it is being served already/);
    }
    const health = "docker inspect --format '{{.State.Health.Status}}' capsule";
    await wait("it is healthy", health, /^healthy/, HEALTHY_MS);

    await run("docker kill --signal KILL capsule && docker start capsule");
    await wait("it is back", "docker exec capsule capsule up 2>&1 || true", /^Up, at/);
    await run("docker stop capsule");
    equal((await run("docker inspect --format '{{.State.ExitCode}}' capsule")).trim(), "0");
    const volume = `${home}/data/volumes/capsule-data/_data`;
    equal(listNames(volume).join(), "capsule.db");
    const { mode, uid } = await Deno.stat(volume);
    equal(`${((mode ?? 0) & 0o777).toString(8)} ${uid}`, "700 10001");
    match(await run("docker run --rm -v capsule-data:/data capsule status"), /^Ida /m);
  },
);
