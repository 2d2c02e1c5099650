/** HTTP/2 by the frame, for what no library would send. @module */
import { Buffer } from "node:buffer";

/** Kinds of frames (RFC 9113 §6). */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9,
} as const;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
export const END_STREAM = 1;
export const END_HEADERS = 4;

/** One frame as it came. */
export type Frame = Readonly<{ kind: number; flags: number; stream: number; body: Uint8Array }>;

/** A connection after the preface and empty settings. */
export type RawHttp2 = Readonly<
  {
    /** False once the other side is gone. */
    send: (...frames: readonly Uint8Array[]) => Promise<boolean>;
    /** Frames in the order in which they come; undefined at the end. */
    next: () => Promise<Frame | undefined>;
    /** Resolves when the other side has closed, with the frames that came before. */
    end: () => Promise<Frame[]>;
  } & Disposable
>;

/** One frame. */
export function makeFrame(
  kind: number,
  flags: number,
  stream: number,
  body: Uint8Array = new Uint8Array(),
): Uint8Array {
  const frame = new Uint8Array(9 + body.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, body.length << 8);
  frame[3] = kind;
  frame[4] = flags;
  view.setUint32(5, stream);
  frame.set(body, 9);
  return frame;
}

/** A GET of a path, without compression (RFC 7541 §6.2.2), and more headers after it. */
export function encodeGet(
  path: string,
  more: readonly (readonly [string, string])[] = [],
): Uint8Array {
  const fields = [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", path],
    [":authority", "localhost"],
    ...more,
  ];
  return Uint8Array.from(fields.flatMap(([name = "", value = ""]) => [
    0,
    ...encodeText(name),
    ...encodeText(value),
  ]));
}

function encodeText(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  if (bytes.length < 127) return [bytes.length, ...bytes];
  let rest = bytes.length - 127;
  const length = [127];
  while (rest >= 128) {
    length.push(128 + rest % 128);
    rest = Math.floor(rest / 128);
  }
  return [...length, rest, ...bytes];
}

/** Opens one over TLS on this machine. */
export async function openHttp2(port: number, caCerts: readonly string[]): Promise<RawHttp2> {
  const connection = await Deno.connectTls({
    ...{ hostname: "localhost", port, caCerts: [...caCerts], alpnProtocols: ["h2"] },
  });
  let kept = Buffer.alloc(0);
  const chunk = new Uint8Array(64 * 1024);
  const send: RawHttp2["send"] = async (...frames) => {
    const bytes = Buffer.concat(frames);
    try {
      for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
      return true;
    } catch {
      return false;
    }
  };
  const next = async (): Promise<Frame | undefined> => {
    while (true) {
      if (kept.length >= 9) {
        const length = kept.readUInt32BE(0) >>> 8;
        if (kept.length >= 9 + length) {
          const frame = {
            kind: kept[3] ?? 0,
            flags: kept[4] ?? 0,
            stream: kept.readUInt32BE(5),
            body: new Uint8Array(kept.subarray(9, 9 + length)),
          };
          kept = kept.subarray(9 + length);
          return frame;
        }
      }
      let read: number | null;
      try {
        read = await connection.read(chunk);
      } catch {
        return undefined;
      }
      if (read === null) return undefined;
      kept = Buffer.concat([kept, chunk.subarray(0, read)]);
    }
  };
  await connection.handshake();
  await send(new TextEncoder().encode(PREFACE), makeFrame(FRAME.settings, 0, 0));
  return {
    send,
    next,
    async end() {
      const frames: Frame[] = [];
      for (let frame = await next(); frame !== undefined; frame = await next()) frames.push(frame);
      return frames;
    },
    [Symbol.dispose]() {
      try {
        connection.close();
      } catch {
        // The other side has ended it.
      }
    },
  };
}
