/** Two small charts, drawn on the server: bars of requests, a line of sizes; each with its numbers as a table. @module */
import { countOf, describeBytes } from "./ages.ts";
import { html, type Markup } from "./html.ts";
import { formatDate, isoTime } from "./time.ts";

/** The requests of one day. */
export type DayRequests = Readonly<{
  /** The day, as the start of that date in UTC. */
  dayMs: number;
  /** Requests of each of its 24 hours. */
  hours: readonly number[];
  /** Answers of the day that failed. */
  failures: number;
}>;

/** The size of the database on one day. */
export type SizeOfDay = Readonly<{
  /** The day, as the start of that date in UTC. */
  dayMs: number;
  bytes: number;
}>;

/** Charts are stretched to the measure: their units are hours or days, and hundredths of the height. */
const HEIGHT = 100;
/** An hour with one request is still seen beside one with thousands. */
const BAR_MIN = 1.5;
const BAR_WIDTH = 0.72;
const HOURS = 24;
const DAY_MS = 86_400_000;
const UTC = { timeZone: "UTC", language: "en" } as const;

/** Requests of the last days, an hour a bar. */
export function RequestChart({ days }: { days: readonly DayRequests[] }): Markup {
  const hours = days.flatMap((day) => day.hours);
  const most = Math.max(...hours);
  const all = hours.reduce((sum, count) => sum + count, 0);
  const failures = days.reduce((sum, day) => sum + day.failures, 0);
  if (all === 0) {
    return html`<p class="help">Nothing was counted yet. It is written down every five minutes.</p>`;
  }
  const bars = hours.map((count, n) => {
    const height = count === 0 ? 0 : Math.max(BAR_MIN, (count / most) * HEIGHT);
    return height > 0 && html`
      <rect x=${n} y=${round(HEIGHT - height)} width=${BAR_WIDTH} height=${round(height)} />
    `;
  });
  return html`
    <figure class="chart">
      <figcaption>
        <strong>${countOf(
          all,
          "request",
        )}</strong>${`, ${failures === 0 ? "none" : failures.toLocaleString("en")} failed; ` +
          `at most ${countOf(most, "request")} in an hour`}
      </figcaption>
      <div class="chart-days" aria-hidden="true">
        <svg class="chart-bars" viewBox=${`0 0 ${
          days.length * HOURS
        } ${HEIGHT}`} preserveAspectRatio="none">
          ${bars}
        </svg>
        ${days.map(({ dayMs }) => html`<span>${weekday(dayMs)}</span>`)}
      </div>
      ${RequestTable({ days })}
    </figure>
  `;
}

function RequestTable({ days }: { days: readonly DayRequests[] }): Markup {
  const rows = days.toReversed().map(({ dayMs, hours, failures }) => {
    const sum = hours.reduce((all, count) => all + count, 0);
    const busiest = hours.indexOf(Math.max(...hours));
    return html`
      <tr>
        <th scope="row"><time datetime=${isoTime(dayMs).slice(0, 10)}>${shortDay(dayMs)}</time></th>
        <td>${sum.toLocaleString("en")}</td>
        <td>${failures.toLocaleString("en")}</td>
        <td>${sum === 0 ? "–" : `${String(busiest).padStart(2, "0")}:00`}</td>
      </tr>
    `;
  });
  return html`
    <details>
      <summary>The numbers</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Requests</th>
            <th scope="col">Failed</th>
            <th scope="col">Busiest hour</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </details>
  `;
}

/** The size of the database since it was first written down, 90 days at most. */
export function SizeChart({ sizes }: { sizes: readonly SizeOfDay[] }): Markup {
  const [first] = sizes;
  const last = sizes.at(-1);
  if (first === undefined || last === undefined || sizes.length < 2) {
    return html`<p class="help">It is drawn here from tomorrow on.</p>`;
  }
  const days = (last.dayMs - first.dayMs) / DAY_MS;
  const most = Math.max(...sizes.map(({ bytes }) => bytes));
  const points = sizes.map(({ dayMs, bytes }) =>
    `${round((dayMs - first.dayMs) / DAY_MS)} ${round(HEIGHT - (bytes / most) * HEIGHT)}`
  );
  const line = `M${points.join("L")}`;
  const grown = last.bytes - first.bytes;
  return html`
    <figure class="chart">
      <figcaption>
        <strong>${describeBytes(
          last.bytes,
        )}</strong>${`, ${describeBytes(Math.abs(grown))} ${grown < 0 ? "less" : "more"} than ` +
          `${countOf(days, "day")} before`}
      </figcaption>
      <div class="chart-span" aria-hidden="true">
        <svg class="chart-area" viewBox=${`0 0 ${days} ${HEIGHT}`} preserveAspectRatio="none">
          <path class="chart-fill" d=${`${line}V${HEIGHT}H0Z`} />
          <path class="chart-line" d=${line} />
        </svg>
        <span>${formatDate(first.dayMs, UTC)}</span>
        <span>${formatDate(last.dayMs, UTC)}</span>
      </div>
      ${SizeTable({ sizes })}
    </figure>
  `;
}

function SizeTable({ sizes }: { sizes: readonly SizeOfDay[] }): Markup {
  const rows = sizes.toReversed().map(({ dayMs, bytes }) =>
    html`
      <tr>
        <th scope="row"><time datetime=${isoTime(dayMs).slice(0, 10)}>${formatDate(
          dayMs,
          UTC,
        )}</time></th>
        <td>${describeBytes(bytes)}</td>
      </tr>
    `
  );
  return html`
    <details>
      <summary>The numbers</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Size</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </details>
  `;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

function weekday(dayMs: number): string {
  return new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" }).format(dayMs);
}

/** "Fri 2 Jan": with the weekday that stands under the bars, and short enough for a phone. */
function shortDay(dayMs: number): string {
  const date = new Intl.DateTimeFormat("en-GB", {
    ...{ day: "numeric", month: "short", timeZone: "UTC" },
  });
  return `${weekday(dayMs)} ${date.format(dayMs)}`;
}
