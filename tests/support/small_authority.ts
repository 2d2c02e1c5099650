/** An authority of certificates for what the real ones do seldom: limits, hints of renewal, profiles, broken answers. @module */
import {
  encodeBits,
  encodeElement,
  encodeInteger,
  encodeObject,
  encodeOctets,
  encodeSequence,
  encodeSet,
  encodeText,
  encodeTime,
  joinBytes,
  readElement,
  readElements,
} from "../../host/acme/der.ts";
import { makeKey, signDer, type SigningPair } from "../../host/acme/keys.ts";
import { encodePem } from "../../host/acme/pem.ts";
import { encodeAlgorithm, encodeNames } from "../../host/acme/request.ts";
import { makeSelfSigned } from "../../host/acme/self_signed.ts";

/** What the authority does, changed by the test while it runs. */
export type Ways = {
  /** Days that a certificate is valid. */
  days: number;
  /** Refuses the next orders with this word and, perhaps, Retry-After. */
  refusal: Readonly<{ code: string; retryAfter?: string }> | undefined;
  /** What renewal information answers; undefined answers 404. */
  renewal: Readonly<{ start: string; end: string; retryAfter?: string }> | undefined;
  profiles: Readonly<Record<string, string>> | undefined;
  /** Gives certificates for this name in the place of the one that was ordered. */
  otherName: string | undefined;
  /** Gives certificates for this key, DER, in the place of that of the request. */
  otherKey: Uint8Array | undefined;
  /** Sends whoever orders to this origin. */
  elsewhere: string | undefined;
  /** The status of orders that never come to an end. */
  stuckAt: string | undefined;
  /** Answers everything with these words in the place of its own. */
  nonsense: string | undefined;
  /** Its clock, Unix ms. */
  now: () => number;
};

/** A running authority; it believes every answer to a challenge. */
export type SmallAuthority = Readonly<
  {
    directory: string;
    caCerts: readonly string[];
    ways: Ways;
    /** What was ordered, and which renewals were asked for. */
    orders: Record<string, unknown>[];
    renewalsAsked: string[];
  } & AsyncDisposable
>;

const USUAL: Ways = {
  days: 90,
  refusal: undefined,
  renewal: undefined,
  profiles: undefined,
  otherName: undefined,
  otherKey: undefined,
  elsewhere: undefined,
  stuckAt: undefined,
  nonsense: undefined,
  now: Date.now,
};
const PREFIX = "urn:ietf:params:acme:error:";

/** Starts it on a free port. */
export async function startSmallAuthority(): Promise<SmallAuthority> {
  const { chain: cert, key } = await makeSelfSigned(["localhost"], Date.now());
  const issuer = await makeKey();
  const ways: Ways = { ...USUAL };
  const orders: Record<string, unknown>[] = [];
  const renewalsAsked: string[] = [];
  const chains: string[] = [];
  let origin = "";

  async function answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const [, what = "", which = ""] = path.split("/");
    if (ways.nonsense !== undefined) return new Response(ways.nonsense);
    if (what === "dir") return Response.json(makeDirectory(origin, ways));
    if (what === "nonce") return new Response(null);
    if (what === "renewal") {
      renewalsAsked.push(which);
      return hintRenewal(ways);
    }
    if (what === "account") {
      return Response.json({ status: "valid" }, { headers: { location: `${origin}/account/1` } });
    }
    const payload = await readPayload(request);
    if (what === "new-order") {
      if (ways.refusal !== undefined) return refuse(ways.refusal);
      orders.push(payload);
      chains.push("");
      const location = `${origin}/order/${orders.length - 1}`;
      return Response.json(describe("ready"), { headers: { location } });
    }
    const n = Number(which);
    if (what === "order") return Response.json(describe(chains[n] === "" ? "ready" : "valid", n));
    if (what === "finalize") {
      chains[n] = await issue(issuer, String(payload.csr), orders[n] ?? {}, ways);
      return Response.json(describe("valid", n));
    }
    return new Response(chains[n]);
  }

  function describe(status: string, n = orders.length - 1): Record<string, unknown> {
    return {
      status: ways.stuckAt ?? status,
      authorizations: [],
      finalize: `${origin}/finalize/${n}`,
      ...(status === "valid" ? { certificate: `${origin}/certificate/${n}` } : {}),
    };
  }

  const options = { port: 0, hostname: "127.0.0.1", cert, key, onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    const response = await answer(request);
    response.headers.set("date", new Date(ways.now()).toUTCString());
    response.headers.set("replay-nonce", crypto.randomUUID());
    return response;
  });
  origin = `https://localhost:${server.addr.port}`;
  return {
    directory: `${origin}/dir`,
    caCerts: [cert],
    ways,
    orders,
    renewalsAsked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function makeDirectory(
  origin: string,
  { profiles, elsewhere = origin }: Ways,
): Record<string, unknown> {
  return {
    newNonce: `${origin}/nonce`,
    newAccount: `${origin}/account`,
    newOrder: `${elsewhere}/new-order`,
    renewalInfo: `${origin}/renewal`,
    meta: profiles === undefined ? {} : { profiles },
  };
}

function hintRenewal({ renewal }: Ways): Response {
  if (renewal === undefined) return refuse({ code: "malformed" });
  const { start, end, retryAfter } = renewal;
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return Response.json({ suggestedWindow: { start, end } }, { headers });
}

function refuse({ code, retryAfter }: NonNullable<Ways["refusal"]>): Response {
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return Response.json({ type: `${PREFIX}${code}`, detail: `The word is ${code}.` }, {
    status: 429,
    headers,
  });
}

async function readPayload(request: Request): Promise<Record<string, unknown>> {
  const { payload } = await request.json();
  return payload === "" ? {} : JSON.parse(new TextDecoder().decode(fromBase64Url(payload)));
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

/** A certificate for the names of the order and the key of the request. */
async function issue(
  issuer: SigningPair,
  csr: string,
  order: Record<string, unknown>,
  { days, now, otherName, otherKey }: Ways,
): Promise<string> {
  const [info] = readElements(readElement(fromBase64Url(csr)).body);
  const spki = readElements(info?.body ?? new Uint8Array()).at(2);
  const names = (order.identifiers as { value: string }[]).map(({ value }) => otherName ?? value);
  const keyId = encodeSequence(encodeElement(0x80, Uint8Array.of(1, 2, 3, 4)));
  const authorityKey = encodeSequence(encodeObject("2.5.29.35"), encodeOctets(keyId));
  const name = encodeSequence(
    encodeSet(encodeSequence(encodeObject("2.5.4.3"), encodeText("Small authority"))),
  );
  const nowMs = now();
  const body = encodeSequence(
    encodeElement(0xa0, encodeInteger(Uint8Array.of(2))),
    encodeInteger(crypto.getRandomValues(new Uint8Array(16))),
    encodeAlgorithm(),
    name,
    encodeSequence(encodeTime(nowMs - 60_000), encodeTime(nowMs - 60_000 + days * 86_400_000)),
    encodeSequence(),
    otherKey ?? encodeElement(0x30, spki?.body ?? new Uint8Array()),
    encodeElement(0xa3, encodeSequence(encodeNames(names), authorityKey)),
  );
  const signature = encodeBits(await signDer(issuer, joinBytes([body])));
  return encodePem("CERTIFICATE", encodeSequence(body, encodeAlgorithm(), signature));
}
