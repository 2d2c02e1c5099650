/** The import table of the house: which room may use which, at run time and for types. @module */
/// <reference lib="deno.unstable" />
import { pathInProject, resolvePath, type Room, roomOf } from "./place.ts";

/** What a room may import at run time; "*" is everything. */
const MAY_USE: Readonly<Record<Room, readonly Room[] | "*">> = {
  content: ["content"],
  views: ["views", "content"],
  storage: ["storage", "mesh/protocol"],
  "mesh/protocol": ["mesh/protocol"],
  mesh: ["mesh", "mesh/protocol", "storage"],
  routes: ["routes", "views", "content", "mesh", "mesh/protocol", "storage"],
  host: ["content", "views", "storage", "mesh/protocol", "mesh", "routes", "host"],
  "main.ts": ["host"],
  tests: "*",
  ".ci": [".ci", "host"],
  elsewhere: [],
};

/** Types may come from the same height or from below. */
const HEIGHT: Readonly<Record<Room, number>> = {
  content: 1,
  "mesh/protocol": 1,
  storage: 2,
  mesh: 3,
  views: 3,
  routes: 4,
  host: 5,
  "main.ts": 6,
  tests: 7,
  ".ci": 0,
  elsewhere: 8,
};

/** The only libraries of the protocol, which also runs in a reader's browser. */
const PROTOCOL_LIBRARIES = /^(@noble\/hashes|@scure\/base|@scure\/bip39)(\/|$)/;
/** Libraries that only tests may load: the program does not carry them. */
const TEST_LIBRARIES = /^(axe-core|fast-check|html-validate|linkedom|playwright-core)(\/|$)/;
/** Rooms that turn values into values and reach for nothing of the machine. */
const PURE: readonly Room[] = ["mesh/protocol"];

type Import = { node: Deno.lint.Node; source: string; isType: boolean };

function problemOf(path: string, { source, isType }: Import): string | undefined {
  const room = roomOf(path);
  if (!source.startsWith(".")) {
    if (room === "mesh/protocol" && !PROTOCOL_LIBRARIES.test(source)) {
      return `mesh/protocol may use @noble/hashes, @scure/base and @scure/bip39 only, found "${source}"`;
    }
    if (room !== "tests" && room !== ".ci" && TEST_LIBRARIES.test(source)) {
      return `"${source}" is for tests only`;
    }
    return undefined;
  }
  const target = roomOf(resolvePath(path, source));
  const allowed = MAY_USE[room];
  if (allowed === "*" || allowed.includes(target)) return undefined;
  if (isType && HEIGHT[target] <= HEIGHT[room]) return undefined;
  const what = isType ? "types from below" : allowed.join(", ");
  return `${room} may import ${what || "nothing of the house"}, found "${source}" in ${target}`;
}

/** True where nothing of the import is there at run time. */
function isTypeOnly(node: Deno.lint.ImportDeclaration | Deno.lint.ExportNamedDeclaration): boolean {
  if ((node.type === "ImportDeclaration" ? node.importKind : node.exportKind) === "type") {
    return true;
  }
  return node.specifiers.length > 0 &&
    node.specifiers.every((one) =>
      (one.type === "ImportSpecifier" && one.importKind === "type") ||
      (one.type === "ExportSpecifier" && one.exportKind === "type")
    );
}

/** `import("./x.ts")` and `new URL("./x.ts", import.meta.url)`, which is how a worker is named. */
function literalOf(node: Deno.lint.Node | undefined): string | undefined {
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** Refuses an import that the table does not have. */
export const rooms: Deno.lint.Rule = {
  create(context) {
    const path = pathInProject(context.filename);
    const check = (found: Import): void => {
      const message = problemOf(path, found);
      if (message !== undefined) context.report({ node: found.node, message });
    };
    return {
      ImportDeclaration: (node) =>
        check({ node, source: node.source.value, isType: isTypeOnly(node) }),
      ExportNamedDeclaration(node) {
        const source = literalOf(node.source ?? undefined);
        if (source !== undefined) check({ node, source, isType: isTypeOnly(node) });
      },
      ExportAllDeclaration: (node) =>
        check({ node, source: node.source.value, isType: node.exportKind === "type" }),
      ImportExpression(node) {
        const source = literalOf(node.source);
        if (source !== undefined) check({ node, source, isType: false });
      },
      NewExpression(node) {
        const source = literalOf(node.arguments[0]);
        const isModule = node.callee.type === "Identifier" && node.callee.name === "URL" &&
          source !== undefined && /^\.\.?\/.*\.[jt]sx?$/.test(source);
        if (isModule) check({ node, source, isType: false });
      },
      MemberExpression(node) {
        const isMachine = node.object.type === "Identifier" && node.object.name === "Deno";
        if (isMachine && PURE.includes(roomOf(path))) {
          context.report({ node, message: `${roomOf(path)} is pure: values come in, found Deno` });
        }
      },
    };
  },
};
