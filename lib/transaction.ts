import type { Database } from './database';

/** A function that runs in a transaction; see `Database.transaction()`. */
export interface Transaction<This, A extends unknown[], R> {
  /** `BEGIN`: SQLite takes the write lock at the first write. */
  (this: This, ...args: A): R;
  deferred(this: This, ...args: A): R;
  /** `BEGIN IMMEDIATE`: takes the write lock first. */
  immediate(this: This, ...args: A): R;
  exclusive(this: This, ...args: A): R;
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
  return Object.assign(begin('DEFERRED'), {
    deferred: begin('DEFERRED'),
    immediate: begin('IMMEDIATE'),
    exclusive: begin('EXCLUSIVE'),
  });
}

const savepoint = '_fsdb_transaction';

function run<R>(database: Database, mode: string, fn: () => R): R {
  const nested = database.inTransaction;
  database.exec(nested ? `SAVEPOINT ${savepoint}` : `BEGIN ${mode}`);
  try {
    const result = fn();
    if (isThenable(result)) {
      throw new TypeError('a transaction cannot be async: it would stay open across other work');
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
