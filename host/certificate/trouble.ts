/** Why there is no certificate, in words that say what to do. @module */
import type { AcmeProblem } from "../acme/problem.ts";
import type { NameCheck } from "./name_check.ts";

/** One failure. */
export type Trouble = Readonly<{
  /** For programs. */
  code: string;
  /** For the owner: what it is, what to do. */
  sentence: string;
  /** The authority's own words, or "". */
  detail: string;
  /** True when trying again changes nothing before a setting does. */
  isFinal: boolean;
  /** Not before this moment, Unix ms, where the authority said so. */
  retryAtMs: number | undefined;
}>;

/** What trying again does not mend. */
const FINAL = [
  "caa",
  "rejectedIdentifier",
  "malformed",
  "externalAccountRequired",
  "userActionRequired",
  "invalidProfile",
];

const SENTENCES: Readonly<Record<string, (name: string) => string>> = {
  connection: (name) =>
    `The authority cannot reach http://${name}/. Open port 80 in the firewall, and where a router stands in front ` +
    "let it pass ports 80 and 443 on to this machine.",
  unauthorized: (name) =>
    `At http://${name}/ something else answers than this capsule. Let every A and AAAA record of the name lead to ` +
    "this machine (an old AAAA record is often the reason), and stop other web servers on port 80.",
  dns: (name) =>
    `The authority finds no address for ${name}. Give the name an A or AAAA record that leads to this machine; ` +
    "a new record may take an hour to be seen.",
  tls: (name) => `The authority cannot speak with this machine at ${name}. It is tried again.`,
  rateLimited: (name) =>
    `The authority gives no more certificates for ${name} for now. Nothing is to be done: it is tried again when it may be.`,
  caa: (name) =>
    `A CAA record of the domain forbids this authority to give a certificate for ${name}. Remove the record, or add ` +
    'one that allows it: `0 issue "letsencrypt.org"`.',
  rejectedIdentifier: (name) =>
    `The authority gives no certificates for the name ${name}. Use another name, or bring a certificate of your own ` +
    "with --certificate and --key.",
  malformed: (name) =>
    `The authority does not take the order for ${name}. Look whether the name in --address is spelt right; if it is, ` +
    "another authority (--acme-directory) may take it.",
  externalAccountRequired: () =>
    "This authority gives certificates only to accounts that it knows. Start with --acme-account ID and the key in " +
    "CAPSULE_ACME_KEY, as it gave them to you.",
  userActionRequired: () =>
    "The authority wants the owner of the account to do something first; its own words say what.",
  invalidProfile: () => "The authority does not offer the kind of certificate that was ordered.",
  "clock_wrong": () =>
    "The clock of this machine is wrong: certificates look expired, or not valid yet. Set it (on most systems " +
    "`timedatectl set-ntp true`); it is tried again.",
  unreachable: () =>
    "The authority cannot be asked. Look whether this machine can reach the internet over HTTPS, and whether its clock is right. " +
    "It is tried again.",
};

/** Which looks from here say the same as the authority, and more. */
const SEEN_AS: Readonly<Record<string, readonly string[]>> = {
  connection: ["silent", "private", "elsewhere"],
  unauthorized: ["elsewhere", "private"],
  dns: ["private"],
};

/** The trouble behind what was thrown; what a look at the name showed beforehand is told along. */
export function describeTrouble(error: AcmeProblem, name: string, check?: NameCheck): Trouble {
  const { code, message, retryAtMs } = error;
  const say = Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined;
  const said = say?.(name) ?? "The authority did not give the certificate. It is tried again.";
  // What was seen from here names the record that is wrong; a silence here may be only the router's.
  const isSame = check?.kind === "doubtful" && SEEN_AS[code]?.includes(check.code) === true;
  return {
    code,
    sentence: isSame ? check.sentence : said,
    detail: message,
    isFinal: FINAL.includes(code),
    retryAtMs,
  };
}
