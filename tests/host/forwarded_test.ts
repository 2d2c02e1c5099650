import { equal, throws } from "node:assert/strict";
import { UsageProblem } from "../../host/command.ts";
import { believeProxies, readProxies } from "../../host/forwarded.ts";

const ORIGIN = "https://capsule.example";

/** Who is thought to ask, when this address passes these headers on. */
async function visitor(from: string, headers: Record<string, string>): Promise<string> {
  const handler = believeProxies(
    (_request, info) => new Response((info?.remoteAddr as Deno.NetAddr).hostname),
    { proxies: readProxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]), origin: () => ORIGIN },
  );
  const remoteAddr = { transport: "tcp" as const, hostname: from, port: 1 };
  const request = new Request("http://capsule.example/p/1?a=b", { headers });
  const response = await handler(request, { remoteAddr, completed: Promise.resolve() });
  return response.headers.get("location") ?? await response.text();
}

Deno.test("a trusted proxy's word on its visitor is believed, and only the last word", async () => {
  const tell = (list: string) => ({ "x-forwarded-for": list });
  equal(await visitor("127.0.0.1", tell("203.0.113.7")), "203.0.113.7");
  equal(await visitor("::ffff:127.0.0.1", tell("203.0.113.7")), "203.0.113.7");
  equal(await visitor("fd12::1", tell("2001:db8::5")), "2001:db8::5");
  equal(await visitor("127.0.0.1", tell("198.51.100.1, 203.0.113.7")), "203.0.113.7");
  equal(await visitor("127.0.0.1", tell("1.1.1.1, 203.0.113.7, 10.1.2.3")), "203.0.113.7");
  equal(await visitor("127.0.0.1", tell("nonsense")), "127.0.0.1");
  equal(await visitor("127.0.0.1", tell("10.0.0.1")), "127.0.0.1");
  equal(await visitor("127.0.0.1", {}), "127.0.0.1");
});

Deno.test("anybody else's word is not heard", async () => {
  const headers = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "http" };
  equal(await visitor("192.0.2.1", headers), "192.0.2.1");
  equal(await visitor("11.0.0.1", headers), "11.0.0.1");
});

Deno.test("who came to a trusted proxy without HTTPS is led to it", async () => {
  equal(
    await visitor("127.0.0.1", { "x-forwarded-proto": "http" }),
    `${ORIGIN}/p/1?a=b`,
  );
  equal(await visitor("127.0.0.1", { "x-forwarded-proto": "https" }), "127.0.0.1");
});

Deno.test("what is no address and no network is refused in a sentence", () => {
  for (const text of ["", "proxy", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/x", "::/129"]) {
    throws(() => readProxies([text]), UsageProblem, text);
  }
});
