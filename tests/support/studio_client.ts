/** A person at the owner's side, without a browser: keeps cookies, reads forms, sends them as browsers do. @module */
import { ok } from "node:assert/strict";
import { parseHTML } from "linkedom";
import type { Mesh } from "../../mesh/mesh.ts";
import {
  type BackupDesk,
  type CertificateDesk,
  createApp,
  type Deps,
  type HealthDesk,
  type LogLine,
} from "../../routes/app.ts";
import { hashPassword, savePassword } from "../../storage/passwords.ts";
import type { Database } from "../../storage/database.ts";
import { openTestCapsule, type TestCapsule } from "./capsule.ts";

/** The origin of every test capsule. */
export const ORIGIN = "https://ada.example";
/** The password of `openStudio`. */
export const PASSWORD = "four words in mind";

// Hashing is slow on purpose: once is enough for all tests.
let phc: Promise<string> | undefined;

/** A page as it came, with what is visible on it. */
export type Page = Readonly<{
  status: number;
  location: string | null;
  headers: Headers;
  html: string;
  document: ReturnType<typeof parseHTML>["document"];
  /** Everything a person can read, in one line. */
  words: string;
}>;

/** One browser. */
export type Client = Readonly<{
  cookies: Map<string, string>;
  logged: LogLine[];
  get: (path: string) => Promise<Page>;
  /** Sends fields to a path; a Blob becomes a file. */
  post: (path: string, fields: FormFields, headers?: Record<string, string>) => Promise<Page>;
  /** Sends the form of a page with some fields changed, and follows a redirection. */
  send: (page: Page, fields: FormFields, selector?: string) => Promise<Page>;
  request: (path: string, init?: RequestInit) => Promise<Response>;
}>;

/** Values by name; several for one name as a list. */
export type FormFields = Readonly<Record<string, string | Blob | readonly (string | Blob)[]>>;

/** Opens a browser on a database. */
export function openClient(
  db: Database,
  now: () => number,
  { origin = ORIGIN, mesh, isDev = false, certificate, backups, health }: Readonly<{
    origin?: string;
    mesh?: Mesh | undefined;
    isDev?: boolean;
    certificate?: CertificateDesk;
    backups?: BackupDesk;
    health?: HealthDesk;
  }> = {},
): Client {
  const logged: LogLine[] = [];
  const deps: Deps = {
    db,
    now,
    log: (line) => logged.push(line),
    isDev,
    origin: () => origin,
    startId: "test",
    ...(mesh !== undefined && { mesh }),
    ...(certificate !== undefined && { certificate }),
    ...(backups !== undefined && { backups }),
    ...(health !== undefined && { health }),
  };
  const app = createApp(deps);
  const cookies = new Map<string, string>();

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const jar = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (jar !== "") headers.set("Cookie", jar);
    if (init.method === "POST" && !headers.has("Origin")) headers.set("Origin", origin);
    const response = await app.request(`${origin}${path}`, { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = cookie.match(/^([^=]+)=([^;]*)/) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }
  const get = async (path: string) => await readPage(await request(path));
  const post: Client["post"] = async (path, fields, headers = {}) =>
    await readPage(await request(path, { method: "POST", body: toBody(fields), headers }));
  const send: Client["send"] = async (page, fields, selector = "main form[enctype]") => {
    const form = page.document.querySelector(selector);
    ok(form, `a form ${selector}`);
    const action = form.getAttribute("action") ?? "";
    const answer = await post(action, { ...readFields(form), ...fields });
    return answer.status === 303 ? await get(answer.location ?? "/") : answer;
  };
  return { cookies, logged, get, post, send, request };
}

/** A capsule with a password and its owner's browser, signed in; `makeMesh` gives its routes a way out. */
export async function openStudio(
  makeMesh: (capsule: TestCapsule) => Mesh | undefined = () => undefined,
): Promise<TestCapsule & { client: Client }> {
  const capsule = openTestCapsule({ address: ORIGIN });
  phc ??= hashPassword(PASSWORD);
  savePassword(capsule.db, await phc);
  const client = openClient(capsule.db, capsule.now, { mesh: makeMesh(capsule) });
  await client.post("/sign-in", { password: PASSWORD });
  return Object.assign(capsule, { client });
}

/** A small picture as a file. */
export function makePicture(name = "river.png"): File {
  const bytes = Uint8Array.fromBase64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  );
  return new File([bytes], name, { type: "image/png" });
}

async function readPage(response: Response): Promise<Page> {
  const html = await response.text();
  const { document } = parseHTML(html.startsWith("<") ? html : "<html><body></body></html>");
  const words = (document.body?.textContent ?? "").replaceAll(/\s+/gu, " ").trim();
  const { status, headers } = response;
  return { status, headers, html, document, words, location: headers.get("Location") };
}

function toBody(fields: FormFields): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) body.append(name, one as string);
  }
  return body;
}

/** What a browser would send of a form without a button. */
function readFields(form: Element): FormFields {
  const fields: Record<string, string[]> = {};
  for (const field of form.querySelectorAll("input, textarea, select")) {
    const name = field.getAttribute("name") ?? "";
    const type = field.getAttribute("type");
    if (name === "" || type === "file") continue;
    if ((type === "checkbox" || type === "radio") && !field.hasAttribute("checked")) continue;
    const selected = field.querySelector("option[selected]")?.getAttribute("value");
    const value = field.tagName === "TEXTAREA"
      ? field.textContent ?? ""
      : selected ?? field.getAttribute("value") ?? "";
    fields[name] = [...fields[name] ?? [], value];
  }
  return fields;
}
