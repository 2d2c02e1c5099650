/** The owner in a browser, at a capsule that runs as a process of its own. @module */
import { parseHTML } from "linkedom";

/** An answer, its body read. */
export type Shown = Readonly<{ status: number; location: string; text: string }>;

/** One browser, signed in. */
export type SignedIn = Readonly<{
  get: (path: string) => Promise<Shown>;
  /** Fills in the form whose button says this, and presses it. */
  send: (
    path: string,
    fields: Readonly<Record<string, string | Blob>>,
    wish?: string,
  ) => Promise<Shown>;
}>;

/** Signs in with the password of `initCapsule`. Throws when that is refused. */
export async function signIn(url: string): Promise<SignedIn> {
  const password = new URLSearchParams({ password: "correct horse battery" });
  const entered = await fetch(`${url}/sign-in`, {
    ...{ method: "POST", body: password, redirect: "manual", headers: { Origin: url } },
  });
  await entered.body?.cancel();
  const cookie = entered.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  if (entered.status !== 303) throw new Error(`cannot sign in: ${entered.status}`);
  const ask = async (path: string, init: RequestInit = {}): Promise<Shown> => {
    const headers = { Cookie: cookie, Origin: url };
    const answer = await fetch(url + path, { ...init, redirect: "manual", headers });
    const location = answer.headers.get("location") ?? "";
    return { status: answer.status, location, text: await answer.text() };
  };
  return {
    get: ask,
    async send(path, fields, wish) {
      const form = new FormData();
      for (const [name, value] of await readHidden(await ask(path))) form.append(name, value);
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      if (wish !== undefined) form.append("do", wish);
      return await ask(path, { method: "POST", body: form });
    },
  };
}

/** What a page's main form sends along without being asked. */
function readHidden({ text }: Shown): [string, string][] {
  const { document } = parseHTML(text);
  const form = document.querySelector("main form[method=post]");
  return [...form?.querySelectorAll("input[type=hidden]") ?? []].map((input) => [
    input.getAttribute("name") ?? "",
    input.getAttribute("value") ?? "",
  ]);
}
