/** Names of files and folders, and files that only pass on. @module */
/// <reference lib="deno.unstable" />
import { pathInProject, roomOf } from "./place.ts";

const WITHOUT_A_NOUN = ["utils", "util", "helpers", "common", "lib", "types", "services", "models"];
const BARRELS = ["index", "mod"];
const SNAKE_CASE = /^[a-z0-9]+(_[a-z0-9]+)*(\.d)?\.[a-z]+$/;

function problemOf(path: string): string | undefined {
  const parts = path.split("/");
  const stems = parts.map((part) => part.replace(/\.[a-z.]+$/, ""));
  const vague = stems.find((stem) => WITHOUT_A_NOUN.includes(stem));
  if (vague !== undefined) return `a file is named after its noun, found "${vague}"`;
  const name = parts.at(-1) ?? "";
  if (BARRELS.includes(stems.at(-1) ?? "")) {
    return `a file is imported by its own name, found "${name}"`;
  }
  if (!SNAKE_CASE.test(name)) return `files are named in snake_case, found "${name}"`;
  return undefined;
}

/** Refuses `utils.ts`, `index.ts` and `myFile.ts`. */
export const fileName: Deno.lint.Rule = {
  create(context) {
    return {
      Program(node) {
        const message = problemOf(pathInProject(context.filename));
        if (message === undefined) return;
        context.report({ range: [node.range[0], node.range[0] + 1], message });
      },
    };
  },
};

function isPassingOn(node: Deno.lint.Statement): boolean {
  return node.type === "ImportDeclaration" || node.type === "ExportAllDeclaration" ||
    (node.type === "ExportNamedDeclaration" &&
      (node.source !== null || (node.declaration === null && node.specifiers.length > 0)));
}

/** Refuses a file that only exports what others wrote, and `export *`. */
export const noBarrel: Deno.lint.Rule = {
  create(context) {
    return {
      Program(node) {
        const passesOn = node.body.some((one) => one.type !== "ImportDeclaration");
        if (!passesOn || !node.body.every(isPassingOn)) return;
        context.report({
          range: [node.range[0], node.range[0] + 1],
          message: "a file writes something of its own, found only exports of others",
        });
      },
      ExportAllDeclaration(node) {
        context.report({ node, message: "exports are named one by one, found `export *`" });
      },
    };
  },
};

const TO_DO = /\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/;
const IGNORE = /^\s*deno-lint-ignore(-file)?\b/;

/** Refuses a to-do without an issue's number, and a rule switched off without a reason. */
export const comments: Deno.lint.Rule = {
  create(context) {
    const isOurs = roomOf(pathInProject(context.filename)) === ".ci";
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (TO_DO.test(comment.value) && !isOurs) {
            context.report({
              range: comment.range,
              message: "a to-do names its issue: TODO(#12), or is done",
            });
          }
          if (IGNORE.test(comment.value) && !comment.value.includes(" -- ")) {
            context.report({
              range: comment.range,
              message: "a rule is switched off with a reason: `deno-lint-ignore rule -- why`",
            });
          }
        }
      },
    };
  },
};
