/**
 * The scripts that `capsule install` prints, for `| sudo sh`: a few values and then install.sh or uninstall.sh, POSIX shell. Cut off
 * on its way such a script does nothing: its last line is what begins.
 * @module
 */
import type { Choices } from "./choices.ts";
import INSTALL from "./install.sh" with { type: "text" };
import UNINSTALL from "./uninstall.sh" with { type: "text" };
import { writeUnit } from "./unit.ts";

/** Which program is installed. */
export type Program = Readonly<{
  /** Where it is now, absolute. */
  path: string;
  version: string;
  /** What `version` says of its embedded files. */
  hash: string;
}>;

/** Installs, or brings what is installed to this program and these choices. */
export function writeInstallScript(choices: Choices, { path, version, hash }: Program): string {
  const { service, folder, flags } = choices;
  const keep = flags.length === 0 ? "yes" : "no";
  return `#!/bin/sh
# Installs Capsule ${version} in ${folder} as the service ${service}, or upgrades it there; for root.
# What is stored is never touched. Running it again is safe.
set -eu
umask 022

${writeValues({ ...chosen(choices), program: path, version, hash, keep_flags: keep })}

write_unit() {
  cat <<'END_OF_UNIT'
${writeUnit(choices)}END_OF_UNIT
}

${INSTALL}`;
}

/** The way back. The database stays unless `isWithData`; what else is in the folder always stays. */
export function writeUninstallScript(choices: Choices, isWithData: boolean): string {
  const { service, folder } = choices;
  const data = isWithData ? "with its database" : "and leaves the database where it is";
  return `#!/bin/sh
# Removes the service ${service} from ${folder}, ${data}; for root. Running it again is safe.
set -eu

${writeValues({ ...chosen(choices), with_data: isWithData ? "yes" : "no" })}

${UNINSTALL}`;
}

function chosen({ service, folder, user }: Choices): Record<string, string> {
  return { service, folder, user, unit: `/etc/systemd/system/${service}.service` };
}

function writeValues(values: Readonly<Record<string, string>>): string {
  return Object.entries(values).map(([name, value]) => `${name}=${quoteWord(value)}`).join("\n");
}

/** Any text as one word of the shell. */
function quoteWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
