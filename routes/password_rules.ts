/** What a new password must be, said in words. @module */
import { PASSWORD_CHARACTERS_MAX } from "../storage/passwords.ts";
import type { Problems } from "../views/studio_fields.ts";

const CHARACTERS_MIN = 10;
const DIFFERENT_MIN = 5;

/** One sentence for each field of a new password that was not right. */
export function checkNewPassword(password: string, again: string): Problems {
  const characters = Array.from(password);
  if (characters.length < CHARACTERS_MIN) {
    const found = characters.length === 0 ? "is empty" : `has ${characters.length}`;
    return {
      password: `A password needs at least ${CHARACTERS_MIN} characters, and this one ${found}.`,
    };
  }
  if (password.length > PASSWORD_CHARACTERS_MAX) {
    return { password: `A password has at most ${PASSWORD_CHARACTERS_MAX} characters.` };
  }
  if (new Set(characters).size < DIFFERENT_MIN) {
    return { password: "This password repeats a few characters, which is easy to guess." };
  }
  if (password !== again) return { again: "The two passwords are not the same." };
  return {};
}
