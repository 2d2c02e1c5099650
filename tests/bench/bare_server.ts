/** The baseline of a page: a server that knows one answer. Arguments: a file with headers (JSON), a file with the body. */
const [headersFile = "", bodyFile = ""] = Deno.args;
const headers: [string, string][] = JSON.parse(Deno.readTextFileSync(headersFile));
const body = Deno.readFileSync(bodyFile);
Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, () => new Response(body, { headers }));
