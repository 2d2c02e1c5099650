import { equal, ok } from "node:assert/strict";
import { isSpecialAddress, isSpecialHost, networkOf } from "../../mesh/special_addresses.ts";
import { checkQuestionUrl, completeUrl } from "../../mesh/question_url.ts";

const SPECIAL = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255"],
  ...["127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
  ...["192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255"],
  ...["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"],
  "255.255.255.255",
  // This machine, mapped, compatible, translated (RFC 2765), NAT64.
  ...["::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:7f00:1", "::7f00:1", "::8.8.8.8"],
  ...["::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::808:808", "64:ff9b:1::1"],
  // Discard, Teredo, benchmarking, ORCHID, documentation, 6to4.
  ...["100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1"],
  ...["2001:db8::1", "2001:db8:ffff::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1"],
  // Segment routing, ULA, link-local, site-local, multicast.
  ...["5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1"],
  // What is no address at all.
  ...["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", "fe80::1%eth0", "1::2::3"],
  ...[":::", "12345::", "g::1", "::1.2.3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "localhost"],
];
const GENERAL = [
  ...["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"],
  ...["126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255"],
  ...["172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255"],
  ...["198.20.0.0", "198.51.99.255", "203.0.114.0", "223.255.255.255"],
  ...["2000::1", "2001:200::1", "2001:db7:ffff::1", "2001:db9::", "2003::1", "2606:4700::1111"],
  ...["2a00:1450::8.8.8.8", "3ffe::1", "3fff:1000::1"],
];

Deno.test("P9: every special range of IPv4 and IPv6 is told, and nothing beside it", () => {
  for (const address of SPECIAL) ok(isSpecialAddress(address), `special: ${address}`);
  for (const address of GENERAL) ok(!isSpecialAddress(address), `for everybody: ${address}`);
});

Deno.test("P9: a URL with a special address is refused in every notation", () => {
  for (
    const host of [
      ...["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001"],
      ...["127.0.0.1.", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127%2e0%2e0%2e1", "0", "0x0", "10.1"],
      ...[
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::7f00:1]",
      ],
      ...["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]", "[ff02::1]"],
      ...["localhost", "LOCALHOST", "localhost.", "a.localhost", "printer", "router.lan"],
      ...["nas.local", "db.internal", "x.home.arpa", "host.localdomain", "ⓛocalhost"],
    ]
  ) {
    equal(typeof checkQuestionUrl(`https://${host}/`, false), "string", host);
    const isAllowed = checkQuestionUrl(`https://${host}/`, true) instanceof URL;
    ok(isAllowed, `for development: ${host}`);
  }
});

Deno.test("only https without a user is asked, and http for development", () => {
  for (
    const url of [
      ...["http://example.org/", "ftp://example.org/", "file:///etc/passwd", "data:,x", "blob:x"],
      ...[
        "https://ada@example.org/",
        "https://:secret@example.org/",
        "https://",
        "example.org",
        "",
      ],
      `https://example.org/${"x".repeat(2_048)}`,
    ]
  ) {
    equal(typeof checkQuestionUrl(url, false), "string", url);
  }
  ok(checkQuestionUrl("https://example.org:8443/x?y#z", false) instanceof URL);
  ok(checkQuestionUrl("http://127.0.0.1:8000/", true) instanceof URL);
  equal(typeof checkQuestionUrl("file:///etc/passwd", true), "string");
  ok(!isSpecialHost("example.org"));
  ok(!isSpecialHost("[2606:4700::1111]"));
});

Deno.test("a network is the /24 of IPv4, mapped or not, and the /48 of IPv6", () => {
  equal(networkOf("93.184.216.34"), "93.184.216.0/24");
  equal(networkOf("::ffff:93.184.216.34"), "93.184.216.0/24");
  equal(networkOf("2606:4700:10:20:30::1"), "2606:4700:10::/48");
  equal(networkOf("unix"), "unix");
});

Deno.test("what a person types becomes a URL: https unless something else is meant", () => {
  const typed: [string, string][] = [
    [" example.org ", "https://example.org"],
    ["example.org:8443/feed", "https://example.org:8443/feed"],
    ["http://example.org/a", "https://example.org/a"],
    ["HTTPS://example.org", "HTTPS://example.org"],
    ["javascript:x()", "javascript:x()"],
  ];
  for (const [text, url] of typed) equal(completeUrl(text, false), url);
  equal(completeUrl("http://127.0.0.1:8000", true), "http://127.0.0.1:8000");
});
