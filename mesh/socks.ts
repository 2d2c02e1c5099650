/** The few words of SOCKS5 (RFC 1928, 1929) that our own HTTP client says to the guard. @module */
import type { GuardCode } from "./guard.ts";

/** Where a client wants to go. */
export type Destination = Readonly<{
  /** A name, or an IP address without brackets. */
  host: string;
  isName: boolean;
  port: number;
}>;

const VERSION = 5;
const BY_PASSWORD = 2;
const NO_METHOD = 0xff;
const CONNECT = 1;
const REPLIES: Readonly<Record<GuardCode | "connected", number>> = {
  connected: 0,
  "address_refused": 2,
  "name_unknown": 4,
  "not_reached": 5,
};

/** Reads greeting, password and request; undefined for whoever does not know the password or says anything else. */
export async function readDestination(
  connection: Deno.TcpConn,
  secret: Readonly<{ username: string; password: string }>,
): Promise<Destination | undefined> {
  const read = makeReader(connection);
  const [version, methods = 0] = await read(2);
  if (version !== VERSION) return undefined;
  const offered = await read(methods);
  if (!offered.includes(BY_PASSWORD)) {
    await writeAll(connection, [VERSION, NO_METHOD]);
    return undefined;
  }
  await writeAll(connection, [VERSION, BY_PASSWORD]);
  const [, nameLength = 0] = await read(2);
  const username = decode(await read(nameLength));
  const [passwordLength = 0] = await read(1);
  const password = decode(await read(passwordLength));
  // Random words of 192 bits, a new pair at each start: there is nothing to learn from how long comparing takes.
  if (username !== secret.username || password !== secret.password) {
    await writeAll(connection, [1, 1]);
    return undefined;
  }
  await writeAll(connection, [1, 0]);
  const [, command, , type] = await read(4);
  if (command !== CONNECT) return undefined;
  const found = await readHost(read, type);
  if (found === undefined) return undefined;
  const [high = 0, low = 0] = await read(2);
  return { ...found, port: (high << 8) | low };
}

/** Tells the client how it went. */
export async function answerSocks(
  connection: Deno.TcpConn,
  outcome: GuardCode | "connected",
): Promise<void> {
  await writeAll(connection, [VERSION, REPLIES[outcome], 0, 1, 0, 0, 0, 0, 0, 0]);
}

type Read = (length: number) => Promise<Uint8Array>;

async function readHost(
  read: Read,
  type: number | undefined,
): Promise<Pick<Destination, "host" | "isName"> | undefined> {
  if (type === 1) return { host: (await read(4)).join("."), isName: false };
  if (type === 4) {
    const bytes = await read(16);
    const groups = Array.from(
      { length: 8 },
      (_, n) => (((bytes[2 * n] ?? 0) << 8) | (bytes[2 * n + 1] ?? 0)).toString(16),
    );
    return { host: groups.join(":"), isName: false };
  }
  if (type !== 3) return undefined;
  const [length = 0] = await read(1);
  return { host: decode(await read(length)), isName: true };
}

/** Exactly so many bytes, in a buffer of their own; throws when the connection ends before. */
function makeReader(connection: Deno.TcpConn): Read {
  return async (length) => {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = await connection.read(bytes.subarray(filled));
      if (count === null) throw new Deno.errors.UnexpectedEof("The client went away");
      filled += count;
    }
    return bytes;
  };
}

async function writeAll(connection: Deno.TcpConn, values: readonly number[]): Promise<void> {
  const bytes = Uint8Array.from(values);
  let sent = 0;
  while (sent < bytes.length) sent += await connection.write(bytes.subarray(sent));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
