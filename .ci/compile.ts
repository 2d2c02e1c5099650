/**
 * Builds the one program: `deno task compile [FILE]`, ./capsule if nothing is said. It may use the network, its own folder and a few
 * names of the environment; it cannot run programs or load native code, because what it may do is part of it.
 * @module
 */
import { compileStaged, stageProgram } from "./program.ts";

const output = Deno.args[0] ?? "./capsule";
const folder = await Deno.makeTempDir();
const { hash } = stageProgram(folder);
const { isMade, said } = await compileStaged(folder, output);
await Deno.remove(folder, { recursive: true });
if (!isMade) {
  console.error(said);
  Deno.exit(1);
}
console.log(`${output}: embedded files ${hash}`);
