/** Before a new address is published: does it lead to this capsule? @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import { confirmAddress, ConfirmProblem } from "./confirm.ts";
import { AskProblem } from "./fetch.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";

/**
 * Asks a new address of the own capsule for its well-known page. Answers why it cannot be told that this capsule is reached
 * there: a code of `AskProblem`, `ConfirmProblem` or `ProtocolError`, `redirect_refused` when it sends elsewhere; undefined when
 * it answers with our id.
 */
export async function findAddressProblem(
  mesh: Mesh,
  address: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const id = findOwnCapsule(mesh.db)?.id;
  if (id === undefined) throw new Error("Cannot check an address: there is no capsule here");
  try {
    const { confirmedAddress } = await confirmAddress(mesh, address, {
      id,
      isOwnersAct: true,
      ...(signal === undefined ? {} : { signal }),
    });
    return confirmedAddress === address ? undefined : "redirect_refused";
  } catch (error) {
    const isForeign = error instanceof AskProblem || error instanceof ConfirmProblem ||
      error instanceof ProtocolError;
    if (!isForeign) throw error;
    return error.code;
  }
}
