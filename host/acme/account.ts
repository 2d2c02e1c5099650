/** An account at an authority (RFC 8555 §7.3): a key, and the address that it is known by. @module */
import type { Connection } from "./connection.ts";
import { readUrl } from "./directory.ts";
import { bindAccount, type ExternalAccount } from "./jws.ts";
import type { SigningPair } from "./keys.ts";
import { AcmeProblem } from "./problem.ts";

/** An account that may order. */
export type Account = Readonly<{ key: SigningPair; url: string }>;

/**
 * Registers the key, or finds the account that it has already. The terms of the authority are agreed to: the owner did so by
 * giving an https address. Throws AcmeProblem.
 */
export async function openAccount(
  connection: Connection,
  key: SigningPair,
  external?: ExternalAccount,
): Promise<Account> {
  const { newAccount, needsExternalAccount } = connection.directory;
  if (needsExternalAccount && external === undefined) {
    throw new AcmeProblem(
      "externalAccountRequired",
      "The authority gives certificates only to accounts that it knows.",
    );
  }
  const binding = external === undefined
    ? {}
    : { externalAccountBinding: await bindAccount(key, newAccount, external) };
  const payload = { termsOfServiceAgreed: true, ...binding };
  const { location } = await connection.post(newAccount, { key, account: undefined }, payload);
  return { key, url: readUrl(location, "the account") };
}
