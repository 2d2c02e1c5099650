import assert from "node:assert/strict";
import { makeLastAnswer } from "../../routes/last_answer.ts";

Deno.test("the answer of last resort is as strict as every other", async () => {
  const answer = makeLastAnswer();
  assert.equal(answer.status, 500);
  assert.match(answer.headers.get("Content-Security-Policy") ?? "", /^default-src 'none'/);
  assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  assert.match(await answer.text(), /Please try again/);
});
