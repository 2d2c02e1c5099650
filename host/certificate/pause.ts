/** How long to wait after a failure. @module */
import type { CertificateTry } from "../../storage/certificate_tries.ts";
import type { Trouble } from "./trouble.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** After the first, second and third failure; then daily. Let's Encrypt allows five failures of a name in an hour. */
const PAUSES_MS = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS];
/** A look at the name costs nobody anything, and the owner is waiting: so often at first, then every ten minutes. */
const QUICK_LOOKS = 30;
const OWN_LOOKS = ["name_unknown", "dns_silent", "clock_wrong"];

/** How it stands after a failure. */
export function countFailure(
  before: CertificateTry,
  trouble: Trouble,
  { nowMs, isRenewal }: Readonly<{ nowMs: number; isRenewal: boolean }>,
): CertificateTry {
  const { code, sentence, detail } = trouble;
  const failures = before.failures + 1;
  return {
    failures,
    code,
    sentence,
    detail,
    failedAtMs: nowMs,
    nextAtMs: trouble.isFinal ? afterFinal(nowMs, isRenewal) : findNext(failures, trouble, nowMs),
    askedAtMs: before.askedAtMs,
  };
}

/** Nobody sees a setting outside change: while there is a certificate to lose, a look a day is worth it. */
function afterFinal(nowMs: number, isRenewal: boolean): number | undefined {
  return isRenewal ? nowMs + DAY_MS : undefined;
}

function findNext(failures: number, trouble: Trouble, nowMs: number): number {
  if (OWN_LOOKS.includes(trouble.code)) {
    return nowMs + (failures < QUICK_LOOKS ? MINUTE_MS : 10 * MINUTE_MS);
  }
  const atMs = nowMs + (PAUSES_MS[failures - 1] ?? DAY_MS);
  return Math.max(atMs, trouble.retryAtMs ?? 0);
}
