/** A real nginx in front of a capsule, with the lines that docs/operations.md prints. @module */
import { makeSelfSigned } from "../../host/acme/self_signed.ts";
import { freePorts } from "./pebble.ts";
import { killIfAlive } from "./process.ts";

const NGINX = "/usr/sbin/nginx";
const START_MS = 10_000;

/** Whether it is there: Debian's `nginx`. */
export function hasNginx(): boolean {
  try {
    return Deno.statSync(NGINX).isFile;
  } catch {
    return false;
  }
}

/** The nth block for nginx of docs/operations.md, leading to this port and keeping its files in this folder. */
export function readDocumented(nth: number, capsulePort: string, folder: string): string {
  return readBlock(nth, "proxy_pass http://127.0.0.1:8000;")
    .replaceAll("127.0.0.1:8000", `127.0.0.1:${capsulePort}`)
    .replaceAll("/var/cache/nginx", folder);
}

/** The block for many capsules behind one nginx, leading each name to its port. */
export function readByName(ports: ReadonlyMap<string, string>): { http: string; server: string } {
  const block = readBlock(2, "proxy_pass http://$capsule;");
  const [, server] = /\nserver \{\n([\s\S]*)\}\s*$/.exec(block) ?? [];
  if (!block.startsWith("map $host $capsule {\n") || server === undefined) {
    throw new Error(`docs/operations.md: expected a map and a server, found\n${block}`);
  }
  const lines = [...ports].map(([name, port]) => `${name} 127.0.0.1:${port};\n`);
  return { http: `map $host $capsule {\n${lines.join("")}}`, server };
}

function readBlock(nth: number, line: string): string {
  const text = Deno.readTextFileSync(new URL("../../docs/operations.md", import.meta.url));
  const blocks = [...text.matchAll(/```nginx\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
  const block = blocks[nth] ?? "";
  if (block.includes(line)) return block;
  throw new Error(`docs/operations.md: expected a block ${nth} for nginx, found\n${block}`);
}

/** nginx that runs: HTTP on `plain`, HTTPS on `secure`, with a certificate of its own. */
export type Nginx =
  & AsyncDisposable
  & Readonly<{ plain: number; secure: number; chain: string }>;

/**
 * Starts it in a folder, as whoever runs the test: `http` stands in its http block, `server` in the one server. Its certificate is
 * for `name`, localhost if absent.
 */
export async function startNginx(
  folder: string,
  { http = "", server, name = "localhost" }: Readonly<
    { http?: string; server: string; name?: string }
  >,
): Promise<Nginx> {
  const { chain, key } = await makeSelfSigned([name], Date.now());
  await Deno.writeTextFile(`${folder}/chain.pem`, chain);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  const [plain = 0, secure = 0] = freePorts(2);
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `
daemon off;
user root;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${http}
  server {
    listen 127.0.0.1:${plain};
    listen 127.0.0.1:${secure} ssl http2;
    ssl_certificate ${folder}/chain.pem;
    ssl_certificate_key ${folder}/key.pem;
    ${server}
  }
}
`,
  );
  const child = new Deno.Command(NGINX, {
    args: ["-p", folder, "-c", `${folder}/nginx.conf`],
    stderr: "null",
  }).spawn();
  const end = async () => {
    killIfAlive(child, "SIGTERM");
    await child.status;
  };
  try {
    await waitForPort(secure);
  } catch (error) {
    await end();
    throw error;
  }
  return { plain, secure, chain, [Symbol.asyncDispose]: end };
}

async function waitForPort(port: number): Promise<void> {
  for (const deadlineMs = performance.now() + START_MS;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
