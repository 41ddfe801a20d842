import type { StoredDocument } from './rows';

/**
 * What every failure carries that is not a programming mistake: those are `TypeError` and
 * `RangeError`. Codes do not change between major versions, messages may.
 */
export class FileSyncError extends Error {
  static {
    nameErrors(FileSyncError, 'FileSyncError');
  }

  /**
   * What the caller can do next:
   *
   * - `FSDB_BUSY`: another process kept the write lock for longer than `busyTimeoutMs`: retry
   * - `FSDB_CLOSED`: the database was closed
   * - `FSDB_CONFLICT`: a guard refused the write, or another file holds the id
   * - `FSDB_CONSTRAINT`: a UNIQUE, CHECK, NOT NULL or foreign key constraint
   * - `FSDB_CORRUPT`: the file is not a database, or is damaged
   * - `FSDB_FULL`: the disk is full; nothing was lost, reads go on
   * - `FSDB_INTERNAL`: a bug of ours
   * - `FSDB_IO`: the file system failed; after a failed commit the outcome is unknown: read before
   *   you repeat
   * - `FSDB_LIMIT`: a named limit was exceeded (file size, nesting depth, YAML nodes)
   * - `FSDB_MOVED`: the database file was deleted or replaced while open
   * - `FSDB_PARSE`: a file or a text is not valid; `line` and `column` say where
   * - `FSDB_READONLY`: the database or the folder cannot be written
   * - `FSDB_SCHEMA`: a migration failed, or the file is newer than this program
   * - `FSDB_TIMEOUT`: a deadline ended the call
   *
   * An {@link SqliteError} has SQLite's own name here instead.
   */
  readonly code: string;
  /** The file that is at fault. */
  declare readonly path?: string;
  /** From 1. */
  declare readonly line?: number;
  /** From 1, in characters. */
  declare readonly column?: number;
  /**
   * With `FSDB_CONFLICT` of a write through a collection: the document that is stored; `null` if
   * there is none.
   */
  declare readonly current?: StoredDocument | null;
  /** SQLite's name for the failure, such as `SQLITE_IOERR_WRITE`, if it came from SQLite. */
  declare readonly sqliteCode?: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/**
 * What `prepare()`, `exec()`, `pragma()` and the methods of statements throw when SQLite refuses:
 * SQLite's own words as the message, and its name for the failure as the code, as in
 * better-sqlite3.
 */
export class SqliteError extends FileSyncError {
  static {
    nameErrors(SqliteError, 'SqliteError');
  }

  /** SQLite's extended result code by name, such as `SQLITE_CONSTRAINT_UNIQUE`. */
  declare readonly code: string;
  /** The code of {@link FileSyncError} that this is an instance of, such as `FSDB_CONSTRAINT`. */
  declare readonly fsdbCode?: string;
}

/** On the prototype, as the names of JavaScript's own errors are. */
function nameErrors(errors: typeof FileSyncError, name: string): void {
  Object.defineProperty(errors.prototype, 'name', {
    configurable: true,
    writable: true,
    value: name,
  });
}

/**
 * How native/addon/ makes its errors.
 * @internal
 */
export function createError(
  sql: boolean,
  code: string,
  message: string,
  path: string | undefined,
  line: number | undefined,
  column: number | undefined,
  sqliteCode: string | undefined,
): FileSyncError {
  const error =
    sql && sqliteCode !== undefined
      ? Object.assign(new SqliteError(message, sqliteCode), { fsdbCode: code })
      : new FileSyncError(message, code);
  Object.assign(
    error,
    path !== undefined && { path },
    line !== undefined && { line },
    column !== undefined && { column },
    sqliteCode !== undefined && { sqliteCode },
  );
  // The trace begins where the caller called, not in here.
  Error.captureStackTrace(error, createError);
  return error;
}
