/** The start rules of a capsule that has an address and knows nobody: one question, without the mesh's thread. @module */
import type { Mesh } from "../mesh/mesh.ts";
import { hasMeshWork } from "../storage/mesh_work.ts";
import { findSigning } from "../storage/signing.ts";

/** Asks until this database may sign, the signal fires, or there is more to do: then the mesh's thread asks. */
export async function checkLoneStart(mesh: Mesh, signal: AbortSignal): Promise<void> {
  if (findSigning(mesh.db)?.outcome === "allowed") return;
  // Loaded only where there is something to ask.
  const { runStart } = await import("../mesh/start_round.ts");
  while (!signal.aborted && !hasMeshWork(mesh.db)) {
    const waitMs = await runStart(mesh, signal);
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
