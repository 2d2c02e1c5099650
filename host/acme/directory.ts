/** What an authority offers, and where (RFC 8555 §7.1.1). @module */
import { AcmeProblem, isRecord } from "./problem.ts";

/** Let's Encrypt, for certificates that every browser trusts. */
export const PRODUCTION_DIRECTORY = "https://acme-v02.api.letsencrypt.org/directory";
/** The same for trying: its certificates are trusted by nobody, its limits are wide. */
export const STAGING_DIRECTORY = "https://acme-staging-v02.api.letsencrypt.org/directory";

/** The addresses of an authority. */
export type Directory = Readonly<{
  newNonce: string;
  newAccount: string;
  newOrder: string;
  /** When to renew (RFC 9773); absent where the authority does not say. */
  renewalInfo: string | undefined;
  /** Names of the kinds of certificate that it offers. */
  profiles: readonly string[];
  /** Only for accounts that it knows from elsewhere. */
  needsExternalAccount: boolean;
}>;

/** Reads a directory; throws AcmeProblem "broken". */
export function readDirectory(value: unknown): Directory {
  const found = isRecord(value) ? value : {};
  const meta = isRecord(found.meta) ? found.meta : {};
  const { renewalInfo } = found;
  return {
    newNonce: readUrl(found.newNonce, "newNonce"),
    newAccount: readUrl(found.newAccount, "newAccount"),
    newOrder: readUrl(found.newOrder, "newOrder"),
    renewalInfo: renewalInfo === undefined ? undefined : readUrl(renewalInfo, "renewalInfo"),
    profiles: isRecord(meta.profiles) ? Object.keys(meta.profiles) : [],
    needsExternalAccount: meta.externalAccountRequired === true,
  };
}

/** An https address out of an authority's answer; throws AcmeProblem "broken" for anything else. */
export function readUrl(value: unknown, name: string): string {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url?.protocol === "https:") return url.href;
  throw new AcmeProblem("broken", `The authority's answer has no address for ${name}.`);
}
