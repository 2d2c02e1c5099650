/** What a person types to name a capsule, and why it cannot be followed. @module */
import { isAddress } from "./protocol/address.ts";
import { isCapsuleId } from "./protocol/capsule_id.ts";

/** Why somebody cannot be followed or unfollowed. */
export type FollowCode =
  /** No address, mirror URL or id. */
  | "target_form"
  /** An id alone, of which no address is known here. */
  | "from_needed"
  /** The owner's own capsule. */
  | "own_capsule"
  /** The capsule or its host is blocked. */
  | "blocked"
  /** It was unfollowed just now, and its copy is still being erased. */
  | "leaving"
  /** It is not followed. */
  | "not_followed"
  /** This database has no capsule yet. */
  | "no_capsule";

/** Following is not possible; the message is for the owner. */
export class FollowProblem extends Error {
  /** The class's own name, as in every error. */
  override readonly name = "FollowProblem";

  /** The code is for programs, the message for the owner. */
  constructor(readonly code: FollowCode, message: string) {
    super(message);
  }
}

/** Whom a person means: who lives at an address, or the capsule with an id. */
export type Target =
  | Readonly<{ address: string }>
  | Readonly<{ id: string; from: string | undefined }>;

/**
 * Reads what a person typed: `https://` may be left out, a path behind an address is not looked at, the URL of a mirror names the
 * capsule and where a copy is. Throws FollowProblem "target_form".
 */
export function readTarget(
  { target, from }: Readonly<{ target: string; from?: string | undefined }>,
): Target {
  const text = target.trim();
  const fromOrigin = from === undefined ? undefined : readOrigin(from);
  if (isCapsuleId(text)) return { id: text, from: fromOrigin };
  const url = parseUrl(text);
  const id = /^\/~(cap1[0-9a-z]+)(?:\/|$)/.exec(url?.pathname ?? "")?.[1];
  if (url !== undefined && id !== undefined && isCapsuleId(id)) {
    return { id, from: fromOrigin ?? readOrigin(text) };
  }
  return { address: readOrigin(text) };
}

function readOrigin(text: string): string {
  const url = parseUrl(text.trim());
  if (url !== undefined && isAddress(url.origin) && url.username === "" && url.password === "") {
    return url.origin;
  }
  throw new FollowProblem(
    "target_form",
    `Expected an address such as https://capsule.example.org, or the address of a copy of it, found “${
      text.slice(0, 200)
    }”.`,
  );
}

function parseUrl(text: string): URL | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "" ? url : undefined;
}
