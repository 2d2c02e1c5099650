/** Following and unfollowing as entries of the own log (docs/protocol.md §10.8). @module */
import { makeBase } from "./publish_fields.ts";
import { append, type Published, type Publisher, withCapsule } from "./publisher.ts";

/** Publishes that the owner follows a capsule. Throws PublishProblem; nothing was written then. */
export function publishFollow(
  publisher: Publisher,
  followed: Readonly<{
    /** Its capsule id. */
    id: string;
    /** Where it was reached: an origin. */
    address: string;
  }>,
): Published {
  return withCapsule(publisher, (capsule) => {
    const { id: follows, address } = followed;
    return first(append(publisher, capsule, [{
      kind: "follow",
      ...makeBase(capsule.id),
      follows,
      address,
    }]));
  });
}

/** Publishes that the owner follows a capsule no more. Throws PublishProblem; nothing was written then. */
export function publishUnfollow(publisher: Publisher, id: string): Published {
  return withCapsule(publisher, (capsule) =>
    first(append(publisher, capsule, [{
      kind: "unfollow",
      ...makeBase(capsule.id),
      follows: id,
    }])));
}

function first([published]: readonly Published[]): Published {
  if (published === undefined) throw new Error("Cannot append: one entry expected");
  return published;
}
