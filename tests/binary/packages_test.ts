/** Which files of the packages get into the program: all that it can load, and little else. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { listFiles } from "../../.ci/files.ts";
import type { Package } from "../../.ci/graph.ts";
import { listLoaded } from "../../.ci/packages.ts";
import { CACHE, stageProgram } from "../../.ci/program.ts";
import { makeFolder } from "../support/process.ts";

function makePackage(name: string, version: string, ...dependencies: string[]): Package {
  return { name, version, registryUrl: "https://registry.example/", dependencies };
}

/** Writes packages and one module that names some of them; what is found to be loaded, by `name@version`. */
function findLoaded(
  packages: readonly Package[],
  files: Readonly<Record<string, string>>,
): Record<string, string[]> {
  using folder = makeFolder();
  for (const [path, text] of Object.entries(files)) {
    Deno.mkdirSync(`${folder.path}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${folder.path}/${path}`, text);
  }
  const found = listLoaded(
    packages,
    [`${folder.path}/root.ts`],
    ({ name, version }) => `${folder.path}/${name}@${version}`,
  );
  return Object.fromEntries(
    [...found].map(([{ name, version }, paths]) => [`${name}@${version}`, paths]),
  );
}

Deno.test("packages: what is imported or required is embedded with what that leads to; tests, types and maps are not", () => {
  const found = findLoaded([makePackage("a", "1.0.0")], {
    "root.ts": `import type { T } from "a/unused";\nimport { a } from "a";\n`,
    "a@1.0.0/package.json": `{"main":"./lib/start"}`,
    "a@1.0.0/README.md": "",
    "a@1.0.0/unused.js": "",
    "a@1.0.0/lib/start.js":
      `const b = require('./b');export*from"./c/";\n/** @type {import("../unused")} */\nnew URL("x.wasm", import.meta.url)`,
    "a@1.0.0/lib/start.js.map": "",
    "a@1.0.0/lib/b.cjs": `import("./d.mjs")`,
    "a@1.0.0/lib/c/index.js": `require("../start.js"); require("../data.json")`,
    "a@1.0.0/lib/d.mjs": "",
    "a@1.0.0/lib/d.d.mts": "",
    "a@1.0.0/lib/data.json": "{}",
    "a@1.0.0/lib/x.wasm": "",
    "a@1.0.0/test/start_test.js": "",
  });
  deepEqual(found, {
    "a@1.0.0": [
      "lib/b.cjs",
      "lib/c/index.js",
      "lib/d.mjs",
      "lib/data.json",
      "lib/start.js",
      "lib/x.wasm",
      "package.json",
    ],
  });
});

Deno.test("packages: of `exports` the file for imports and the one for requires are taken, the longest pattern first", () => {
  const found = findLoaded([makePackage("@s/a", "1.0.0")], {
    "root.ts": `import "@s/a/lib/x";\nimport "@s/a/plain.js";\n`,
    "@s/a@1.0.0/package.json": JSON.stringify({
      exports: {
        ".": "./never.js",
        "./*": "./*",
        "./lib/*": {
          types: "./types/*.d.ts",
          browser: "./browser/*.js",
          import: { node: "./esm/*.mjs", default: "./never.js" },
          default: "./cjs/*.cjs",
        },
      },
    }),
    "@s/a@1.0.0/never.js": "",
    "@s/a@1.0.0/plain.js": "",
    "@s/a@1.0.0/browser/x.js": "",
    "@s/a@1.0.0/esm/x.mjs": "",
    "@s/a@1.0.0/cjs/x.cjs": "",
  });
  deepEqual(found["@s/a@1.0.0"], ["cjs/x.cjs", "esm/x.mjs", "package.json", "plain.js"]);
});

Deno.test("packages: of two versions each package gets the one that it depends on", () => {
  const packages = [
    makePackage("a", "1.0.0", "b@1.0.0"),
    makePackage("c", "1.0.0", "b@2.0.0"),
    makePackage("b", "1.0.0"),
    makePackage("b", "2.0.0"),
  ];
  const found = findLoaded(packages, {
    "root.ts": `import "a"; import "c";`,
    "a@1.0.0/package.json": "{}",
    "a@1.0.0/index.js": `require("b/one")`,
    "c@1.0.0/package.json": "{}",
    "c@1.0.0/index.js": `require("b/two")`,
    ...Object.fromEntries(
      ["1", "2"].flatMap((major) =>
        ["package.json", "one.js", "two.js"].map((name) => [`b@${major}.0.0/${name}`, "{}"])
      ),
    ),
  });
  deepEqual(found["b@1.0.0"], ["one.js", "package.json"]);
  deepEqual(found["b@2.0.0"], ["package.json", "two.js"]);
});

Deno.test("packages: every module of the program loads from what is embedded, and all of that is a few megabytes", async () => {
  using folder = makeFolder();
  const { manifest } = stageProgram(folder.path);
  const paths = manifest.trimEnd().split("\n").map((line) => line.slice(66));
  const modules = paths.filter((path) =>
    /^(?!npm\/|views\/assets\/)(?!main\.ts$).*\.ts$/.test(path)
  );
  ok(modules.length > 300);
  const bytes = listFiles(`${folder.path}/${CACHE}/npm`, "")
    .filter((path) => !path.endsWith("/registry.json"))
    .reduce((sum, path) => sum + Deno.statSync(path).size, 0);
  ok(bytes < 8_000_000, `${bytes} bytes of packages`);
  const licences: Record<string, string> = JSON.parse(
    await Deno.readTextFile(`${folder.path}/licences.json`),
  );
  const packages = new Set(
    paths.flatMap((path) => /^npm\/((?:@[^/]+\/)?[^/]+\/[^/]+)/.exec(path)?.[1] ?? []),
  );
  deepEqual(
    Object.keys(licences).sort(),
    [...packages].map((name) => name.replace(/\/([^/]+)$/, " $1")).sort(),
  );
  match(
    Object.entries(licences).find(([name]) => name.startsWith("hono "))?.[1] ?? "",
    /Permission/,
  );
  const all = modules.map((path) => `await import("./${path}");\n`).join("");
  await Deno.writeTextFile(`${folder.path}/all.ts`, `${all}console.log("loaded");\n`);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--cached-only", "--no-check", "--allow-all", "all.ts"],
    cwd: folder.path,
    env: { DENO_DIR: `${folder.path}/${CACHE}` },
  }).output();
  const [said, told] = [stdout, stderr].map((part) => new TextDecoder().decode(part));
  equal(code, 0, told);
  equal(said, "loaded\n");
});
