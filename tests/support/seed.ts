/** Random numbers for tests that try many things: printed seed, repeatable walk. @module */

/** What a seeded test draws from. */
export type Seeded = Readonly<{
  /** To be printed: CAPSULE_TEST_SEED=… repeats the walk. */
  seed: number;
  /** From 0, below 1. */
  random: () => number;
}>;

/** Starts from the seed given in the environment, else from a new one (mulberry32). */
export function seededRandom(): Seeded {
  const given = Deno.env.get("CAPSULE_TEST_SEED");
  const seed = given === undefined
    ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
    : Number(given) >>> 0;
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, random };
}
