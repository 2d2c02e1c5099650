import { deepEqual, equal, ok } from "node:assert/strict";
import { isRuntimeMissing, runWithCompiler } from "../support/binary.ts";
import { needBrowser } from "../support/browser.ts";
import { need } from "../support/optional.ts";
import { findPebble } from "../support/pebble.ts";
import { makeFolder } from "../support/process.ts";
import { firstRun } from "./first_run.ts";
import { findExcess, SECONDS_MAX } from "./stopwatch.ts";

Deno.test({
  name:
    "from one command to the first post over HTTPS: nothing to edit, nothing asked in the terminal",
  // The browser keeps sockets of its own.
  ...{ sanitizeOps: false, sanitizeResources: false },
  async fn() {
    if (!needBrowser() || !need("pebble", findPebble())) return;
    using folder = makeFolder();
    const compiled = await runWithCompiler([".ci/compile.ts", `${folder.path}/capsule`]);
    if (
      !need(
        "a Deno runtime to compile with (DENORT_BIN, or the network)",
        !isRuntimeMissing(compiled),
      )
    ) {
      return;
    }
    ok(compiled.success, compiled.said);
    const found = await firstRun(`${folder.path}/capsule`);
    deepEqual(findExcess({ ...found, seconds: 0 }), []);
    equal(found.commands, 1);
  },
});

Deno.test("what is over a limit of the first run is said", () => {
  const fine = { steps: [], seconds: 1, commands: 1, prompts: 0, files: 0, fields: 6, clicks: 5 };
  deepEqual(findExcess(fine), []);
  for (const over of [{ seconds: SECONDS_MAX }, { commands: 2 }, { files: 1 }, { prompts: 1 }]) {
    equal(findExcess({ ...fine, ...over }).length, 1);
  }
});
