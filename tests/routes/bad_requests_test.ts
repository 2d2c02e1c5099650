import { equal, match, ok } from "node:assert/strict";
import { openTestSite, ORIGIN, type TestSite } from "../support/site.ts";

const LONG = "a".repeat(3_000);

const PATHS: readonly string[] = [
  ..."/% /%zz /%00 /p/%00 /p/%ff /a/%ff%fe /a/%ED%A0%80 /tags/%ff /tags/%00 /tags/%E2%80%AE".split(
    " ",
  ),
  ..."/../../etc/passwd /assets/..%2f..%2fetc%2fpasswd /assets/%2e%2e/main.ts /assets/ /a/".split(
    " ",
  ),
  ..."/p/-1 /p/99999999999999999999 /p/1e3 /p/0x1 /p/01 /p/1/ /a/%2F /archive/0 /archive/-1".split(
    " ",
  ),
  ..."/?before=abc /?before=-1 /?before=9007199254740993 /posts?after=1e99 /sitemap/x.xml".split(
    " ",
  ),
  ..."/search?q=%00 /search?q=%ff /search?q=%22 /search?q=tag: /search?q=-a /search?q=*".split(" "),
  ..."/studio /studio/drafts/%00 /studio/revise/x /studio/withdraw/-1 /setup?code=%00".split(" "),
  ..."/mesh/1/x/checkpoint /mesh/2/ /mesh/1/blob/../x /feed.json?%00 /.well-known/%00".split(" "),
  `/search?q=${LONG}`,
  `/search?q=${"%28".repeat(800)}`,
  `/search?q=${"%22a".repeat(800)}`,
  `/a/${LONG}`,
  `/?${LONG}${LONG}`,
];

/** A page or a sentence: never a place in the program, never a status of the program's own fault. */
async function checkAnswer(response: Response, what: string): Promise<string> {
  const text = await response.text();
  ok(response.status < 500, `${what}: ${response.status} ${text.slice(0, 300)}`);
  ok(!/\n\s+at |file:\/\/\/|SQLITE_/.test(text), `${what}: ${text.slice(0, 300)}`);
  return text;
}

Deno.test("malformed, endless and wandering addresses are answered with a page", async () => {
  using site = openTestSite();
  site.post({ text: "Hello" });
  for (const headers of [{}, site.signIn()]) {
    for (const path of PATHS) {
      for (const method of ["GET", "HEAD"]) {
        await checkAnswer(await site.ask(path, { method, headers }), `${method} ${path}`);
      }
    }
  }
  equal(site.logged.length, 0);
});

Deno.test("a redirect never leaves the site", async () => {
  using site = openTestSite();
  for (
    const path of ["//evil.example/", "/\\evil.example/", "//evil.example//", "/%5Cevil.example/"]
  ) {
    const response = await site.ask(path);
    const to = new URL(response.headers.get("Location") ?? "/", ORIGIN);
    equal(to.origin, ORIGIN, path);
  }
});

Deno.test("other methods are refused with what is allowed, and change nothing", async () => {
  using site = openTestSite();
  site.post({ text: "Hello" });
  for (const method of ["PUT", "DELETE", "PATCH", "PROPFIND", "POST", "OPTIONS"]) {
    for (const path of ["/", "/p/1", "/up", "/feed.json"]) {
      const response = await site.ask(path, { method });
      equal(response.status, 405, `${method} ${path}`);
      equal(response.headers.get("Allow"), "HEAD, GET");
      await response.body?.cancel();
    }
  }
});

Deno.test("cookies and headers of any form are read as those of a visitor", async () => {
  using site = openTestSite();
  const token = "A".repeat(43);
  const headers: Record<string, string>[] = [
    { Cookie: "__Host-capsule=%ff%zz; a=%" },
    { Cookie: `__Host-capsule=${token}` },
    { Cookie: "__Host-capsule=;".repeat(300) },
    { "If-None-Match": '"a",'.repeat(2_000) },
    { "If-Modified-Since": "yesterday" },
    { "Accept-Encoding": "gzip;q=x,;;,br;q=999", Accept: "*/*;q=zz" },
    { Range: "bytes=1-0,,-" },
  ];
  for (const one of headers) {
    for (const path of ["/", "/feed.json", "/up"]) {
      const response = await site.ask(path, { headers: one });
      equal(response.status, 200, JSON.stringify(one).slice(0, 80));
      await response.body?.cancel();
    }
  }
});

const BODIES: readonly (readonly [type: string, body: string | Uint8Array<ArrayBuffer>])[] = [
  ["application/x-www-form-urlencoded", "%ff%00=%zz&&&=&text=%ED%A0%80&do=publish&once=../../x"],
  ["application/x-www-form-urlencoded", Array(5_000).fill("a=1").join("&")],
  ["application/x-www-form-urlencoded", `text=${"a".repeat(5_000_000)}`],
  ["application/json", "[".repeat(100_000)],
  ["multipart/form-data", "x"],
  ["multipart/form-data; boundary=", "x"],
  ["multipart/form-data; boundary=abc", "x".repeat(1_000)],
  ["multipart/form-data; boundary=abc", `--abc\r\n${"X: y\r\n".repeat(20_000)}`],
  [
    "multipart/form-data; boundary=abc",
    '--abc\r\nContent-Disposition: form-data; name="text"\r\n\r\nno end',
  ],
  ["text/plain", new Uint8Array([0xff, 0xfe, 0])],
];

async function countPosts(site: TestSite): Promise<number> {
  return (await (await site.ask("/feed.json")).json()).items.length;
}

Deno.test("bodies of any form are answered in words, and none is published", async () => {
  using site = openTestSite();
  const headers = site.signIn();
  const forms = [
    "/studio",
    "/studio/articles/new",
    "/studio/uploads",
    "/studio/preview",
    "/sign-in",
  ]
    .concat(["/setup", "/forgotten", "/studio/settings/profile", "/studio/drafts/%00"]);
  for (const path of forms) {
    for (const [type, body] of BODIES.slice(1)) {
      const init = { method: "POST", body, headers: { ...headers, "Content-Type": type } };
      await checkAnswer(await site.ask(path, init), `${path} ${type}`);
    }
  }
  equal(await countPosts(site), 0);
});

Deno.test("a body that its sender breaks off is no error of the program", async () => {
  using site = openTestSite();
  const broken = new Deno.errors.Http("error reading a body from connection");
  for (const path of ["/search", "/studio/posts", "/sign-in", "/up"]) {
    const body = new ReadableStream({ start: (controller) => controller.error(broken) });
    const answer = await site.ask(path, { method: "POST", body, headers: site.signIn() });
    ok(answer.status < 500, `${path}: ${answer.status}`);
  }
  equal(site.logged.length, 0);
});

Deno.test("text that is no text is published as whole characters, in feeds that are well-formed", async () => {
  using site = openTestSite();
  const headers = { ...site.signIn(), "Content-Type": "application/x-www-form-urlencoded" };
  const texts = ["%ED%A0%80x", "%ff%fe", "a%00b", "%01%02c", "%E2%80%AEgnp.exe", "%0b%0c%ef%bf%bf"];
  for (const [n, text] of texts.entries()) {
    const body = `do=publish&once=form-number-${n}&text=${text}`;
    const response = await site.ask("/studio", { method: "POST", body, headers });
    equal(response.status, 303, await response.text());
  }
  for (const path of ["/", "/feed.atom", "/feed.rss", "/feed.json"]) {
    const text = await (await site.ask(path)).text();
    ok(text.isWellFormed());
    ok(!/[^\t\n\r\P{Cc}]|\uffff/u.test(text), path);
  }
});

Deno.test("a post of which nothing can be seen is not published", async () => {
  using site = openTestSite();
  const headers = { ...site.signIn(), "Content-Type": "application/x-www-form-urlencoded" };
  for (const text of ["%01%02", "%E2%80%8B%E2%80%8B", "%E2%80%AE", " %0A "]) {
    const body = `do=publish&once=form-number-1&text=${text}`;
    const response = await site.ask("/studio", { method: "POST", body, headers });
    equal(response.status, 422);
    match(await response.text(), /nothing to publish yet/);
  }
});

Deno.test("a form sent six times at once publishes once; one of another site or an old session never", async () => {
  using site = openTestSite();
  const headers = { ...site.signIn(), "Content-Type": "application/x-www-form-urlencoded" };
  const body = "do=publish&once=form-number-1&text=Once";
  const send = (more: Record<string, string>) =>
    site.ask("/studio", { method: "POST", body, headers: { ...headers, ...more } });
  for (const answer of await Promise.all(Array.from({ length: 6 }, () => send({})))) {
    equal(answer.status, 303);
  }
  equal(await countPosts(site), 1);
  const forged: Record<string, string>[] = [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { Origin: `${ORIGIN}.evil` },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { Cookie: `__Host-capsule=${"A".repeat(43)}` },
  ];
  for (const more of forged) {
    const answer = await site.ask("/studio", {
      method: "POST",
      body: "do=publish&once=form-number-2&text=Forged",
      headers: { ...headers, ...more },
    });
    equal(answer.status, 403, JSON.stringify(more));
    await answer.body?.cancel();
  }
  equal(await countPosts(site), 1);
});

Deno.test("a clock that was set back loses nothing: the log goes on and verifies", () => {
  using site = openTestSite();
  site.post({ text: "Before" });
  site.wait(-10 * 365 * 86_400_000);
  equal(site.post({ text: "After, and earlier" }).index, 2);
});
