/** Reading the page by which a capsule says who it is: docs/protocol.md §12.1. @module */
import { isAddress } from "./protocol/address.ts";
import { isCapsuleId } from "./protocol/capsule_id.ts";
import { ProtocolError } from "./protocol/errors.ts";
import * as field from "./protocol/field.ts";
import { type Identity, isClosed, verifyHead, verifyIdentityChain } from "./protocol/identity.ts";
import { decodeJsonObject, isJsonObject, type Json } from "./protocol/json.ts";
import {
  CONTENT_DEPTH_MAX,
  IDENTITY_RECORDS_MAX,
  NAME_BYTES_MAX,
  NOTE_BYTES_MAX,
  WELL_KNOWN_BYTES_MAX,
} from "./protocol/limits.ts";
import { decodeUtf8 } from "./protocol/text.ts";
import { verifySignature } from "./verify_signature.ts";

/** Followers that a page may name. */
export const SAMPLE_MAX = 8;

/** Another capsule and where it is said to be: a hint that was not confirmed. */
export type Neighbour = Readonly<{ id: string; address: string }>;

/** A well-known page whose identity chain and checkpoint were verified. */
export type WellKnownPage = Readonly<{
  id: string;
  /** "" when it says none that can be shown. */
  name: string;
  /** Where the capsule says it is reached; absent when it says nothing. */
  address?: string;
  identity: Identity;
  /** The chain as it travels. */
  notes: string[];
  /** The newest checkpoint; absent while the head is a cut that none covers. */
  checkpoint?: string;
  /** Random number of the program's start; "" when it says none. */
  start: string;
  /** At most eight, without the capsule itself. */
  followers: Neighbour[];
}>;

const START = /^[\x21-\x7e]{1,128}$/;

const readNotes = field.list(field.text(NOTE_BYTES_MAX), IDENTITY_RECORDS_MAX);
const readName = field.line(NAME_BYTES_MAX);
const readAddress = field.checked(isAddress);
const readStart = field.matching(START, 128);
const readNeighbour = field.object<Neighbour>({
  id: field.checked(isCapsuleId),
  address: readAddress,
});

/**
 * Decodes and verifies the page in the order of docs/protocol.md §13.2: size, form, identity chain, checkpoint. Undefined
 * for what is no such page at all; throws `ProtocolError` for one that breaks a rule. Names, addresses and followers that
 * are not well-formed are left out: they are hints.
 */
export function decodeWellKnown(bytes: Uint8Array): WellKnownPage | undefined {
  if (bytes.length > WELL_KNOWN_BYTES_MAX) return undefined;
  const page = decodePage(bytes);
  const notes = readNotes(page?.identity);
  if (page === undefined || notes === undefined || typeof page.id !== "string") return undefined;
  const checkpoint = page.checkpoint;
  if (checkpoint !== undefined && typeof checkpoint !== "string") return undefined;
  const identity = verifyIdentityChain(notes, verifySignature);
  const { capsuleId: id } = identity;
  if (page.id !== id) {
    throw new ProtocolError("identity_chain", "Cannot use the page: the chain is of another id");
  }
  // Under a closed identity every checkpoint is void, and one beside it says nothing.
  const isUsed = checkpoint !== undefined && !isClosed(identity);
  if (isUsed) verifyHead(identity, checkpoint, verifySignature);
  const address = readAddress(page.address);
  return {
    id,
    name: readName(page.name)?.trim() ?? "",
    ...(address === undefined ? {} : { address }),
    identity,
    notes,
    ...(isUsed ? { checkpoint } : {}),
    start: readStart(page.start) ?? "",
    followers: readSample(page.followers, id),
  };
}

function decodePage(bytes: Uint8Array) {
  try {
    return decodeJsonObject(decodeUtf8(bytes), CONTENT_DEPTH_MAX);
  } catch {
    // Not even UTF-8: another kind of page.
    return undefined;
  }
}

function readSample(value: Json | undefined, id: string): Neighbour[] {
  if (!Array.isArray(value)) return [];
  const known = new Set<string>([id]);
  const sample: Neighbour[] = [];
  for (const item of value.slice(0, SAMPLE_MAX) as Json[]) {
    const neighbour = isJsonObject(item) ? readNeighbour(item) : undefined;
    if (neighbour === undefined || known.has(neighbour.id)) continue;
    known.add(neighbour.id);
    sample.push(neighbour);
  }
  return sample;
}
