/** Following a capsule: its address is confirmed, or a mirror proves it; then it is a row that the worker pulls (docs/protocol.md §13). @module */
import { isBlocked } from "../storage/blocks.ts";
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { addDeliveries } from "../storage/deliveries.ts";
import { saveHolder } from "../storage/holders.ts";
import {
  findMirror,
  findMirrorByAddress,
  insertMirror,
  type Mirror,
  type MirrorState,
  updateMirror,
} from "../storage/mirrors.ts";
import { findPeers, listConfirmed, savePeer } from "../storage/peers.ts";
import { confirmAddress, saveSample, type WellKnown } from "./confirm.ts";
import { toStoredRecords } from "./identities.ts";
import { FollowProblem, readTarget, type Target } from "./follow_target.ts";
import type { Mesh } from "./mesh.ts";
import { type Identity, verifyIdentityChain } from "./protocol/identity.ts";
import { askHead, askIdentity } from "./pull_head.ts";
import { publishFollow, publishUnfollow } from "./publish_follow.ts";
import { toLogSource } from "./sources.ts";
import { verifySignature } from "./verify_signature.ts";

export { type FollowCode, FollowProblem } from "./follow_target.ts";

/** Whom to follow, and how. */
export type FollowWish = Readonly<{
  /** An address, the URL of a mirror (`https://b.example/~cap1…`), or a capsule id. */
  target: string;
  /** With an id: an address that has a copy, or is the capsule's own. */
  from?: string | undefined;
  /** True when nobody is to know. */
  isQuiet: boolean;
}>;

/** A capsule that is followed now. */
export type Followed = Readonly<{
  id: string;
  /** Where it is reached; null when it has no address. */
  address: string | null;
  /** As its well-known page says it, or as it is known here; "" where nobody said. */
  name: string;
  /** Entries that its head is over, as was shown just now. */
  size: number;
  /** Local number of its log. */
  log: number;
  state: MirrorState;
  /** False when it was followed before. */
  isNew: boolean;
}>;

/**
 * Follows a capsule: everything about it is verified first; the mirror's row, the follow entry (unless quiet) and the delivery
 * that tells it are one transaction. One that is followed already is answered with `isNew` false. Throws FollowProblem,
 * ConfirmProblem, AskProblem, ProtocolError, SourceProblem, PublishProblem.
 */
export async function followCapsule(mesh: Mesh, wish: FollowWish): Promise<Followed> {
  const own = requireOwn(mesh);
  const target = readTarget(wish);
  const known = findKnown(mesh, target);
  if (known !== undefined && (wish.isQuiet || !known.isQuiet)) return toFollowed(known);
  if ("id" in target) checkAllowed(mesh, own, target.id, target.from);
  const found = await findTarget(mesh, target);
  checkAllowed(mesh, own, found.identity.capsuleId, found.address ?? undefined);
  return store(mesh, own, found, wish.isQuiet);
}

/**
 * Follows no more: hidden at once, erased by the worker in small parts. Throws FollowProblem "not_followed", and PublishProblem.
 */
export function unfollowCapsule(mesh: Pick<Mesh, "db" | "now">, idOrAddress: string): Mirror {
  const { db, now } = mesh;
  const own = requireOwn(mesh);
  return db.transaction(() => {
    const mirror = findNamed(mesh, idOrAddress);
    if (mirror === undefined || mirror.state === "leaving") {
      throw new FollowProblem("not_followed", `You do not follow ${idOrAddress}.`);
    }
    const { log, id, isQuiet } = mirror;
    updateMirror(db, log, { state: "leaving", problem: null, nextPullAtMs: now() });
    if (!isQuiet) {
      const { index } = publishUnfollow({ db, now }, id);
      addDeliveries(db, "unfollow", own.log, [id], now(), index);
    }
    return { ...mirror, state: "leaving" };
  });
}

/** Finds what is followed by an id, an address, or the URL of a mirror. */
function findNamed({ db }: Pick<Mesh, "db">, word: string): Mirror | undefined {
  const target = readTarget({ target: word });
  return "id" in target ? findMirror(db, target.id) : findMirrorByAddress(db, target.address);
}

function requireOwn({ db }: Pick<Mesh, "db">): OwnCapsule {
  const own = findOwnCapsule(db);
  if (own !== undefined) return own;
  throw new FollowProblem(
    "no_capsule",
    "There is no capsule here yet: set it up first, then follow others.",
  );
}

/** One that is followed already; somebody may have another address now, so an address alone only counts when it is confirmed. */
function findKnown({ db }: Mesh, target: Target): Mirror | undefined {
  const mirror = "id" in target
    ? findMirror(db, target.id)
    : findMirrorByAddress(db, target.address);
  if (mirror?.state === "leaving") throw explainLeaving();
  return mirror;
}

function explainLeaving(): FollowProblem {
  return new FollowProblem(
    "leaving",
    "You unfollowed it just now, and the old copy is still being erased. Try again in a minute.",
  );
}

function checkAllowed(
  { db }: Mesh,
  own: OwnCapsule,
  id: string,
  address: string | undefined,
): void {
  if (id === own.id) {
    throw new FollowProblem("own_capsule", "This is your own capsule: there is nothing to follow.");
  }
  const isRefused = isBlocked(db, id) || (address !== undefined && isBlocked(db, address));
  if (isRefused) {
    throw new FollowProblem("blocked", "You have blocked this capsule. Unblock it first.");
  }
}

/** What was verified of a capsule that is to be followed. */
type Found = Readonly<{
  identity: Identity;
  notes: readonly string[];
  address: string | null;
  /** True when that address has answered with the id. */
  isConfirmed: boolean;
  name: string;
  size: number;
  /** The address that answered, whoever lives there. */
  hint: string;
  /** The capsule that gave its copy; undefined when the author's own address answered. */
  holder: string | undefined;
  followers: WellKnown["followers"];
}>;

async function findTarget(mesh: Mesh, target: Target): Promise<Found> {
  if ("address" in target) {
    return fromPage(await confirmAddress(mesh, target.address, { isOwnersAct: true }));
  }
  const { id, from = findAddress(mesh, id) } = target;
  if (from === undefined) {
    throw new FollowProblem(
      "from_needed",
      "No address of this capsule is known here. Say where a copy of it is, with --from.",
    );
  }
  const page = await confirmAddress(mesh, from, { isOwnersAct: true });
  return page.id === id ? fromPage(page) : await fromMirror(mesh, id, page);
}

/** Where a capsule of which only the id was given may be reached: confirmed addresses first. */
function findAddress({ db }: Mesh, id: string): string | undefined {
  return (listConfirmed(db, id)[0] ?? findPeers(db, id)[0])?.address;
}

function fromPage(page: WellKnown): Found {
  const { identity, notes, name, checkpoint, confirmedAddress, followers } = page;
  return {
    identity,
    notes,
    address: confirmedAddress,
    isConfirmed: true,
    name,
    // The checkpoint was verified: its second line is the size. Without one the head is the cut.
    size: Number(checkpoint?.split("\n")[1] ?? identity.newest.cutSize),
    hint: confirmedAddress,
    holder: undefined,
    followers,
  };
}

/** Somebody else's copy: chain and checkpoint prove themselves; the author's address is only a claim until it answers. */
async function fromMirror(mesh: Mesh, id: string, page: WellKnown): Promise<Found> {
  const source = toLogSource(mesh, id, { address: page.confirmedAddress }, undefined);
  const notes = await askIdentity(source);
  const identity = verifyIdentityChain(notes, verifySignature);
  if (identity.capsuleId !== id) {
    throw new FollowProblem("target_form", "The copy at this address is of another capsule.");
  }
  const { head } = await askHead(source, identity);
  return {
    identity,
    notes,
    address: identity.newest.address,
    isConfirmed: false,
    name: "",
    size: head?.size ?? identity.newest.cutSize,
    hint: page.confirmedAddress,
    holder: page.id,
    followers: [],
  };
}

function store(mesh: Mesh, own: OwnCapsule, found: Found, isQuiet: boolean): Followed {
  const { db, now } = mesh;
  const { identity, notes, address, isConfirmed, hint, holder, followers, name, size } = found;
  const id = identity.capsuleId;
  return db.transaction(() => {
    const known = findMirror(db, id);
    if (known?.state === "leaving") throw explainLeaving();
    if (known !== undefined && (isQuiet || !known.isQuiet)) return toFollowed(known);
    const records = toStoredRecords(identity, notes);
    const inForce = identity.newest.address;
    const row = { id, records, address: inForce, isQuiet, nowMs: now() };
    const log = known?.log ?? insertMirror(db, row);
    if (known !== undefined) updateMirror(db, log, { isQuiet: false });
    if (address !== null && !isConfirmed) savePeer(db, { id, address, nowMs: now() });
    if (holder !== undefined) saveHolder(db, log, holder, now());
    saveSample(db, id, followers, now());
    const others = [...(holder === undefined ? [] : [holder]), ...followers.map((one) => one.id)];
    if (!isQuiet) tell(mesh, own, { id, address: address ?? hint, others });
    const mirror = findMirror(db, id);
    const state = mirror?.state ?? "new";
    return { id, address, name, size, log, state, isNew: true };
  });
}

type Told = Readonly<{ id: string; address: string; others: readonly string[] }>;

/** The signed entry, and the deliveries that bring it: to the author, and to others with a copy, who then know of one more. */
function tell({ db, now }: Mesh, own: OwnCapsule, { id, address, others }: Told): void {
  const { index } = publishFollow({ db, now }, { id, address });
  const told = [id, ...others.filter((one) => one !== own.id)];
  addDeliveries(db, "follow", own.log, told, now(), index);
}

function toFollowed({ id, address, name, size, log, state }: Mirror): Followed {
  return { id, address, name, size, log, state, isNew: false };
}
