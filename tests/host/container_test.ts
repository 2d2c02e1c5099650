/**
 * Dockerfile, compose.yaml and cloud-init.yaml, as far as they can be looked at without a container engine, which
 * tests/binary/engine_test.ts has, and a new server.
 * @module
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { parse } from "yaml";
import { listFiles } from "../../.ci/files.ts";
import { command as install } from "../../host/commands/install.ts";
import { command as serve } from "../../host/commands/serve.ts";
import { PROGRAM_VERSION } from "../../host/program_version.ts";
import { ROOT } from "../support/binary.ts";
import { type Instruction, readDockerfile, readJson } from "../support/dockerfile.ts";
import { findProgram, need } from "../support/optional.ts";
import { makeFolder } from "../support/process.ts";

const { build, last } = readDockerfile();
const read = (path: string) => Deno.readTextFileSync(`${ROOT}${path}`);
const valueOf = (stage: readonly Instruction[], name: string) =>
  stage.filter((one) => one.name === name).map(({ value }) => value);

/** The words of `serve` are flags that it has; the values of some of them. */
function readServe(words: readonly string[]): Record<string, string> {
  equal(words[0], "serve");
  const values: Record<string, string> = {};
  for (let at = 1; at < words.length; at++) {
    const name = words[at]?.replace(/^--/, "") ?? "";
    const option = serve.options[name];
    ok(option !== undefined, `serve has no flag ${words[at]}`);
    if (option.type === "string") values[name] = words[++at] ?? "";
  }
  return values;
}

Deno.test("container: the build stage has every file of the checkout, the gate, and the compiler of the README", () => {
  deepEqual(valueOf(build, "COPY"), [". ."]);
  const [from] = valueOf(build, "FROM");
  equal(
    from,
    `docker.io/denoland/deno:${/deno@(\S+) task ok/.exec(read("README.md"))?.[1]} AS build`,
  );
  const { tasks } = JSON.parse(read("deno.json"));
  const [tools, gate, compile] = valueOf(build, "RUN");
  match(
    tools ?? "",
    /^apt-get update && apt-get install --yes --no-install-recommends \w+ && rm -r \/var\/lib\/apt\/lists$/,
  );
  equal(gate, "deno task ok");
  const [, task = "", output, volume] =
    /^deno task (\S+) (\S+) && mkdir (\S+) && mkdir --mode=0700 \3\/data$/.exec(compile ?? "") ??
      [];
  ok(task in tasks);
  ok(valueOf(last, "COPY").some((value) => value.startsWith(`--from=build ${output} `)));
  ok(valueOf(last, "COPY").some((value) => value.endsWith(` ${volume} /`)));
  // Debian's docker.io builds with what does not know it.
  ok(!read("Dockerfile").includes("--chmod"));
  // What is left out of the context must not be what is embedded, tested or checked.
  for (const pattern of read(".dockerignore").trim().split("\n")) {
    match(
      pattern,
      /^\*?\.?[a-z]+(?:[-_][a-z]+)?$/,
      `a pattern that this test can read: ${pattern}`,
    );
    const name = new RegExp(`^${pattern.replaceAll(".", "\\.").replace("*", "[^/]*")}$`);
    const left = [...Deno.readDirSync(ROOT)].filter((entry) => name.test(entry.name))
      .flatMap((entry) => entry.isDirectory ? listFiles(`${ROOT}${entry.name}`, ".ts") : []);
    deepEqual(left.filter((path) => !/\/(?:\.git|node_modules)\//.test(path)), [], pattern);
  }
});

Deno.test("container: the last stage needs no shell and no root, and keeps its data in one volume", () => {
  for (const { name } of last) ok(name !== "RUN", "there is no shell to run anything");
  for (const name of ["ENTRYPOINT", "CMD"]) ok(readJson(last, name).length > 0);
  const [program] = readJson(last, "ENTRYPOINT");
  ok(valueOf(last, "COPY").some((value) => value.endsWith(` ${program}`)));
  match(valueOf(last, "HEALTHCHECK")[0] ?? "", new RegExp(` CMD \\["${program}", "up"\\]$`));
  const [user = ""] = valueOf(last, "USER");
  match(user, /^[1-9]\d+:[1-9]\d+$/);
  ok(valueOf(last, "COPY").some((value) => value.includes(`--chown=${user} `)));
  deepEqual(valueOf(last, "VOLUME"), valueOf(last, "WORKDIR"));
  const { "http-port": http, "https-port": https } = readServe(readJson(last, "CMD"));
  deepEqual(valueOf(last, "EXPOSE"), [`${http} ${https}`]);
  ok(Number(http) >= 1_024 && Number(https) >= 1_024, "ports that anybody may open");
});

type Compose = {
  services: {
    capsule: {
      command: string[];
      ports: string[];
      volumes: string[];
      environment: Record<string, string>;
      "read_only": boolean;
      "cap_drop": string[];
      "security_opt": string[];
    };
  };
  volumes: Record<string, unknown>;
};

Deno.test("container: compose.yaml leads the world's ports to the program's, and behind a proxy only this machine's", () => {
  const text = read("compose.yaml");
  const { services: { capsule }, volumes } = parse(text) as Compose;
  const { "http-port": http, "https-port": https } = readServe(capsule.command);
  deepEqual(capsule.ports, [`80:${http}`, `443:${https}`]);
  deepEqual(capsule.volumes, [`data:${valueOf(last, "VOLUME")[0]}`]);
  deepEqual(Object.keys(volumes), ["data"]);
  deepEqual(Object.keys(capsule.environment), ["CAPSULE_ADDRESS"]);
  deepEqual([capsule.read_only, capsule.cap_drop, capsule.security_opt], [
    true,
    ["ALL"],
    ["no-new-privileges:true"],
  ]);
  const remarks = /^ {4}# (command: [\s\S]*?)\n {4}volumes:/m.exec(text)?.[1] ?? "";
  const other = parse(remarks.replace(/^ {4}# /gm, "")) as Compose["services"]["capsule"];
  const { port, host, "trusted-proxy": proxy } = readServe(other.command);
  equal(host, "::");
  match(proxy ?? "", /^[\d.]+\/\d+$/);
  deepEqual(other.ports, [`127.0.0.1:${port}:${port}`]);
});

Deno.test("unattended installation: cloud-init takes the file, and its script is plain shell without a secret", async () => {
  const path = `${ROOT}deploy/cloud-init.yaml`;
  const text = await Deno.readTextFile(path);
  ok(text.startsWith("#cloud-config\n"));
  const { write_files: [file], runcmd: [run] } = parse(text);
  deepEqual(run, ["sh", file.path]);
  equal(file.permissions, "0700");
  const words = /\.\/capsule install (.*) >install\.sh/.exec(file.content)?.[1]?.split(/ +/) ?? [];
  const flags = words.filter((word) => /^--\w/.test(word)).map((word) => word.slice(2));
  deepEqual(flags, ["address", "setup-code-hash"]);
  ok("address" in install.options && "setup-code-hash" in serve.options);
  ok(!/password|phrase/i.test(file.content), "nothing that opens anything is on the disk");
  const names = [...file.content.matchAll(/CHECKSUM {2}capsule-(\S+?)-\S+-linux-gnu$/gm)];
  deepEqual(names.map(([, version]) => version), [PROGRAM_VERSION, PROGRAM_VERSION]);
  if (need("shellcheck", await findProgram("shellcheck"))) {
    using folder = makeFolder();
    await Deno.writeTextFile(`${folder.path}/script`, file.content);
    const { stdout } = await new Deno.Command("shellcheck", { args: [`${folder.path}/script`] })
      .output();
    equal(new TextDecoder().decode(stdout), "");
  }
  if (!need("cloud-init", await findProgram("cloud-init"))) return;
  const schema = async (file: string) =>
    (await new Deno.Command("cloud-init", {
      args: ["schema", "--config-file", file],
      ...{ stdout: "null", stderr: "null" },
    }).output()).success;
  ok(await schema(path));
  using folder = makeFolder();
  await Deno.writeTextFile(
    `${folder.path}/wrong.yaml`,
    text.replace("packages: [", "packages: 7 #["),
  );
  equal(await schema(`${folder.path}/wrong.yaml`), false, "a wrong one is found wrong");
});
