// Calls that other threads answer, and that an AbortSignal or a deadline may end.
import type * as Binding from '../binding';
import { checkKnown, object } from './check';
import { FileSyncError } from './errors';
import { native } from './native';

/** Options of calls that can be called off. */
export interface CallOptions {
  /** Rejects the call with `FSDB_TIMEOUT`, whose `cause` is the signal's reason. */
  signal?: AbortSignal;
}

/** What is bound to a statement: an array for `?`, an object for `:name`, `@name` and `$name`. */
export type Params = readonly unknown[] | object;

/** A statement for `write()`: SQL, and what is bound to it. */
export type WriteStatement = string | { sql: string; params?: Params };

/**
 * Throws for what is no AbortSignal.
 * @internal
 */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new TypeError('signal must be an AbortSignal');
}

/** @internal */
export function checkParams(params: unknown, name: string): Params | undefined {
  if (params === undefined) return undefined;
  const bytes = ArrayBuffer.isView(params) || params instanceof ArrayBuffer;
  if (typeof params === 'object' && params !== null && !bytes) return params;
  throw new TypeError(`${name} must be an array of values, or an object of named ones`);
}

/** @internal */
export function checkWrites(statements: unknown): { sql: string[]; params: unknown[] } {
  const list = Array.isArray(statements) ? (statements as unknown[]) : [statements];
  const checked = list.map((statement) => {
    if (typeof statement === 'string') return { sql: statement, params: undefined };
    const { sql, params } = object(statement, 'a statement') as { sql: unknown; params?: unknown };
    checkKnown(statement as object, ['sql', 'params'], 'part of a statement');
    if (typeof sql !== 'string') throw new TypeError('SQL must be a string');
    return { sql, params: checkParams(params, 'params') };
  });
  return { sql: checked.map(({ sql }) => sql), params: checked.map(({ params }) => params) };
}

/**
 * Starts a call that `signal` and `timeoutMs` may end.
 * @internal
 */
export function callOff<T>(
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  start: (control: Binding.CallControl | undefined) => Promise<T>,
): Promise<T> {
  if (!signal && timeoutMs === undefined) return start(undefined);
  if (signal?.aborted) return Promise.reject(withCause(abortedError(), signal));
  const control = new native.CallControl();
  const abort = () => control.cancel(aborted);
  const promise = start(control);
  signal?.addEventListener('abort', abort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => control.cancel(`the call took longer than ${timeoutMs} ms`), timeoutMs);
  return promise
    .catch((error: unknown) => {
      throw withCause(error, signal);
    })
    .finally(() => {
      signal?.removeEventListener('abort', abort);
      clearTimeout(timer);
    });
}

const aborted = 'the call was aborted';

/** @internal */
export function abortedError(): FileSyncError {
  return new FileSyncError(aborted, 'FSDB_TIMEOUT');
}

/** @internal */
export function withCause(error: unknown, signal: AbortSignal | undefined): unknown {
  const isTimeout = (error as { code?: unknown }).code === 'FSDB_TIMEOUT';
  if (isTimeout && signal?.aborted) Object.assign(error as Error, { cause: signal.reason });
  return error;
}
