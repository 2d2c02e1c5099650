/** How often the code of the set-up link may be guessed. @module */
import type { Context } from "hono";
import { findSetupCodeState, type SetupCodeState } from "../storage/setup.ts";
import type { Deps, Env } from "./app.ts";
import { attempt } from "./attempts.ts";

/** What a code is worth, or how long its network must wait before it may try another. */
export type CodeTry = SetupCodeState | Readonly<{ waitMs: number }>;

/** As this program makes codes, and as owners are told to. */
const RANDOM = /^[0-9a-f]{32,128}$/;

/**
 * Finds what a code is worth. 128 random bits cannot be guessed, so whoever has such a code is never held up by those who try others;
 * wrong codes of any other form, which an owner may have chosen, are counted as wrong passwords are.
 */
export async function tryCode(deps: Deps, c: Context<Env>, code: string): Promise<CodeTry> {
  const state = findSetupCodeState(deps.db, code, deps.now());
  if (RANDOM.test(code)) return state;
  const outcome = await attempt(deps, c, "code", () => state !== "wrong");
  return typeof outcome === "string" ? state : outcome;
}
