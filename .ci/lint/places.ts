/** Things that have one place: SQL, the environment, calling out, the clock, output, markup, status codes. @module */
/// <reference lib="deno.unstable" />
import { isProgram, pathInProject, roomOf } from "./place.ts";

type Node = Deno.lint.Node;

function isNamed(node: Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

/** True for `object.property`, also through `globalThis`. */
function isMember(node: Node, object: string, property?: string): boolean {
  if (node.type !== "MemberExpression") return false;
  const isObject = isNamed(node.object, object) || isMember(node.object, "globalThis", object);
  return isObject && (property === undefined || isNamed(node.property, property));
}

function isGlobal(node: Node, name: string): boolean {
  return isNamed(node, name) || isMember(node, "globalThis", name);
}

/** Runs `visit` only in the program's own files that `isPlace` does not name. */
function outside(
  isPlace: (path: string) => boolean,
  visit: (context: Deno.lint.RuleContext, path: string) => Deno.lint.LintVisitor,
): Deno.lint.Rule {
  return {
    create(context) {
      const path = pathInProject(context.filename);
      return isProgram(path) && !isPlace(path) ? visit(context, path) : {};
    },
  };
}

const STATEMENT =
  "select\\s[\\s\\S]+\\sfrom\\s|insert\\s+(or\\s+\\w+\\s+)?into\\s|update\\s+\\w+\\s+set\\s|delete\\s+from\\s|" +
  "create\\s+(unique\\s+)?(table|index|virtual|trigger|view)\\s|alter\\s+table\\s|" +
  "drop\\s+(table|index|trigger|view)\\s|pragma\\s+\\w|begin\\s+(immediate|exclusive)|vacuum\\b|with\\s+\\w+\\s+as\\s*\\(";
/** In one case throughout, as nobody writes a sentence: "Select a picture from your device" is none. */
const SQL = [
  STATEMENT,
  STATEMENT.replaceAll(/\\?[a-z]+/g, (part) => {
    const isClass = part.startsWith("\\");
    return isClass ? part.slice(0, 2) + part.slice(2).toUpperCase() : part.toUpperCase();
  }),
].map((pattern) => new RegExp(`^\\s*(${pattern})`));

/** Refuses SQL, and the driver, outside `storage/`. */
export const sqlInStorage = outside((path) => roomOf(path) === "storage", (context) => {
  const check = (node: Node, text: string): void => {
    if (!SQL.some((pattern) => pattern.test(text))) return;
    context.report({ node, message: "SQL stands in storage/ only" });
  };
  return {
    Literal: (node) => typeof node.value === "string" && check(node, node.value),
    TemplateLiteral: (node) => check(node, context.sourceCode.getText(node).slice(1)),
    ImportDeclaration(node) {
      if (node.source.value !== "node:sqlite") return;
      context.report({ node, message: "the database's driver is used in storage/ only" });
    },
  };
});

/** Refuses `Deno.env` and `process.env` outside `host/config.ts`. */
export const envInConfig = outside((path) => path === "host/config.ts", (context) => ({
  MemberExpression(node) {
    if (!isMember(node, "Deno", "env") && !isMember(node, "process", "env")) return;
    context.report({ node, message: "the environment is read in host/config.ts only" });
  },
}));

/** Refuses calls to `fetch` outside `mesh/fetch.ts`; islands run in a browser. */
export const fetchInMesh = outside(
  (path) => path === "mesh/fetch.ts" || path.startsWith("views/assets/"),
  (context) => ({
    CallExpression(node) {
      if (!isGlobal(node.callee, "fetch")) return;
      context.report({ node, message: "requests go out through mesh/fetch.ts only" });
    },
  }),
);

/** Refuses looking at the clock outside `host/`, which hands it in; islands run in a browser. */
export const clockInHost = outside(
  (path) => roomOf(path) === "host" || path.startsWith("views/assets/"),
  (context) => {
    const message = "the clock is passed in: `now()`; host/ alone looks at it";
    return {
      MemberExpression(node) {
        if (isMember(node, "Date", "now") || isMember(node, "Temporal", "Now")) {
          context.report({ node, message });
        }
      },
      NewExpression(node) {
        if (isGlobal(node.callee, "Date") && node.arguments.length === 0) {
          context.report({ node, message });
        }
      },
    };
  },
);

/** Refuses `console` outside `host/`. */
export const consoleInHost = outside((path) => roomOf(path) === "host", (context) => ({
  MemberExpression(node) {
    if (!isMember(node, "console")) return;
    context.report({ node, message: "host/ alone speaks to the terminal; elsewhere `deps.log`" });
  },
}));

/** Refuses markup that is not escaped anywhere but in `views/html.ts`. */
export const rawMarkup = outside((path) => path === "views/html.ts", (context) => {
  const message = "unescaped markup enters through `Raw` in views/html.ts only";
  return {
    Identifier(node) {
      if (node.name === "dangerouslySetInnerHTML") context.report({ node, message });
    },
    Literal(node) {
      if (node.value === "dangerouslySetInnerHTML") context.report({ node, message });
    },
    TemplateElement(node) {
      if (node.cooked.includes("dangerouslySetInnerHTML")) context.report({ node, message });
    },
  };
});

/** Refuses templates and the libraries behind them outside `views/`. */
export const markupInViews = outside(
  (path) => roomOf(path) === "views" || roomOf(path) === "content",
  (context) => {
    const message = "markup stands in views/ and content/ only";
    return {
      TaggedTemplateExpression(node) {
        if (isNamed(node.tag, "html")) context.report({ node, message });
      },
      ImportDeclaration(node) {
        const isType = node.importKind === "type";
        if (!isType && /^(htm|preact|preact-render-to-string)(\/|$)/.test(node.source.value)) {
          context.report({ node, message });
        }
      },
    };
  },
);

/** Refuses answers and status codes outside `routes/`. */
export const statusInRoutes = outside(
  (path) => roomOf(path) === "routes" || path.startsWith("views/assets/"),
  (context) => {
    const message = "status codes stand in routes/ only";
    return {
      Property(node) {
        if (!isNamed(node.key, "status") || node.value.type !== "Literal") return;
        if (typeof node.value.value === "number") context.report({ node, message });
      },
      NewExpression(node) {
        if (isGlobal(node.callee, "Response") || isNamed(node.callee, "HTTPException")) {
          context.report({ node, message });
        }
      },
      CallExpression(node) {
        const isAnswer = isMember(node.callee, "Response", "json") ||
          isMember(node.callee, "Response", "redirect");
        if (isAnswer) context.report({ node, message });
      },
    };
  },
);
