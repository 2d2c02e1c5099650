import { equal, rejects } from "node:assert/strict";
import { probeLoopback } from "../../mesh/fetch.ts";

/** A server on a free port that answers /up with the given text. */
function answering(body: string, status = 200) {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(body, { status }),
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("probeLoopback answers the start of the capsule that listens there", async () => {
  await using server = answering(`{"ok":true,"start":"ab12"}`);
  equal(await probeLoopback(server.origin), "ab12");
});

Deno.test("probeLoopback answers undefined for nobody, for other programs and for too long an answer", async () => {
  equal(await probeLoopback("http://127.0.0.1:1"), undefined);
  for (const body of ["hello", "{}", `{"start":7}`, "null", `{"start":"${"x".repeat(5_000)}"}`]) {
    await using server = answering(body);
    equal(await probeLoopback(server.origin), undefined, body.slice(0, 20));
  }
});

Deno.test("probeLoopback asks this machine only", async () => {
  for (
    const origin of [
      "http://192.0.2.1",
      "https://127.0.0.1",
      "http://localhost:8000",
      "http://127.0.0.1.example.org",
      "http://[::2]",
      "no url",
    ]
  ) {
    await rejects(probeLoopback(origin), TypeError, origin);
  }
});
