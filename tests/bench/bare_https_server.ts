/**
 * The baseline of a page over HTTPS: a server that knows one answer. Arguments: which server (`relay`, the program's own way to take TLS in,
 * `https`, the one of node, or `serve`, the runtime's), files with certificate, key, headers (JSON) and body.
 */
import { createServer } from "node:https";
import { startRelay } from "../../host/https/relay.ts";

const [kind = "", chainFile = "", keyFile = "", headersFile = "", bodyFile = ""] = Deno.args;
const [chain, key] = [Deno.readTextFileSync(chainFile), Deno.readTextFileSync(keyFile)];
const headers: [string, string][] = JSON.parse(Deno.readTextFileSync(headersFile));
const body = Deno.readFileSync(bodyFile);
if (kind === "relay") {
  const { port } = await startRelay({
    ...{ host: "127.0.0.1", port: 0, pair: { chain, key } },
    handler: () => new Response(body, { headers }),
    onError: console.error,
  });
  console.log(`https://127.0.0.1:${port}`);
} else if (kind === "serve") {
  const options = { hostname: "127.0.0.1", port: 0, cert: chain, key, onListen: () => {} };
  const { addr } = Deno.serve(options, () => new Response(body, { headers }));
  console.log(`https://127.0.0.1:${addr.port}`);
} else {
  const fields = { ...Object.fromEntries(headers), "content-length": body.length };
  const server = createServer({ cert: chain, key }, (_request, response) => {
    response.writeHead(200, fields);
    response.end(body);
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (typeof address === "object") console.log(`https://127.0.0.1:${address?.port}`);
  });
}
