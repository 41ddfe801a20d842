// query() and stream(): statements that other threads run.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as Binding from '../binding';
import {
  abortedError,
  type CallOptions,
  checkParams,
  checkSignal,
  type Params,
  withCause,
} from './calls';
import { checkKnown, flag, integer, object } from './check';
import { native } from './native';

/** Options of `query()` and `stream()`. */
export interface QueryOptions extends CallOptions {
  /** Ends the call with `FSDB_TIMEOUT` after so many milliseconds, its time in the queue included. */
  timeoutMs?: number;
  /**
   * A result with more rows fails with `FSDB_LIMIT`.
   * @defaultValue no limit
   */
  maxRows?: number;
  /**
   * A result that takes more memory than that fails with `FSDB_LIMIT`; of a stream, one batch of
   * about 256 rows. Counted as it is encoded on the native thread: 8 bytes for each value, and its
   * texts and blobs.
   * @defaultValue 256 MiB
   */
  maxBytes?: number;
  /**
   * Returns integers as bigint; otherwise those beyond 2^53 are rounded.
   * @defaultValue false
   */
  safeIntegers?: boolean;
}

const names = ['signal', 'timeoutMs', 'maxRows', 'maxBytes', 'safeIntegers'];
const maxMs = 2 ** 31 - 1;
const defaultMaxBytes = 256 * 1024 * 1024;

/** How long rows may be decoded before everything else gets its turn. */
const sliceMs = 4;

/** What is needed to begin a query, checked. */
export interface Request {
  sql: string;
  params: Params | undefined;
  signal: AbortSignal | undefined;
  timeoutMs: number | undefined;
  options: Binding.CursorOptions;
}

export function checkRequest(
  sql: unknown,
  params: unknown,
  options: QueryOptions,
  known: readonly string[] = names,
): Request {
  if (typeof sql !== 'string') throw new TypeError('SQL must be a string');
  checkKnown(object(options, 'options'), known, 'option');
  const count = { min: 1, max: Number.MAX_SAFE_INTEGER };
  return {
    sql,
    params: checkParams(params, 'params'),
    signal: checkSignal(options.signal),
    timeoutMs: integer(options.timeoutMs, 'timeoutMs', { min: 0, max: maxMs }),
    options: {
      safeIntegers: flag(options.safeIntegers, 'safeIntegers'),
      streaming: false,
      maxRows: integer(options.maxRows, 'maxRows', count) ?? 0,
      maxBytes: integer(options.maxBytes, 'maxBytes', count) ?? defaultMaxBytes,
    },
  };
}

export const queryOptionNames: readonly string[] = names;

/** A cursor that a signal or a deadline may end. */
export class OpenQuery {
  readonly cursor: Binding.Cursor;
  // The cursor's promises belong to it, and it must not be collected while it is read.
  readonly #database: Binding.Database;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abort = () => this.cursor.cancel('FSDB_TIMEOUT', 'the call was aborted');

  constructor(database: Binding.Database, { sql, params, signal, timeoutMs, options }: Request) {
    this.#database = database;
    this.cursor = new native.Cursor(database, sql, params, options);
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (timeoutMs !== undefined) {
      const message = `the query took longer than ${timeoutMs} ms`;
      const cancel = () => this.cursor.cancel('FSDB_TIMEOUT', message);
      this.#timer = setTimeout(cancel, timeoutMs);
      this.#timer.unref();
    }
  }

  async ready(end = false): Promise<void> {
    try {
      await this.cursor.ready(end);
    } catch (error) {
      this.end();
      throw withCause(error, this.#signal);
    }
  }

  /** Also when it has ended by itself: lets go of the signal. */
  end(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    clearTimeout(this.#timer);
    this.cursor.cancel('FSDB_CLOSED', 'the query has ended');
  }

  get database(): Binding.Database {
    return this.#database;
  }
}

/** The rows that are still to come, taken in slices. */
export async function takeAll(query: OpenQuery): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (;;) {
    await query.ready();
    const begin = performance.now();
    let more = query.cursor.take(rows);
    while (more && performance.now() - begin < sliceMs) {
      await query.ready();
      more = query.cursor.take(rows);
    }
    if (!more) break;
    await nextTurn();
  }
  query.end();
  return rows;
}

export function runQuery(database: Binding.Database, request: Request): Promise<unknown[]> {
  if (request.signal?.aborted) return Promise.reject(withCause(abortedError(), request.signal));
  return takeAll(new OpenQuery(database, request));
}

// A stream whose reader is gone without having ended it.
const abandoned = new FinalizationRegistry<OpenQuery>((query) => query.end());

/** The rows of a stream. It begins with the first `next()`. */
export class QueryStream implements AsyncIterableIterator<unknown> {
  readonly #begin: () => OpenQuery;
  #query: OpenQuery | undefined;
  #rows: unknown[] = [];
  #next = 0;
  #done = false;
  // Calls of next() and return() take their turns.
  #turn: Promise<unknown> = Promise.resolve();

  constructor(database: Binding.Database, request: Request) {
    this.#begin = () => {
      if (request.signal?.aborted) throw withCause(abortedError(), request.signal);
      return new OpenQuery(database, {
        ...request,
        options: { ...request.options, streaming: true },
      });
    };
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#inTurn(async () => {
      while (this.#next === this.#rows.length && !this.#done) await this.#fetch();
      if (this.#next === this.#rows.length) return { done: true, value: undefined };
      const value = this.#rows[this.#next];
      this.#rows[this.#next++] = undefined;
      return { done: false, value };
    });
  }

  return(): Promise<IteratorResult<unknown>> {
    // At once: a next() that is under way may wait for long.
    this.#end();
    return this.#inTurn(async () => {
      this.#rows = [];
      this.#next = 0;
      return { done: true, value: undefined };
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #fetch(): Promise<void> {
    this.#rows = [];
    this.#next = 0;
    try {
      if (!this.#query) {
        this.#query = this.#begin();
        abandoned.register(this, this.#query, this.#query);
      }
      const query = this.#query;
      await query.ready();
      if (!query.cursor.take(this.#rows)) this.#end();
    } catch (error) {
      if (this.#done) return; // return() was called meanwhile.
      this.#end();
      throw error;
    }
  }

  #end(): void {
    this.#done = true;
    if (!this.#query) return;
    abandoned.unregister(this.#query);
    this.#query.end();
  }
}
