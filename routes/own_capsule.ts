/** The owner's capsule, for routes that only the owner reaches. @module */
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import type { Deps } from "./app.ts";

/** The owner's capsule; whoever is signed in has one. */
export function requireCapsule({ db }: Pick<Deps, "db">): OwnCapsule {
  const capsule = findOwnCapsule(db);
  if (capsule === undefined) throw new Error("Cannot find the own capsule: expected one");
  return capsule;
}
