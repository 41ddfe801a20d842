// A query that another thread runs; only what it found is made into documents here.
import type * as Binding from '../binding';
import { checkKnown, object } from './check';
import { checkRequest, type QueryOptions, runQuery } from './off-loop-query';
import type { Page } from './query';
import type { StoredDocument } from './rows';

type Row = Record<string, unknown>;

/** Options of `findAsync()`. */
export type FindOptions = Omit<QueryOptions, 'safeIntegers'>;

/** @internal */
export async function findAsync<T>(
  native: Binding.DocumentDatabase,
  query: Binding.Query,
  options: FindOptions,
): Promise<Page<StoredDocument<T>>> {
  checkKnown(object(options, 'options'), ['signal', 'timeoutMs', 'maxRows', 'maxBytes'], 'option');
  const compiled = native.compileFind(query);
  const { page, pageSize, countSql } = compiled;
  // In one statement, so that the rows and their number are of one moment: the values of the count are
  // the first of those of the rows.
  const total = countSql === '' ? 'NULL' : `(${countSql})`;
  const sql = `SELECT rows.*, ${total} AS _fsdb_total FROM (${compiled.sql}) AS rows`;
  const ask = (text: string, values: unknown[]) =>
    runQuery(native, checkRequest(text, values, { ...options, safeIntegers: true })) as Promise<
      Row[]
    >;
  const rows = await ask(sql, compiled.values);
  const hasMore = rows.length > pageSize;
  const shown = hasMore ? rows.slice(0, pageSize) : rows;
  const found: Page<StoredDocument<T>> = {
    rows: shown.map((row) => toDocument<T>(row)),
    ...(page !== undefined && { page }),
    pageSize,
    ...(page !== undefined && {
      total: Number(rows[0]?._fsdb_total ?? (await count())),
    }),
    hasMore,
  };
  const last = shown.at(-1);
  if (hasMore && page === undefined && last) {
    const keys = compiled.keyColumns.map((name) => last[name]);
    found.next = native.pageToken(compiled.order, keys);
  }
  return found;

  /** Behind the last page there is no row that could tell. */
  async function count(): Promise<unknown> {
    const [counted] = await ask(countSql, compiled.countValues);
    return counted?.['count(*)'];
  }
}

function toDocument<T>(row: Row): StoredDocument<T> {
  return {
    type: row.type,
    id: row.id,
    name: row.name,
    document: JSON.parse(row.document as string),
    version: Number(row.version),
    seq: Number(row.seq),
    filePath: row.file_path,
    fileModified: row.file_modified,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  } as StoredDocument<T>;
}
