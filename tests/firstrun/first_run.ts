/** From the program in an empty folder to the first post over HTTPS, as a person does it, with a stopwatch. @module */
import { createHash, X509Certificate } from "node:crypto";
import { equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { openBrowserAt } from "../support/browser.ts";
import { openNamedClient } from "../support/named_client.ts";
import { freePorts, type Pebble, startPebble } from "../support/pebble.ts";
import { listNames, makeFolder, serveCapsule } from "../support/process.ts";

/** One thing that the person does, or waits for. */
export type Step = Readonly<{ what: string; seconds: number }>;

/** What it took. */
export type FirstRun = Readonly<{
  steps: readonly Step[];
  seconds: number;
  /** Typed in a terminal. */
  commands: number;
  /** Questions of the program in that terminal. */
  prompts: number;
  /** Files that the person had to write or change. */
  files: number;
  /** Fields filled in in the browser. */
  fields: number;
  clicks: number;
}>;

const NAME = "capsule.example";
const ADDRESS = `https://${NAME}`;
const PASSWORD = "correct horse battery staple";
const POST = "Hello from my own place.";
/** What the rig brings because the authority is not the usual one. */
const AUTHORITY_FILE = "ca.pem";

/** Does it once with the program at a path. Throws where a step does not succeed. */
export async function firstRun(binary: string): Promise<FirstRun> {
  using folder = makeFolder();
  const cwd = folder.path;
  const [httpPort = 0, httpsPort = 0] = freePorts(2);
  await using pebble = await startPebble({ httpPort });
  const browser = await openBrowserAt({
    hosts: { [`${NAME}:80`]: httpPort, [`${NAME}:443`]: httpsPort },
    trustedKeys: [await readSigner(pebble)],
  });
  try {
    await Deno.copyFile(binary, `${cwd}/capsule`);
    await Deno.writeTextFile(`${cwd}/${AUTHORITY_FILE}`, pebble.caCerts.join(""));
    const brought = listNames(cwd);
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(15_000);
    const person = new Person(page);
    const args = [
      ...["--address", ADDRESS],
      // The next three are what stands in for the internet.
      ...["--http-port", `${httpPort}`, "--https-port", `${httpsPort}`],
      ...["--acme-directory", pebble.directory, "--acme-ca", AUTHORITY_FILE],
    ];
    await using served = await person.run(args, { cwd, program: [`${cwd}/capsule`] });
    await person.do("the certificate is there", async () => {
      // Whoever opens the name meanwhile reads what is happening, and is led on.
      await page.goto(`http://${NAME}/`);
      await page.waitForURL(`${ADDRESS}/`, { timeout: 30_000 });
    });
    const [link = ""] = await served.waitFor(/https:\S+\/setup\?code=\S+/);
    const path = await person.setUpAndWrite(link);
    await person.do("the post is read over HTTPS, its certificate checked", async () => {
      await using client = openNamedClient([await pebble.readRoot()]);
      const response = await client.get(`https://${NAME}:${httpsPort}${path}`);
      equal(response.status, 200);
      match(await response.text(), new RegExp(POST));
      ok(response.headers.has("strict-transport-security"));
    });
    const result = person.result();
    equal(await served.stop(), 0);
    const made = listNames(cwd).filter((name) => !brought.includes(name));
    equal(made.join(), "capsule.db", "nothing but the database comes beside the program");
    return result;
  } finally {
    await browser.close();
  }
}

/** Somebody with a terminal and a browser. */
class Person {
  readonly #page: Page;
  readonly #steps: Step[] = [];
  #atMs = performance.now();
  #commands = 0;
  #fields = 0;
  #clicks = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Types the one command. Its stdin is closed: a question would end it. */
  async run(
    args: readonly string[],
    options: Parameters<typeof serveCapsule>[1],
  ): ReturnType<typeof serveCapsule> {
    this.#atMs = performance.now();
    this.#commands += 1;
    const served = await serveCapsule(args, options);
    this.#note("the program listens, and has printed a link");
    return served;
  }

  async do(what: string, work: () => Promise<unknown>): Promise<void> {
    await work();
    this.#note(what);
  }

  /** From the printed link to the path of the first post. */
  async setUpAndWrite(link: string): Promise<string> {
    const page = this.#page;
    await page.goto(link);
    await this.#type("Name", "Ann Greenwald");
    await this.#press("Continue");
    this.#note("step 1: the name");
    await this.#type("Password", PASSWORD);
    await this.#type("The same once more", PASSWORD);
    await this.#press("Continue");
    this.#note("step 2: the password");
    const words = await page.locator(".phrase-words li").allInnerTexts();
    equal(words.length, 12);
    await this.#press("I have written them down");
    this.#note("step 3: the recovery phrase");
    const labels = await page.locator("label").allInnerTexts();
    const asked = labels.map((label) => Number(/Word number (\d+)/.exec(label)?.[1] ?? 0)).filter((
      n,
    ) => n > 0);
    equal(asked.length, 2, "two words are asked back");
    for (const number of asked) {
      await this.#type(`Word number ${number}`, words[number - 1] ?? "");
    }
    await this.#press("Make my capsule");
    match(page.url(), /^https:\/\/capsule\.example\/studio/);
    this.#note("step 4: two words typed back");
    await this.#type("What is new?", POST);
    await this.#press("Publish");
    const shown = page.locator(".h-entry .u-url").first();
    await page.goto(`${ADDRESS}/posts`);
    match(await page.content(), new RegExp(POST));
    this.#note("the first post is published");
    return new URL(await shown.getAttribute("href") ?? "", ADDRESS).pathname;
  }

  result(): FirstRun {
    return {
      steps: this.#steps,
      seconds: this.#steps.reduce((sum, { seconds }) => sum + seconds, 0),
      ...{ commands: this.#commands, prompts: 0, files: 0 },
      ...{ fields: this.#fields, clicks: this.#clicks },
    };
  }

  async #type(label: string, text: string): Promise<void> {
    this.#fields += 1;
    await this.#page.getByLabel(label, { exact: true }).fill(text);
  }

  async #press(name: string): Promise<void> {
    this.#clicks += 1;
    await this.#page.getByRole("button", { name, exact: true }).first().click();
    await this.#page.waitForLoadState("load");
  }

  #note(what: string): void {
    const nowMs = performance.now();
    this.#steps.push({ what, seconds: (nowMs - this.#atMs) / 1000 });
    this.#atMs = nowMs;
  }
}

/** The key that Pebble signs with: SHA-256 of its public form, base64. */
async function readSigner(pebble: Pebble): Promise<string> {
  const { publicKey } = new X509Certificate(await pebble.readIntermediate());
  return createHash("sha256").update(publicKey.export({ type: "spki", format: "der" })).digest(
    "base64",
  );
}
