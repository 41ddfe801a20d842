// Functions, aggregates and tables that a program gives to SQL: checked and completed.
import type * as Binding from '../binding';
import { checkKnown, object } from './check';

/** Options of {@link Database.function}. */
export interface FunctionOptions {
  /**
   * Takes any number of arguments; otherwise as many as the function's `length`.
   * @defaultValue false
   */
  varargs?: boolean;
  /**
   * Always returns the same for the same arguments, so that it may be used in indexes and generated
   * columns, and need not be called again.
   * @defaultValue false
   */
  deterministic?: boolean;
  /**
   * Must not be called by the schema: views, triggers, CHECK constraints and the like.
   * @defaultValue false
   */
  directOnly?: boolean;
  /**
   * Takes integers as bigint.
   * @defaultValue what `defaultSafeIntegers()` says when it is defined
   */
  safeIntegers?: boolean;
}

/** What a function may return to SQL; undefined is NULL. */
export type SqlResult =
  | number
  | string
  | bigint
  | boolean
  | ArrayBufferView
  | ArrayBuffer
  | null
  | undefined;

/** Options of {@link Database.aggregate}. `T` is what is gathered. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are of the types that the SQL gives.
export interface AggregateOptions<T = any> extends FunctionOptions {
  /**
   * What a group begins with, or a function that makes it.
   * @defaultValue null
   */
  start?: T | (() => T);
  /** Adds a row: returns what has been gathered then; undefined leaves it. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  step(total: T, ...values: any[]): T | undefined;
  /** Takes a row back that was added before: makes it a window function. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  inverse?(total: T, ...values: any[]): T | undefined;
  /**
   * What SQL gets.
   * @defaultValue what has been gathered
   */
  result?(total: T): SqlResult;
}

const optionNames = ['varargs', 'deterministic', 'directOnly', 'safeIntegers'];
const aggregateNames = ['start', 'step', 'inverse', 'result', ...optionNames];

// Far below SQLite's own limit of 1,000, which it could have been compiled with.
const maxArguments = 100;

/** What is asked for when the caller does not say. */
export interface FunctionDefaults {
  safeIntegers: boolean;
}

/** @internal */
export function checkName(name: unknown, what: string): string {
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
  if (name === '') throw new TypeError(`${what} name cannot be an empty string`);
  return name;
}

/** @internal */
export function flag(value: unknown, name: string, otherwise = false): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === 'boolean') return value;
  throw new TypeError(`Expected the "${name}" option to be a boolean`);
}

function lengthOf(fn: { length: unknown }): number {
  const { length } = fn;
  if (typeof length === 'number' && Number.isInteger(length) && length >= 0) return length;
  throw new TypeError('Expected function.length to be a positive integer');
}

function nativeOptions(
  options: FunctionOptions,
  count: number,
  defaults: FunctionDefaults,
): Binding.FunctionOptions {
  const varargs = flag(options.varargs, 'varargs');
  if (!varargs && count > maxArguments) {
    throw new RangeError(`User-defined functions cannot have more than ${maxArguments} arguments`);
  }
  return {
    arguments: varargs ? -1 : count,
    deterministic: flag(options.deterministic, 'deterministic'),
    directOnly: flag(options.directOnly, 'directOnly'),
    safeIntegers: flag(options.safeIntegers, 'safeIntegers', defaults.safeIntegers),
  };
}

/** @internal */
export function checkFunction(
  options: FunctionOptions | null | undefined,
  fn: unknown,
  defaults: FunctionDefaults,
): { options: Binding.FunctionOptions; run: (...values: unknown[]) => unknown } {
  const given = options ?? {};
  checkKnown(object(given, 'options'), optionNames, 'option');
  if (typeof fn !== 'function') throw new TypeError('Expected last argument to be a function');
  const run = fn as (...values: unknown[]) => unknown;
  return { options: nativeOptions(given, lengthOf(run), defaults), run };
}

type Step = (total: unknown, ...values: unknown[]) => unknown;

function method(value: unknown, name: string): Step | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'function') return value as Step;
  throw new TypeError(`Expected the "${name}" option to be a function`);
}

/** @internal */
export function checkAggregate(
  options: AggregateOptions,
  defaults: FunctionDefaults,
): { options: Binding.FunctionOptions; functions: Binding.AggregateFunctions } {
  checkKnown(object(options, 'options'), aggregateNames, 'option');
  const step = method(options.step, 'step');
  if (!step) throw new TypeError('Missing required option "step"');
  const inverse = method(options.inverse, 'inverse');
  const result = method(options.result, 'result');
  const { start = null } = options;
  // The total is an object's property, so that it can be any value.
  const change =
    (apply: Step) =>
    (state: object, ...values: unknown[]) => {
      const group = state as { total: unknown };
      const total = apply(group.total, ...values);
      if (total !== undefined) group.total = total;
    };
  const count = Math.max(lengthOf(step), inverse ? lengthOf(inverse) : 0) - 1;
  return {
    options: nativeOptions(options, Math.max(count, 0), defaults),
    functions: {
      start: () => ({ total: typeof start === 'function' ? start() : start }),
      step: change(step),
      inverse: inverse && change(inverse),
      result: (state) => {
        const { total } = state as { total: unknown };
        return result ? result(total) : total;
      },
    },
  };
}
