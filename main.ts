/** Reads the command line once and hands over. @module */
import { runCommandLine } from "./host/command_line.ts";

Deno.exit(await runCommandLine(Deno.args));
