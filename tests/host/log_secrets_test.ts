import { equal, match, ok } from "node:assert/strict";
import { initCapsule, makeFolder, serveCapsule, type Served } from "../support/process.ts";

const PASSWORD = "correct horse battery";

/** Asks the served capsule as a browser that keeps its cookie; answers the body. */
function openBrowser(served: Served) {
  let cookie = "";
  return {
    cookie: () => cookie.split("=")[1] ?? "",
    async ask(path: string, init: RequestInit = {}): Promise<string> {
      const headers = { ...init.headers, cookie, origin: served.url };
      const answer = await fetch(served.url + path, { ...init, headers, redirect: "manual" });
      const set = answer.headers.get("set-cookie")?.split(";")[0];
      if (set !== undefined) cookie = set;
      return await answer.text();
    },
    async send(path: string, fields: Record<string, string>): Promise<string> {
      return await this.ask(path, { method: "POST", body: new URLSearchParams(fields) });
    },
  };
}

/** Every line is one JSON object; none of the secrets is in any of them. */
function checkLog(
  text: string,
  secrets: Readonly<Record<string, string>>,
): Record<string, unknown>[] {
  for (const [what, secret] of Object.entries(secrets)) {
    ok(secret.length >= 6, `${what} was not there to be looked for`);
    ok(!text.includes(secret), `the log has the ${what}`);
    ok(!text.includes(encodeURIComponent(secret)), `the log has the ${what}, encoded`);
  }
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("no password, phrase, cookie, token, draft or search is in the log, even with a line for every request", async () => {
  using folder = makeFolder();
  const { phrase } = await initCapsule(folder.path);
  await using served = await serveCapsule(["--log-requests"], { cwd: folder.path });
  const browser = openBrowser(served);
  await browser.send("/sign-in", { password: "wrong password 17" });
  await browser.send("/sign-in", { password: PASSWORD });
  const session = browser.cookie();
  const made = await browser.send("/studio/settings/health/token", { do: "make" });
  const [, token = ""] = /class="id">([\w-]{32})</.exec(made) ?? [];
  await browser.send("/studio", { text: "A draft about Zanzibar", do: "save" });
  await browser.send("/studio/settings/security/phrase", { phrase });
  await browser.ask("/search?q=hidden-search-words");
  await browser.ask("/metrics", { headers: { authorization: `Bearer ${token}` } });
  await browser.send("/forgotten", {
    phrase,
    password: "brand new password",
    again: "typed otherwise",
  });
  await browser.ask("/no-such-page?code=5eadbeef99");
  await served.stop();
  const lines = checkLog(served.stderr(), {
    ...{ password: PASSWORD, "wrong password": "wrong password 17", session, token, phrase },
    ...{ "new password": "brand new password", draft: "Zanzibar", search: "hidden-search-words" },
    ...{ query: "5eadbeef99", "word of the phrase": phrase.split(" ").slice(0, 3).join(" ") },
  });
  const requests = lines.filter(({ message }) => message === "Request");
  ok(requests.length >= 8);
  const search = requests.find(({ path }) => path === "/search");
  equal(search?.status, 200);
  equal(search?.visitor, "127.0.0.0/24");
  const missing = requests.find(({ path }) => path === "/no-such-page");
  match(String(missing?.requestId), /^[0-9a-f]{8}$/);
});

Deno.test("no set-up code is in the log, and requests are only told when that was asked for", async () => {
  using folder = makeFolder();
  await using served = await serveCapsule([], { cwd: folder.path });
  const [, path = "", code = ""] = await served.waitFor(/(\/setup\?code=(\S+))/);
  const browser = openBrowser(served);
  await browser.ask(path);
  await browser.ask(path);
  await browser.ask("/setup");
  await served.stop();
  ok(code.length > 16 && !served.stderr().includes(code));
  equal(served.stderr(), "");
});
