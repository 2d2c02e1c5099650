/** The start rules of a capsule that has an address and knows nobody: one question, without the mesh's thread. @module */
import type { Mesh } from "../mesh/mesh.ts";
import { hasMeshWork } from "../storage/mesh_work.ts";
import { findSigning } from "../storage/signing.ts";

/** After a failure, such as a full disk: it may pass. */
const AGAIN_MS = 5_000;

/**
 * Asks until this database may sign, the signal fires, or there is more to do: then the mesh's thread asks. What it fails of is told
 * once, and it is tried again.
 */
export async function checkLoneStart(
  mesh: Mesh,
  signal: AbortSignal,
  { tell, againMs = AGAIN_MS }: Readonly<{ tell: (error: unknown) => void; againMs?: number }>,
): Promise<void> {
  if (findSigning(mesh.db)?.outcome === "allowed") return;
  // Loaded only where there is something to ask.
  const { runStart } = await import("../mesh/start_round.ts");
  let told = "";
  while (!signal.aborted && !hasMeshWork(mesh.db)) {
    let waitMs = againMs;
    try {
      waitMs = await runStart(mesh, signal);
    } catch (error) {
      if (told !== String(error)) tell(error);
      told = String(error);
    }
    if (findSigning(mesh.db)?.outcome === "allowed") return;
    await pause(waitMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
