import type { Database } from './database';

/** A function that runs in a transaction; see `Database.transaction()`. */
export interface Transaction<This, A extends unknown[], R> {
  (this: This, ...args: A): R;
  /** The function itself: `BEGIN`. */
  readonly default: Transaction<This, A, R>;
  /** `BEGIN DEFERRED`: SQLite takes the write lock at the first write. */
  readonly deferred: Transaction<This, A, R>;
  /** `BEGIN IMMEDIATE`: takes the write lock first. */
  readonly immediate: Transaction<This, A, R>;
  readonly exclusive: Transaction<This, A, R>;
  readonly database: Database;
}

/** @internal */
export function createTransaction<This, A extends unknown[], R>(
  database: Database,
  fn: (this: This, ...args: A) => R,
): Transaction<This, A, R> {
  const begin = (mode: string) =>
    function (this: This, ...args: A): R {
      return run(database, mode, () => fn.apply(this, args));
    };
  const modes = {
    default: begin('BEGIN'),
    deferred: begin('BEGIN DEFERRED'),
    immediate: begin('BEGIN IMMEDIATE'),
    exclusive: begin('BEGIN EXCLUSIVE'),
  };
  for (const each of Object.values(modes)) Object.assign(each, modes, { database });
  return modes.default as Transaction<This, A, R>;
}

const savepoint = '_fsdb_transaction';

function run<R>(database: Database, mode: string, fn: () => R): R {
  const nested = database.inTransaction;
  database.exec(nested ? `SAVEPOINT ${savepoint}` : mode);
  try {
    const result = fn();
    if (isThenable(result)) {
      throw new TypeError(
        'Transaction function cannot return a promise: the transaction would stay open across other work',
      );
    }
    database.exec(nested ? `RELEASE ${savepoint}` : 'COMMIT');
    return result;
  } catch (error) {
    // Some failures end the transaction by themselves, as does a function that closes the database.
    if (database.inTransaction) {
      database.exec(nested ? `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}` : 'ROLLBACK');
    }
    throw error;
  }
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
