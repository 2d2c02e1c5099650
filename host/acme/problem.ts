/** What goes wrong between us and an authority. @module */

/** Why: the authority's own word (RFC 8555 §6.7) without its prefix, or one of ours. */
export type AcmeCode =
  /** Nobody answers there, or no valid certificate: `message` says more. */
  | "unreachable"
  /** What was answered is not what RFC 8555 says. */
  | "broken"
  /** The authority did not get to an end in the time that it was given. */
  | "slow"
  /** This machine's clock and the authority's are far apart. */
  | "clock_wrong"
  /** We were told to stop. */
  | "stopped"
  // The authority's words; others than these are kept as they are.
  | "badNonce"
  | "accountDoesNotExist"
  | "alreadyReplaced"
  | "caa"
  | "connection"
  | "dns"
  | "externalAccountRequired"
  | "invalidProfile"
  | "malformed"
  | "rateLimited"
  | "rejectedIdentifier"
  | "serverInternal"
  | "tls"
  | "unauthorized"
  | "userActionRequired"
  | (string & Record<never, never>);

/** An authority refused, or cannot be asked. */
export class AcmeProblem extends Error {
  override readonly name = "AcmeProblem";
  readonly code: AcmeCode;
  /** Not before this moment (Unix ms) may it be tried again, when the authority said so. */
  readonly retryAtMs: number | undefined;

  constructor(
    code: AcmeCode,
    message: string,
    options: Readonly<{ retryAtMs?: number | undefined; cause?: unknown }> = {},
  ) {
    // Addresses and words of theirs may stand in any of our sentences.
    super(cleanText(message), { cause: options.cause });
    this.code = code;
    this.retryAtMs = options.retryAtMs;
  }
}

const PREFIX = "urn:ietf:params:acme:error:";
const DETAIL_CHARS_MAX = 500;
/** RFC 8555 §6.7 has words of letters; whatever else comes is none. */
const WORD = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** The problem that a problem document (RFC 9457) describes; of several below one, the first. */
export function readProblem(value: unknown, retryAtMs?: number): AcmeProblem {
  const found = isRecord(value) ? value : {};
  const [first] = Array.isArray(found.subproblems) ? found.subproblems : [];
  const told = isRecord(first) && typeof first.type === "string" ? first : found;
  const type = typeof told.type === "string" ? told.type : "";
  const word = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : "";
  const code = WORD.test(word) ? word : "broken";
  const detail = typeof told.detail === "string" ? told.detail : "no reason given";
  return new AcmeProblem(code, detail, { retryAtMs });
}

/** A stranger's words on one line, of a length that a log can take. */
function cleanText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim().slice(0, DETAIL_CHARS_MAX);
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
