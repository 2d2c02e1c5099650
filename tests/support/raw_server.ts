/** Servers that answer HTTP byte by byte, as no library would let them. @module */

/** Writes to one connection; false once the other side is gone. */
export type Write = (text: string | Uint8Array) => Promise<boolean>;

/** A server on loopback. */
export type RawServer = Readonly<
  {
    /** `http://127.0.0.1:<port>`, without a slash at its end. */
    origin: string;
    port: number;
    /** First line and headers of each request, in the order in which they came. */
    requests: string[];
    /** Connections that came, whatever they said. */
    connections: () => number;
  } & AsyncDisposable
>;

/** Starts one: `answer` gets what was asked and the writer, and the connection is closed when it ends. */
export function serveRaw(
  answer: (write: Write, request: string) => Promise<unknown>,
): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Set<Deno.TcpConn>();
  const running = new Set<Promise<void>>();
  let count = 0;

  async function serve(connection: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      const length = await connection.read(buffer) ?? 0;
      const request = new TextDecoder().decode(buffer.subarray(0, length));
      requests.push(request);
      await answer(async (text) => {
        const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
        try {
          for (let sent = 0; sent < bytes.length;) {
            sent += await connection.write(bytes.subarray(sent));
          }
          return true;
        } catch {
          return false;
        }
      }, request);
    } catch {
      // The other side went away, which is what many tests are about.
    } finally {
      open.delete(connection);
      close(connection);
    }
  }

  const accepting = (async () => {
    for await (const connection of listener) {
      count += 1;
      open.add(connection);
      const done = serve(connection).finally(() => running.delete(done));
      running.add(done);
    }
  })();

  const { port } = listener.addr;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => count,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const connection of open) close(connection);
      await Promise.all(running);
    },
  };
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

/** Waits. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
