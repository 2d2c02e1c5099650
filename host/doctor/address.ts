/** Does the public name lead to this machine? @module */
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { isLoopbackHost } from "../address.ts";
import { listAddresses, type Reach } from "./reach.ts";
import { splitAdvice } from "./sentences.ts";

/** What is known of it. */
export type AddressFacts = Readonly<{
  /** The public origin; undefined when none was given. */
  origin: string | undefined;
  /** What a look showed; undefined where nobody could look. */
  reach: Reach | undefined;
}>;

const NAME = "Address";

/** Judges it. */
export function judgeAddress({ origin, reach }: AddressFacts): Finding {
  if (origin === undefined || isLoopbackHost(new URL(origin).hostname)) {
    return fine(
      NAME,
      `${
        origin === undefined ? "There is none yet" : `It is ${origin}`
      }: only this machine can open ` +
        "the capsule. Others can once a name of yours leads here, given with --address or typed at " +
        "Settings → HTTPS and certificate.",
    );
  }
  if (reach === undefined) {
    return fine(NAME, `${origin}. Whether it leads here can be seen while the server runs.`);
  }
  const { name, check, addresses } = reach;
  if (check.kind === "good") {
    const at = addresses.length === 0 ? "" : ` (${listAddresses(addresses)})`;
    return fine(NAME, `${name}${at} leads to this capsule.`);
  }
  const [text, todo] = splitAdvice(check.sentence);
  if (check.kind === "bad") {
    // Without a name server nothing is known of the name itself.
    return (check.code === "dns_silent" ? warning : problem)(NAME, text, todo);
  }
  const lost = addresses.filter(({ plain, secure }) => plain !== "here" && secure !== "here");
  if (check.code === "silent") {
    if (lost.every(({ isOwn }) => isOwn)) {
      // Nobody answers though it is the right machine: that is the ports' business.
      return fine(NAME, `${name} leads to ${listAddresses(lost)}, which is this machine.`);
    }
    return warning(
      NAME,
      text,
      `${todo} Behind a router this can look so from inside and be right: open http://${name}/ ` +
        "in a phone without Wi-Fi.",
    );
  }
  return problem(NAME, text, todo);
}
