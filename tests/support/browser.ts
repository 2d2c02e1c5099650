/** A real browser for tests: Debian's Chromium, driven from here. @module */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { need } from "./optional.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function findBrowser(): string | undefined {
  const named = Deno.env.get("CHROME_PATH");
  return [...(named ? [named] : []), ...PLACES].find(isFile);
}

const executablePath = findBrowser();

/** True where there is a Chromium. */
export function hasBrowser(): boolean {
  return executablePath !== undefined;
}

/** False where there is no Chromium: says so in one line, or fails where every test must run. */
export function needBrowser(): boolean {
  return need("Chromium (Debian: chromium; or name it in CHROME_PATH)", executablePath);
}

/** Starts Chromium; close it. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  if (executablePath === undefined) throw new Error("open browser: no Chromium was found");
  return await chromium.launch({ executablePath, args: [...FLAGS, ...more] });
}

/**
 * Starts one for which hosts with a port (`capsule.example:443`) are ports of this machine, and which believes certificates of these
 * keys (SHA-256 of the SPKI, base64) and of the usual authorities, of nobody else.
 */
export async function openBrowserAt(
  { hosts, trustedKeys }: Readonly<
    { hosts: Readonly<Record<string, number>>; trustedKeys: readonly string[] }
  >,
): Promise<Browser> {
  const rules = Object.entries(hosts).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`);
  return await openBrowser([
    `--host-resolver-rules=${rules.join(", ")}`,
    `--ignore-certificate-errors-spki-list=${trustedKeys.join(",")}`,
  ]);
}

/** One way to look at a page. */
export type Look = Readonly<{
  device: "phone" | "tablet" | "desk";
  scheme: "light" | "dark";
  hasScripts: boolean;
}>;

const SIZES = {
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  tablet: { viewport: { width: 768, height: 1024 }, isMobile: false, hasTouch: true },
  desk: { viewport: { width: 1440, height: 900 }, isMobile: false, hasTouch: false },
} as const;

/** A look in words, for names of tests and files. */
export function lookName({ device, scheme, hasScripts }: Look): string {
  return `${device}, ${scheme}, scripts ${hasScripts ? "on" : "off"}`;
}

/** A page that keeps what went wrong on it: errors of scripts, console errors, requests to anybody else. */
export type Watched = Readonly<
  { page: Page; problems: string[]; context: BrowserContext; look: Look }
>;

/** Opens a page that looks so and may only talk to `origin`. */
export async function openPage(browser: Browser, origin: string, look: Look): Promise<Watched> {
  const context = await browser.newContext({
    ...SIZES[look.device],
    colorScheme: look.scheme,
    javaScriptEnabled: look.hasScripts,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`${page.url()}: script failed: ${error.message}`));
  page.on("console", (message) => {
    const isNoise = message.text().includes("the server responded with a status of");
    if (message.type() === "error" && !isNoise) {
      problems.push(`${page.url()}: console: ${message.text()}`);
    }
  });
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = url.startsWith(`${origin}/`) || /^(data|blob|about):/.test(url);
    if (!isOwn) problems.push(`${page.url()}: request to somebody else: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) problems.push(`${response.url()}: ${response.status()}`);
    const isPart = response.request().resourceType() !== "document";
    if (isPart && response.status() >= 400) {
      problems.push(`${page.url()}: missing: ${response.url()} ${response.status()}`);
    }
  });
  return { page, problems, context, look };
}

/**
 * Runs `work`, which needs timers, on the page, or where its scripts are off on a twin of it as it is now: the same markup and
 * styles, and still none of its own scripts.
 */
export async function withTimers<T>(
  { page, look }: Watched,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  if (look.hasScripts) return await work(page);
  const browser = page.context().browser();
  if (browser === null) throw new Error("twin of a page: its browser is gone");
  const { device, scheme } = look;
  const twins = await browser.newContext({ ...SIZES[device], colorScheme: scheme });
  const twin = await twins.newPage();
  await twin.route("**/*.js", (route) => route.abort());
  const body = await page.content();
  await twin.route(page.url(), (route) => route.fulfill({ body, contentType: "text/html" }));
  await twin.goto(page.url());
  const result = await work(twin);
  await twins.close();
  return result;
}
