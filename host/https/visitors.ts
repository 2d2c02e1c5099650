/** Who is at the other end of our own loopback connections, and how much of the memory their answers may take. @module */
import { seenFrom } from "../forwarded.ts";
import { makeBusy, makeUnreadable } from "../../routes/last_answer.ts";
import type { Handler } from "../../routes/page_cache.ts";
import type { Streams, StreamWatch } from "./stream_watch.ts";

/** One visitor. */
export type Visitor = Readonly<{
  address: Deno.NetAddr;
  /** Undefined for HTTP/1.1, which has one answer at a time. */
  streams: StreamWatch | undefined;
  /** True for one who does not speak TLS where it is spoken. */
  isPlain: boolean;
}>;

/** By the port of our own connection. */
export type Visitors = Map<number, Visitor>;

/** Answers over HTTP/2 that nobody has read to their end, of all connections together. */
export const STREAMS_MAX = 512;
/** So many a connection may always have: whoever reads what they ask for is not hurt by those who do not. */
export const STREAMS_FAIR = 8;

/** The loopback port is for ourselves: other programs of this machine are not answered there. */
export function nameVisitors(
  { handler, plain = makeUnreadable }: Readonly<{ handler: Handler; plain?: Handler }>,
  visitors: Visitors,
  all: Streams,
): Handler {
  return (request, info) => {
    const inside = info?.remoteAddr;
    const port = inside !== undefined && "port" in inside ? inside.port : 0;
    const visitor = visitors.get(port);
    if (info === undefined || visitor === undefined) return makeUnreadable();
    const { address: remoteAddr, streams, isPlain } = visitor;
    if (isPlain) return plain(request, info);
    if (streams !== undefined && all.open > STREAMS_MAX && streams.open > STREAMS_FAIR) {
      return makeBusy();
    }
    return handler(request, seenFrom(info, remoteAddr));
  };
}
