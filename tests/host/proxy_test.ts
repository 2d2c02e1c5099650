import { equal, match } from "node:assert/strict";
import { makeSelfSigned } from "../../host/acme/self_signed.ts";
import { need } from "../support/optional.ts";
import { freePorts } from "../support/pebble.ts";
import { initCapsule, makeFolder, serveCapsule } from "../support/process.ts";

const NAME = "capsule.example";
const NGINX = "/usr/sbin/nginx";

function hasNginx(): boolean {
  try {
    return Deno.statSync(NGINX).isFile;
  } catch {
    return false;
  }
}

/** The lines of docs/operations.md with what nginx needs around them to run in a folder, as anybody. */
function makeConfig(folder: string, location: string, [plain, secure]: readonly number[]): string {
  return `
daemon off;
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
  server {
    listen 127.0.0.1:${plain};
    listen 127.0.0.1:${secure} ssl http2;
    ssl_certificate ${folder}/chain.pem;
    ssl_certificate_key ${folder}/key.pem;
    ${location}
  }
}
`;
}

/** The block for nginx as docs/operations.md prints it. */
function readDocumented(capsulePort: string): string {
  const text = Deno.readTextFileSync(new URL("../../docs/operations.md", import.meta.url));
  const block = /```nginx\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  match(block, /proxy_pass http:\/\/127\.0\.0\.1:8000;/);
  return block.replace("127.0.0.1:8000", `127.0.0.1:${capsulePort}`);
}

Deno.test("behind nginx as documented: visitors are told apart, and plain HTTP leads to HTTPS", async () => {
  if (!need("nginx", hasNginx())) return;
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd, ["--address", `https://${NAME}`]);
  await using served = await serveCapsule(
    ["--address", `https://${NAME}`, "--trusted-proxy", "127.0.0.1"],
    { cwd },
  );
  const { chain, key } = await makeSelfSigned(["localhost"], Date.now());
  await Deno.writeTextFile(`${cwd}/chain.pem`, chain);
  await Deno.writeTextFile(`${cwd}/key.pem`, key);
  const ports = freePorts(2);
  const location = readDocumented(new URL(served.url).port);
  await Deno.writeTextFile(`${cwd}/nginx.conf`, makeConfig(cwd, location, ports));
  const command = new Deno.Command(NGINX, {
    args: ["-p", cwd, "-c", `${cwd}/nginx.conf`],
    stderr: "null",
  });
  await using nginx = startChild(command);
  const [plain, secure] = ports;
  using client = Deno.createHttpClient({ caCerts: [chain] });
  const page = await nginx.until(() => fetch(`https://localhost:${secure}/`, { client }));
  equal(page.status, 200);
  match(await page.text(), /Ida Greenwald/);

  const led = await fetch(`http://localhost:${plain}/p/0`, { redirect: "manual" });
  equal(led.status, 308);
  equal(led.headers.get("location"), `https://${NAME}/p/0`);
  await led.body?.cancel();

  const signIn = async (from: string, headers: Record<string, string> = {}) => {
    using visitor = Deno.createHttpClient({ caCerts: [chain], localAddress: from });
    const response = await fetch(`https://localhost:${secure}/sign-in`, {
      ...{ client: visitor, method: "POST", headers, redirect: "manual" },
      body: new URLSearchParams({ password: "a wrong guess" }),
    });
    await response.body?.cancel();
    return response.status;
  };
  for (let n = 0; n < 10; n++) equal(await signIn("127.0.9.1"), 422);
  equal(await signIn("127.0.9.1"), 429);
  equal(await signIn("127.0.9.1", { "x-forwarded-for": "203.0.113.7" }), 429, "no pretending");
  equal(await signIn("127.0.8.1"), 422, "others may try");
});

function startChild(command: Deno.Command) {
  const child = command.spawn();
  return {
    /** Asks until there is an answer, ten seconds at most. */
    async until<T>(work: () => Promise<T>): Promise<T> {
      for (const deadlineMs = performance.now() + 10_000;;) {
        try {
          return await work();
        } catch (error) {
          if (performance.now() > deadlineMs) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}
