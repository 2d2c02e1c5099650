/** A disk of a few megabytes, to be filled to its end: a tmpfs. @module */
import { makeFolder } from "./process.ts";

/** A mounted disk; leaving its scope takes it away, whatever happened. */
export type SmallDisk =
  & Disposable
  & Readonly<{
    path: string;
    /** Takes every byte that is left, but for so many. */
    fill: (leftBytes?: number) => void;
    /** Makes it larger. */
    resize: (bytes: number) => void;
    /** Gives back what `fill` took. */
    free: () => void;
    /** From here on nobody writes to it, not even root. */
    protect: () => void;
    unprotect: () => void;
  }>;

const BLOCK = 4_096;

/** Mounts one; undefined where this user may not. */
export function mountSmallDisk(bytes: number): SmallDisk | undefined {
  const folder = makeFolder();
  const { path } = folder;
  if (!run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "capsule-test", path])) {
    folder[Symbol.dispose]();
    return undefined;
  }
  // A test that is ended from outside leaves no mount behind either.
  const unmount = () => void run("umount", ["--lazy", path]);
  globalThis.addEventListener("unload", unmount);
  const filler = `${path}/filler`;
  return {
    path,
    fill(leftBytes = 0) {
      using file = Deno.openSync(filler, { create: true, write: true, append: true });
      const block = new Uint8Array(BLOCK);
      try {
        while (file.writeSync(block) > 0);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
      if (leftBytes > 0) file.truncateSync(Math.max(0, file.statSync().size - leftBytes));
    },
    resize: (bytes) => void run("mount", ["-o", `remount,size=${bytes}`, path]),
    free: () => Deno.removeSync(filler),
    protect: () => void run("mount", ["-o", "remount,ro", path]),
    unprotect: () => void run("mount", ["-o", "remount,rw", path]),
    [Symbol.dispose]() {
      globalThis.removeEventListener("unload", unmount);
      unmount();
      folder[Symbol.dispose]();
    },
  };
}

function run(program: string, args: readonly string[]): boolean {
  try {
    return new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
