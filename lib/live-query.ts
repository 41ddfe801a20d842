// live(): a query whose rows follow what is committed.
import type * as Binding from '../binding';
import { integer } from './check';
import {
  checkRequest,
  OpenQuery,
  type QueryOptions,
  queryOptionNames,
  type Request,
  takeAll,
} from './off-loop-query';

/** Options of `live()`. */
export interface LiveOptions extends QueryOptions {
  /**
   * The query runs again at most so often, in milliseconds: at once after a change, if it has rested
   * for that long, and else when it has.
   * @defaultValue 100
   */
  intervalMs?: number;
  /** Called when the query fails; it runs again after the next change. Without it, uncaught. */
  onError?: (error: unknown) => void;
}

/**
 * A query that runs again when a table that it reads has changed. Iterating it gives the latest rows
 * each time that they are others than before; rows that nobody has taken are replaced.
 */
export interface LiveQuery<R> extends AsyncIterable<R[]> {
  /** Ends it; loops over it end as well. */
  close(): void;
}

/** What the commits since the last time have changed. */
export interface Notice {
  byOthers: boolean;
  tables: string[] | null;
}

const names = [...queryOptionNames, 'intervalMs', 'onError'];
const defaultIntervalMs = 100;
const longestMs = 2 ** 31 - 1;

interface Waiting {
  resolve: (result: IteratorResult<unknown[]>) => void;
  reject: (error: unknown) => void;
}

export class RunningQuery implements LiveQuery<unknown> {
  readonly #database: Binding.Database;
  readonly #request: Request;
  readonly #onRows: ((rows: unknown[]) => void) | undefined;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #onClose: (query: RunningQuery) => void;
  readonly #intervalMs: number;
  readonly #abort = () => this.close();
  #tables: Set<string> | undefined;
  #digest: string | undefined;
  #query: OpenQuery | undefined;
  #changed = false;
  #timer: NodeJS.Timeout | undefined;
  #lastRun = Number.NEGATIVE_INFINITY;
  #closed = false;
  #latest: { rows?: unknown[]; error?: unknown } | undefined;
  #waiting: Waiting[] = [];
  // A loop that waits for rows keeps the process alive, as any call that has not been answered.
  #alive: NodeJS.Timeout | undefined;

  constructor(
    database: Binding.Database,
    sql: unknown,
    params: unknown,
    onRows: unknown,
    options: LiveOptions,
    onClose: (query: RunningQuery) => void,
  ) {
    this.#database = database;
    this.#onClose = onClose;
    this.#request = checkRequest(sql, params, options, names);
    this.#intervalMs =
      integer(options.intervalMs, 'intervalMs', { min: 0, max: longestMs }) ?? defaultIntervalMs;
    this.#onRows = optionalFunction(onRows, 'onRows');
    this.#onError = optionalFunction(options.onError, 'onError');
    const { signal } = this.#request;
    if (signal?.aborted) this.#closed = true;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Also begins. */
  changed({ tables }: Notice): void {
    const known = this.#tables;
    if (tables && known && !tables.some((table) => known.has(table))) return;
    this.#changed = true;
    this.#schedule();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#abort);
    this.#query?.end();
    for (let each = this.#takeWaiting(); each; each = this.#takeWaiting()) {
      each.resolve({ done: true, value: undefined });
    }
    this.#onClose(this);
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown[]> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.close();
        return { done: true, value: undefined };
      },
    };
  }

  #next(): Promise<IteratorResult<unknown[]>> {
    return new Promise((resolve, reject) => {
      const latest = this.#latest;
      this.#latest = undefined;
      if (latest) settle({ resolve, reject }, latest);
      else if (this.#closed) resolve({ done: true, value: undefined });
      else {
        this.#waiting.push({ resolve, reject });
        this.#alive ??= setInterval(() => {}, longestMs);
      }
    });
  }

  #takeWaiting(): Waiting | undefined {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) {
      clearInterval(this.#alive);
      this.#alive = undefined;
    }
    return waiting;
  }

  #schedule(): void {
    if (this.#closed || this.#query || this.#timer || !this.#changed) return;
    const wait = this.#lastRun + this.#intervalMs - performance.now();
    if (wait <= 0) {
      this.#run();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#run();
    }, Math.ceil(wait));
    this.#timer.unref();
  }

  #run(): void {
    this.#changed = false;
    this.#lastRun = performance.now();
    this.#freshRows()
      .then(
        (rows) => rows && this.#deliver({ rows }),
        (error: unknown) => this.#closed || this.#deliver({ error }),
      )
      .finally(() => {
        this.#query = undefined;
        this.#schedule();
      });
  }

  /** Undefined: they are the same as before. */
  async #freshRows(): Promise<unknown[] | undefined> {
    const { signal, ...request } = this.#request;
    // The signal ends all of this.
    this.#query = new OpenQuery(this.#database, { ...request, signal: undefined });
    await this.#query.ready(true);
    const { digest, tables } = this.#query.cursor;
    this.#tables = new Set(tables);
    if (digest === this.#digest) {
      this.#query.end();
      return undefined;
    }
    const rows = await takeAll(this.#query);
    this.#digest = digest;
    return this.#closed ? undefined : rows;
  }

  #deliver(latest: { rows?: unknown[]; error?: unknown }): void {
    const waiting = this.#takeWaiting();
    if (waiting) settle(waiting, latest);
    else this.#latest = latest;
    if (latest.rows && this.#onRows) callListener(this.#onRows, latest.rows);
    if (latest.rows) return;
    // It may have begun to read other tables.
    this.#tables = undefined;
    this.#digest = undefined;
    if (this.#onError) callListener(this.#onError, latest.error);
    else if (!waiting && this.#onRows) process.nextTick(() => raise(latest.error));
  }
}

function settle(
  { resolve, reject }: Waiting,
  { rows, error }: { rows?: unknown[]; error?: unknown },
) {
  if (rows) resolve({ done: false, value: rows });
  else reject(error);
}

/** What a listener throws is uncaught, as with an EventEmitter. */
function callListener<T>(listener: (value: T) => void, value: T): void {
  process.nextTick(() => listener(value));
}

function raise(error: unknown): never {
  throw error;
}

function optionalFunction<F>(value: unknown, name: string): F | undefined {
  if (value === undefined || typeof value === 'function') return value as F | undefined;
  throw new TypeError(`${name} must be a function`);
}
