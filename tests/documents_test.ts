import { deepEqual, ok } from "node:assert/strict";
import { listFiles } from "../.ci/files.ts";
import { PROGRAM_FLAGS } from "../.ci/program.ts";
import { ENVIRONMENT_NAMES, PROXY_EXCEPTION_NAMES } from "../host/config.ts";

const read = (path: string): string =>
  Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
const folder = decodeURIComponent(new URL("..", import.meta.url).pathname);
const DOCUMENTS = [
  ...[...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".md")),
  ...listFiles(`${folder}docs`, ".md").map((path) => path.slice(folder.length)),
].sort();

function isThere(path: string): boolean {
  try {
    return Deno.statSync(folder + path).isFile;
  } catch {
    return false;
  }
}

/** GitHub's way of naming headings, which `docs/x.md#a-heading` relies on. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ +(.+)$/gm)].map(([, text]) =>
    (text ?? "").toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

function linksOf(markdown: string): string[] {
  const words = markdown.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  return [...words.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? "");
}

Deno.test("README fits on three screens", () => {
  ok(read("README.md").split("\n").length <= 120);
});

Deno.test("README's two commands start the capsule and run the gate, and .ci/run runs the second", () => {
  const commands = [...read("README.md").matchAll(/^(npx --yes deno@\S+ task (?:start|ok))$/gm)]
    .map(([line]) => line);
  const version = /deno@(\S+)/.exec(commands[0] ?? "")?.[1];
  deepEqual(commands, [
    `npx --yes deno@${version} task start`,
    `npx --yes deno@${version} task ok`,
  ]);
  ok(read(".ci/run").includes(`\n${commands[1]} `), ".ci/run runs something else");
});

Deno.test("README names only tasks and commands that are there", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const commands = listFiles(`${folder}host/commands`, ".ts").map((path) =>
    /([^/]+)\.ts$/.exec(path)?.[1]
  );
  const named = read("README.md").matchAll(/task ([a-z:]+)(?: ([a-z]+))?/g);
  for (const [, task = "", command] of named) {
    ok(task in tasks, `README: no task ${task}`);
    if (task === "capsule" && command !== undefined) {
      ok(commands.includes(command), `README: no command ${command}`);
    }
  }
});

Deno.test("links between documents lead to files and headings that are there", () => {
  for (const document of DOCUMENTS) {
    for (const link of linksOf(read(document))) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const target = path === ""
        ? document
        : new URL(path, `file:///${document}`).pathname.slice(1);
      let text = "";
      try {
        const info = Deno.statSync(folder + decodeURIComponent(target));
        if (info.isFile) text = read(target);
      } catch {
        ok(false, `${document}: nothing at ${link}`);
      }
      if (anchor !== undefined) ok(anchorsOf(text).includes(anchor), `${document}: no ${link}`);
    }
  }
});

Deno.test("files named in documents are there", () => {
  for (const document of DOCUMENTS) {
    const named = read(document).matchAll(
      /`((?:\.ci|content|docs|host|mesh|routes|storage|tests|views)\/[\w/.]+\.\w+)`/g,
    );
    for (const [, path = ""] of named) {
      ok(isThere(path), `${document} names ${path}, which is not there`);
    }
  }
});

Deno.test("every table is named in docs/architecture.md", () => {
  const text = read("docs/architecture.md");
  for (const path of listFiles(`${folder}storage/migrations`, ".ts")) {
    for (
      const [, name = ""] of Deno.readTextFileSync(path).matchAll(
        /create (?:virtual )?table (\w+)/g,
      )
    ) {
      // A table made anew takes the old one's name at the end of its migration.
      const table = name.replace(/_new$/, "");
      ok(text.includes(`\`${table}\``), `docs/architecture.md does not name the table ${table}`);
    }
  }
});

Deno.test("every task and the program may read the same names of the environment, host/config.ts' among them", () => {
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, { command: string }> };
  const lists = Object.values(tasks).flatMap(({ command }) =>
    [...command.matchAll(/--allow-env=(\S+)/g)].map(([, list = ""]) => list.split(",").sort())
  );
  ok(lists.length >= 3);
  const [first = []] = lists;
  for (const list of lists) deepEqual(list, first);
  const compiled = PROGRAM_FLAGS.find((flag) => flag.startsWith("--allow-env=")) ?? "";
  deepEqual(compiled.replace("--allow-env=", "").split(",").sort(), first);
  for (const name of [...ENVIRONMENT_NAMES, ...PROXY_EXCEPTION_NAMES]) {
    ok(first.includes(name), name);
  }
});

Deno.test("one version of every library that must not be there twice", () => {
  const locked = Object.keys(JSON.parse(read("deno.lock")).npm as Record<string, unknown>);
  for (const name of ["preact", "htm", "hono", "preact-render-to-string"]) {
    const versions = locked.filter((one) => one.startsWith(`${name}@`)).map((one) =>
      one.slice(name.length + 1).replace(/_.*$/, "")
    );
    deepEqual([...new Set(versions)].length, 1, `${name}: ${versions.join(", ")}`);
  }
});
