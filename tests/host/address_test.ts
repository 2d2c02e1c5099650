import { equal, throws } from "node:assert/strict";
import { isLoopbackHost, readAddress } from "../../host/address.ts";
import { nearestWord } from "../../host/nearest.ts";

Deno.test("readAddress takes what people type and answers the origin in its one spelling", () => {
  for (
    const typed of [
      "capsule.example.org",
      "HTTPS://Capsule.Example.org/",
      " capsule.example.org:443 ",
    ]
  ) {
    equal(readAddress(typed, false), "https://capsule.example.org");
  }
  equal(readAddress("https://bücher.example", false), "https://xn--bcher-kva.example");
  equal(readAddress("https://a.example:8443", false), "https://a.example:8443");
  equal(readAddress("http://localhost:8000", false), "http://localhost:8000");
  equal(readAddress("http://10.0.0.7:8000", true), "http://10.0.0.7:8000");
});

Deno.test("readAddress refuses what is no origin, and http where others would use it", () => {
  for (
    const typed of [
      "",
      "https://",
      "ftp://a.example",
      "https://a.example/blog",
      "https://a.example/?x",
      "https://a.example/#x",
      "https://me@a.example",
      "https://a_b.example",
      "javascript:alert(1)",
      "https://a.example:99999",
    ]
  ) {
    throws(() => readAddress(typed, true), /--address expects an address/, typed);
  }
  throws(() => readAddress("http://a.example", false), /Use https:\/\/a\.example/);
});

Deno.test("isLoopbackHost knows this machine and nothing else", () => {
  for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"]) {
    equal(isLoopbackHost(host), true, host);
  }
  for (const host of ["127.0.0.1.example.org", "10.0.0.1", "0.0.0.0", "localhost.example.org"]) {
    equal(isLoopbackHost(host), false, host);
  }
});

Deno.test("nearestWord suggests what was meant, and nothing for what is far from everything", () => {
  const words = ["serve", "status", "restore", "revise"];
  equal(nearestWord("sevre", words), "serve");
  equal(nearestWord("stat", words), "status");
  equal(nearestWord("restor", words), "restore");
  equal(nearestWord("frobnicate", words), undefined);
  equal(nearestWord("", words), undefined);
});

Deno.test("readAddress refuses a name that only this machine can know, and says what asked for it", () => {
  throws(() => readAddress("nonsense", false, "move"), /^[^-]*move expects an address such as/);
  equal(readAddress("nonsense", true), "https://nonsense");
});
