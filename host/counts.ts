/** Numbers of things in sentences. @module */

/** "1 picture", "2 pictures"; `many` where an "s" does not make the plural. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
