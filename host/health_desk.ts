/** How everything is, for the owner's page: what can be seen here at each look, what only a look outside shows when it is asked for. @module */
import type { HealthDesk } from "../routes/app.ts";
import type { Finding } from "../views/findings.ts";
import type { ExaminationParts } from "./doctor/examination.ts";
import type { Reach } from "./doctor/reach.ts";

/** What a serving program knows of itself. */
export type HealthParts =
  & Omit<ExaminationParts, "origin" | "isServer">
  & Readonly<{ origin: () => string }>;

/** Makes the desk. What was seen outside is kept until the program ends. */
export function makeHealthDesk({ origin, ...parts }: HealthParts): HealthDesk {
  let seen:
    | Readonly<{ findings: readonly Finding[]; atMs: number; reach: Reach | undefined }>
    | undefined;
  let looking: Promise<void> | undefined;
  // Loaded when the owner first looks.
  const load = async () => await import("./doctor/examination.ts");
  const examined = () => ({ ...parts, origin: origin(), isServer: true });
  const look = async () => {
    const { examineOutside } = await load();
    const { findings, reach } = await examineOutside(examined());
    seen = { findings, reach, atMs: parts.now() };
  };
  return {
    lookHere: async () => await (await load()).examineHere(examined(), seen?.reach),
    // Whoever asks while it is being looked waits for the same look.
    lookOutside: () =>
      looking ??= look().finally(() => {
        looking = undefined;
      }),
    outside: () => seen,
  };
}
