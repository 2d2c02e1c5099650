/** Compiles probe.ts among the files of the program, with its flags: FOLDER for the files, OUTPUT, and their manifest beside it. @module */
import { compileStaged, stageProgram } from "../../.ci/program.ts";

const [folder = "", output = ""] = Deno.args;
const { manifest } = stageProgram(folder);
Deno.writeTextFileSync(`${output}.manifest`, manifest);
Deno.copyFileSync(new URL("probe.ts", import.meta.url), `${folder}/probe.ts`);
const { isMade, said } = await compileStaged(folder, output, { entry: "probe.ts" });
if (!isMade) throw new Error(said);
