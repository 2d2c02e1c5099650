/** The text format of Prometheus, version 0.0.4. @module */

/** One figure, or several that differ in their labels. */
export type Metric = Readonly<{
  name: string;
  /** What it is, in a sentence. */
  help: string;
  type: "counter" | "gauge" | "histogram";
  /** Without any it is left out. */
  samples: readonly Readonly<{
    /** Behind the name, for the parts of a histogram. */
    suffix?: string;
    labels?: Readonly<Record<string, string>>;
    value: number;
  }>[];
}>;

/** Writes figures, a line each, those of one name together. */
export function writeMetrics(metrics: readonly Metric[]): string {
  const lines = metrics.filter(({ samples }) => samples.length > 0).flatMap((metric) => [
    `# HELP ${metric.name} ${metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${metric.name} ${metric.type}`,
    ...metric.samples.map(({ suffix = "", labels = {}, value }) =>
      `${metric.name}${suffix}${writeLabels(labels)} ${value}`
    ),
  ]);
  return `${lines.join("\n")}\n`;
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) =>
    `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
