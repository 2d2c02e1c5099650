/** What an authority answers while an order goes on (RFC 8555 §7.1.3, §7.1.4, §8). @module */
import { readUrl } from "./directory.ts";
import { AcmeProblem, isRecord, readProblem } from "./problem.ts";

/** An order. */
export type Order = Readonly<{
  status: string;
  authorizations: readonly string[];
  finalize: string;
  /** Where the chain is, once there is one. */
  certificate: unknown;
  /** Why it is invalid. */
  problem: AcmeProblem;
}>;

/** Leave for one name. */
export type Authorization = Readonly<{
  status: string;
  /** The challenge over HTTP, where one is offered. */
  challenge: Readonly<{ url: string; token: string }> | undefined;
  problem: AcmeProblem;
}>;

const TOKEN = /^[A-Za-z0-9_-]{1,256}$/;
const AUTHORIZATIONS_MAX = 10;

/** Reads an order; throws AcmeProblem "broken". */
export function readOrder(value: unknown): Order {
  const found = isRecord(value) ? value : {};
  const { status, authorizations, certificate, error } = found;
  if (typeof status !== "string" || !Array.isArray(authorizations)) {
    throw new AcmeProblem("broken", "The authority's answer is no order.");
  }
  return {
    status,
    authorizations: authorizations.slice(0, AUTHORIZATIONS_MAX)
      .map((url) => readUrl(url, "an authorization")),
    finalize: readUrl(found.finalize, "finalize"),
    certificate,
    problem: readProblem(error),
  };
}

/** Reads an authorization; throws AcmeProblem "broken". */
export function readAuthorization(value: unknown): Authorization {
  const found = isRecord(value) ? value : {};
  const { status, challenges } = found;
  if (typeof status !== "string" || !Array.isArray(challenges)) {
    throw new AcmeProblem("broken", "The authority's answer is no authorization.");
  }
  const offered = challenges.filter(isRecord);
  const http = offered.find(({ type }) => type === "http-01");
  const failed = offered.find(({ error }) => error !== undefined);
  return { status, challenge: readChallenge(http), problem: readProblem(failed?.error) };
}

/** The token becomes a path: one with other characters than RFC 8555 §8.3 has is nobody's. */
function readChallenge(http: Record<string, unknown> | undefined): Authorization["challenge"] {
  if (http === undefined) return undefined;
  const { token, url } = http;
  if (typeof token !== "string" || !TOKEN.test(token)) {
    throw new AcmeProblem("broken", "The authority's challenge has no token.");
  }
  return { url: readUrl(url, "a challenge"), token };
}
