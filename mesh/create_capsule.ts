/** Creating a capsule: identity, signing key, first checkpoint, first entry (docs/protocol.md §5). @module */
import { findOwnCapsule, insertCapsule } from "../storage/capsules.ts";
import { insertCheckpoint } from "../storage/checkpoints.ts";
import { insertIdentityRecord } from "../storage/identity_records.ts";
import { derivePublicKey, saveSigningKey } from "../storage/keys.ts";
import { encodeCapsuleId } from "./protocol/capsule_id.ts";
import { signCheckpoint } from "./protocol/checkpoint.ts";
import { formatTime } from "./protocol/entry.ts";
import {
  encodeIdentityRecord,
  hashIdentityRecord,
  type IdentityRecord,
  signIdentityRecord,
} from "./protocol/identity.ts";
import { deriveRecoverySeed, encodePhrase } from "./protocol/phrase.ts";
import { EMPTY_ROOT } from "./protocol/tree.ts";
import {
  checkLanguage,
  checkName,
  checkOrigin,
  makeBase,
  makeClean,
  makeLine,
} from "./publish_fields.ts";
import { PublishProblem } from "./publish_problem.ts";
import { append, type Publisher } from "./publisher.ts";
import { allowSigning } from "./signing.ts";
import { makeSign } from "./verify_signature.ts";

/** A capsule to create. */
export type CapsuleFields = Readonly<{
  /** The author's name, not empty. */
  name: string;
  /** One line about the author. */
  line?: string | undefined;
  /** Markdown. */
  about?: string | undefined;
  /** BCP 47 tag; "en" when absent. */
  language?: string | undefined;
  /** The origin where it is reached, or null. */
  address: string | null;
  /** 16 random bytes of the recovery phrase; made here when absent. */
  entropy?: Uint8Array | undefined;
}>;

/** A new capsule. The phrase is shown once and stored nowhere. */
export type CreatedCapsule = Readonly<{
  /** Capsule id. */
  id: string;
  /** The recovery phrase, 12 words. */
  phrase: string;
}>;

/**
 * Creates the own capsule in one transaction; its first entry is the profile. Throws PublishProblem "already_created",
 * "name_missing", "address_form" or "language_form".
 */
export function createCapsule(publisher: Publisher, fields: CapsuleFields): CreatedCapsule {
  const { db, now } = publisher;
  const name = checkName(fields.name);
  const language = checkLanguage(fields.language ?? "en");
  if (fields.address !== null) checkOrigin(fields.address);
  const entropy = fields.entropy ?? crypto.getRandomValues(new Uint8Array(16));
  const recoverySeed = deriveRecoverySeed(entropy);
  const id = encodeCapsuleId(derivePublicKey(recoverySeed));
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const publicKey = derivePublicKey(seed);
  const nowMs = now();
  const record: IdentityRecord = {
    capsuleId: id,
    n: 0,
    previousHash: null,
    signingKey: publicKey,
    address: fields.address,
    cutSize: 0,
    cutRoot: EMPTY_ROOT,
    time: formatTime(nowMs),
  };
  const recordNote = signIdentityRecord(record, makeSign(recoverySeed));
  const recordHash = hashIdentityRecord(encodeIdentityRecord(record));
  const head = { capsuleId: id, size: 0, root: EMPTY_ROOT };
  const note = signCheckpoint(head, publicKey, makeSign(seed));
  db.transaction(() => {
    if (findOwnCapsule(db) !== undefined) {
      throw new PublishProblem("already_created", "This database has a capsule already.");
    }
    const log = insertCapsule(db, { id, isOwn: true, address: fields.address, createdAtMs: nowMs });
    saveSigningKey(db, log, { seed, publicKey });
    insertIdentityRecord(db, log, { n: 0, hash: recordHash, note: recordNote });
    insertCheckpoint(db, log, { size: 0, root: EMPTY_ROOT, note });
    const profile = {
      kind: "profile",
      ...makeBase(id),
      name,
      line: makeLine(fields.line ?? ""),
      about: makeClean(fields.about ?? ""),
      language,
      links: [],
    } as const;
    append(publisher, { log, id }, [profile]);
  });
  // Nobody else can have signed with a key that was made here.
  allowSigning(db);
  return { id, phrase: encodePhrase(entropy) };
}
