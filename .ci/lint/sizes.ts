/** Files fit on a few screens, functions on one. @module */
/// <reference lib="deno.unstable" />

/** Lines of a file; about 150 is the habit. */
export const FILE_LINES_MAX = 400;
/** Lines of a function, its head and its last brace included. */
export const FUNCTION_LINES_MAX = 70;

function countLines(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

/** Refuses a file of more than 400 lines. */
export const fileLength: Deno.lint.Rule = {
  create(context) {
    return {
      Program(node) {
        const lines = countLines(context.sourceCode.text);
        if (lines <= FILE_LINES_MAX) return;
        context.report({
          range: [node.range[0], node.range[0] + 1],
          message: `a file has at most ${FILE_LINES_MAX} lines, found ${lines}`,
          hint: "Find the second noun in it and give that a file of its own.",
        });
      },
    };
  },
};

type Function =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** Refuses a function of more than 70 lines. */
export const functionLength: Deno.lint.Rule = {
  create(context) {
    const check = (node: Function): void => {
      const lines = countLines(context.sourceCode.text.slice(...node.range));
      if (lines <= FUNCTION_LINES_MAX) return;
      context.report({
        range: [node.range[0], node.range[0] + 1],
        message: `a function has at most ${FUNCTION_LINES_MAX} lines, found ${lines}`,
      });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};
