import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
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
