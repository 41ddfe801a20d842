// Arguments and options: wrong types throw TypeError, values out of range RangeError. What is
// undefined is not given.

/** Throws for a property of `options` that is none of `known`; `what` says what they are. */
export function checkKnown(options: object, known: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new TypeError(`unknown ${what} "${name}"${near ? `; did you mean "${near}"?` : ''}`);
  }
}

export function object(value: unknown, name: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TypeError(`${name} must be an object`);
}

export function text(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new TypeError(`${name} must be a string`);
}

export function texts(value: unknown, name: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return [...value];
  throw new TypeError(`${name} must be an array of strings`);
}

export function flag(value: unknown, name: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new TypeError(`${name} must be true or false`);
}

export function integer(
  value: unknown,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} must be an integer from ${min} to ${max}`);
}

/** The name that was probably meant; undefined if none is like it. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const scored = known.map((each) => ({ each, distance: distance(name, each) }));
  scored.sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best && best.distance <= Math.max(2, best.each.length / 2) ? best.each : undefined;
}

/** How many letters must be put in, left out or exchanged to get from `a` to `b`, case aside. */
function distance(a: string, b: string): number {
  const from = a.toLowerCase();
  const to = b.toLowerCase();
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const exchanged = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
