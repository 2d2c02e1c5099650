/** Asks a server for the same page for a while, and counts the answers. @module */

const CONNECTIONS = 16;
const ACCEPT = "gzip, br";

async function isThere(program: string, flag: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: [flag], stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

const isWrkThere = await isThere("wrk", "-v");

/** Which program makes the requests. */
export const LOADER = isWrkThere ? "wrk" : "fetch";

/** Which program makes requests over HTTP/2; undefined where there is none. */
export const HTTP2_LOADER = await isThere("h2load", "--version") ? "h2load" : undefined;

/** Answers a second over HTTP/2, ten streams at a time on each of eight connections; throws when one of them was not 200. */
export async function streamsPerSecond(url: string, seconds: number): Promise<number> {
  const { stdout } = await new Deno.Command("h2load", {
    args: ["-c8", "-m10", `-D${seconds}`, "-H", `accept-encoding: ${ACCEPT}`, url],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const rate = Number(/finished in .*?, ([\d.]+) req\/s/.exec(text)?.[1]);
  const isClean = / 0 3xx, 0 4xx, 0 5xx/.test(text) && / 0 failed, 0 errored, 0 timeout/.test(text);
  if (!(rate > 0) || !isClean) throw new Error(`load ${url}: some failed: ${text}`);
  return rate;
}

/** Answers a second; throws when one of them was not 200. */
export async function requestsPerSecond(url: string, seconds: number): Promise<number> {
  return isWrkThere ? await withWrk(url, seconds) : await withFetch(url, seconds);
}

async function withWrk(url: string, seconds: number): Promise<number> {
  const { stdout } = await new Deno.Command("wrk", {
    args: ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-H", `Accept-Encoding: ${ACCEPT}`, url],
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`load ${url}: some failed: ${text}`);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  if (!(rate > 0)) throw new Error(`load ${url}: expected a rate, found: ${text}`);
  return rate;
}

async function withFetch(url: string, seconds: number): Promise<number> {
  const endsAtMs = performance.now() + seconds * 1000;
  let answers = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (performance.now() < endsAtMs) {
      const response = await fetch(url, { headers: { "accept-encoding": ACCEPT } });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`load ${url}: found ${response.status}`);
      answers += 1;
    }
  }));
  return answers / seconds;
}

/** One answer exactly as it comes over the wire: names and values of its headers, and its bytes. */
export async function readAnswer(
  origin: string,
  path: string,
): Promise<{ headers: [string, string][]; body: Uint8Array }> {
  const { host, port } = new URL(origin);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n` +
    `Accept-Encoding: ${ACCEPT}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  const headers = text.slice(0, end).split("\r\n").slice(1).map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  if (!text.startsWith("HTTP/1.1 200")) throw new Error(`read ${path}: ${text.slice(0, 80)}`);
  if (headers.some(([name]) => name === "transfer-encoding")) {
    throw new Error(`read ${path}: expected a length, found chunks`);
  }
  return { headers, body: bytes.slice(end + 4) };
}
