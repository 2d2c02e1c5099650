/** Being told to stop. @module */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGTERM", "SIGINT", "SIGHUP"];
const EXIT_FORCED = 130;

/** Waits for the first signal to stop; a second one ends the program on the spot. */
export function waitForSignal(): Readonly<{ isGiven: Promise<void>; forget: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isAsked = false;
  const onSignal = () => {
    if (isAsked) Deno.exit(EXIT_FORCED);
    isAsked = true;
    resolve();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  return {
    isGiven: promise,
    forget() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
    },
  };
}
