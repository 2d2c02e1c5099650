import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { makeLog, shortenVisitor } from "../../host/log.ts";
import type { LogLine } from "../../routes/app.ts";

function write(line: LogLine, isTerminal: boolean): string {
  let text = "";
  makeLog({ now: () => 0, isTerminal, write: (part) => text += part })(line);
  return text;
}

const LINE: LogLine = {
  level: "error",
  message: "Request failed",
  requestId: "ab12",
  fields: {
    path: "/setup?code=5eadbeef",
    visitor: "203.0.113.77",
    password: "hunter2",
    sessionToken: "5eadbeef",
    bytes: 12,
  },
};

Deno.test("the log for programs is one JSON object to a line, without secrets", () => {
  const text = write(LINE, false);
  equal(text.split("\n").length, 2);
  deepEqual(JSON.parse(text), {
    time: "1970-01-01T00:00:00.000Z",
    level: "error",
    message: "Request failed",
    requestId: "ab12",
    path: "/setup",
    visitor: "203.0.113.0/24",
    bytes: 12,
  });
});

Deno.test("the log for people has the same without secrets", () => {
  const text = write(LINE, true);
  match(
    text,
    /^00:00:00 error: Request failed path=\/setup visitor=203\.0\.113\.0\/24 bytes=12 \[ab12\]\n$/,
  );
  doesNotMatch(text, /5eadbeef|hunter2/);
});

Deno.test("a visitor cannot write lines of their own into the log", () => {
  const text = write(
    { level: "info", message: "x", fields: { agent: "a\n12:00 forged\x1b[31m" } },
    true,
  );
  equal(text.split("\n").length, 2);
  equal(text.includes("\x1b"), false);
});

Deno.test("an error is told with the place where it happened", () => {
  const line = JSON.parse(
    write({ level: "error", message: "x", error: new TypeError("no") }, false),
  );
  match(line.error[0], /^TypeError: no/);
  match(line.error[1], /log_test\.ts/);
});

Deno.test("visitors' addresses are shortened to their network", () => {
  equal(shortenVisitor("203.0.113.77"), "203.0.113.0/24");
  equal(shortenVisitor("::ffff:203.0.113.77"), "203.0.113.0/24");
  equal(shortenVisitor("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
  equal(shortenVisitor("2001:db8::1"), "2001:db8:0::/48");
  equal(shortenVisitor("::1"), "0:0:0::/48");
  equal(shortenVisitor("someone"), "unknown");
});

Deno.test("what stands behind a question mark is in no sentence and no error either", () => {
  const url = "https://ada.example/setup?code=5eadbeef";
  const line: LogLine = {
    ...{
      level: "error",
      message: `Cannot open ${url}.`,
      error: new Error(`at (${url}) and ${url}`),
    },
    fields: { reason: `see "${url}"` },
  };
  for (const isTerminal of [true, false]) {
    const text = write(line, isTerminal);
    doesNotMatch(text, /5eadbeef/);
    match(text, /ada\.example\/setup\?…/);
  }
});

Deno.test("an error of another thread, or made of a visitor's words, stays on its own lines", () => {
  const error = `Error: no\x1b[2J \u202eevil\n    at one\n${"x".repeat(5_000)}\n12:00:00 forged`;
  const text = write({ level: "error", message: "x", error }, true);
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  doesNotMatch(text, /[\x1b\u202e]/);
  match(text, /\n {2}12:00:00 forged\n$/);
  ok(text.length < 1_200);
  const many = Array.from({ length: 50 }, (_, n) => `line ${n}`).join("\n");
  equal(JSON.parse(write({ level: "error", message: "x", error: many }, false)).error.length, 8);
});
