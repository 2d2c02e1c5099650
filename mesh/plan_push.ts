/** Whom a new checkpoint is told, and who passes it on: pure (docs/protocol.md §13). @module */

/** Followers that are told of one new checkpoint. */
export const PUSHES_MAX = 16;
/** Others to whom each of them passes it on. */
export const TELL_MAX = 4;
/** How many pass it on to the same one: some of them swallow what they are told. */
const TELLERS = 2;

/** A follower, as far as planning cares. */
export type Candidate = Readonly<{
  /** Capsule id. */
  id: string;
  /** When it came, Unix milliseconds. */
  sinceMs: number;
  /** Its IPv4 /24 or IPv6 /48; "" when it is not known, and then it is like no other one. */
  network: string;
}>;

/** Who is told, and to whom that one passes it on. */
export type PlannedPush = Readonly<{ id: string; tell: readonly string[] }>;

/**
 * Plans the pushes of one new checkpoint: at most 16, one of a network, half of them the ones known longest, the others at
 * random. Those that are left over are passed on to by two of the told each, as far as four for each go. `random`: from 0,
 * below 1.
 */
export function planPush(followers: readonly Candidate[], random: () => number): PlannedPush[] {
  const oldest = followers.toSorted((a, b) => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1));
  const networks = new Set<string>();
  const told: Candidate[] = [];
  const take = (candidates: readonly Candidate[], upTo: number): Candidate[] => {
    const left: Candidate[] = [];
    for (const one of candidates) {
      if (told.length >= upTo || networks.has(one.network)) {
        left.push(one);
        continue;
      }
      if (one.network !== "") networks.add(one.network);
      told.push(one);
    }
    return left;
  };
  const others = shuffle(take(oldest, PUSHES_MAX / 2), random);
  const untold = take(others, PUSHES_MAX);
  return passOn(shuffle(told, random), untold);
}

/** Deals the untold out to the told, each to two different ones. */
function passOn(told: readonly Candidate[], untold: readonly Candidate[]): PlannedPush[] {
  const pushes = told.map(({ id }) => ({ id, tell: [] as string[] }));
  const tellers = Math.min(TELLERS, pushes.length);
  if (tellers === 0) return pushes;
  const most = Math.floor((pushes.length * TELL_MAX) / tellers);
  let next = 0;
  for (const { id } of untold.slice(0, most)) {
    for (let i = 0; i < tellers; i++) {
      pushes[next % pushes.length]?.tell.push(id);
      next += 1;
    }
  }
  return pushes;
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[other]] = [shuffled[other] as T, shuffled[i] as T];
  }
  return shuffled;
}
