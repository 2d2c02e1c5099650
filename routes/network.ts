/** Where a request comes from, as far as limits care. @module */
import type { Context } from "hono";
import type { Env } from "./app.ts";

/** The network of the request: the first three numbers of an IPv4 address, the first three groups of an IPv6 address. */
export function readNetwork(c: Context<Env>): string {
  const mapped = readHost(c).replace(/^::ffff:(?=\d+\.)/i, "");
  if (mapped.includes(".")) return mapped.split(".").slice(0, 3).join(".");
  const [head = ""] = mapped.split("::");
  const groups = [...head.split(":"), "0", "0", "0"].slice(0, 3);
  return mapped === "" ? "unknown" : groups.join(":");
}

/** The other end's IP address; "" where there is no connection. */
export function readHost(c: Context<Env>): string {
  const connection: unknown = c.env;
  return typeof connection === "object" && connection !== null &&
      "remoteAddr" in connection && typeof connection.remoteAddr === "object" &&
      connection.remoteAddr !== null && "hostname" in connection.remoteAddr
    ? String(connection.remoteAddr.hostname)
    : "";
}
