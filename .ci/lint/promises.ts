/** What keeps two other promises: nothing is awaited in a transaction, no test is switched off. @module */
/// <reference lib="deno.unstable" />
import { pathInProject, roomOf } from "./place.ts";

function nameOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.property.type !== "Identifier") return undefined;
  return node.property.name;
}

/** Refuses `transaction(async () => …)`: the lock would be held while something else is awaited. */
export const syncTransaction: Deno.lint.Rule = {
  create(context) {
    return {
      CallExpression(node) {
        if (nameOf(node.callee) !== "transaction") return;
        const isAsync = node.arguments.some((one) =>
          (one.type === "ArrowFunctionExpression" || one.type === "FunctionExpression") && one.async
        );
        if (!isAsync) return;
        context.report({ node, message: "nothing is awaited in a transaction, found async" });
      },
    };
  },
};

/** Refuses `Deno.test.only`, `Deno.test.ignore` and `ignore: true`. */
export const testsRun: Deno.lint.Rule = {
  create(context) {
    if (roomOf(pathInProject(context.filename)) !== "tests") return {};
    const message = "a test runs, or tests/support/optional.ts says in one line what it lacks";
    return {
      MemberExpression(node) {
        const isTest = nameOf(node.object) === "test" && node.object.type === "MemberExpression";
        if (isTest && /^(only|ignore)$/.test(nameOf(node) ?? "")) context.report({ node, message });
      },
      Property(node) {
        const isOff = node.key.type === "Identifier" && /^(only|ignore)$/.test(node.key.name) &&
          node.value.type === "Literal" && node.value.value === true;
        if (isOff) context.report({ node, message });
      },
    };
  },
};
