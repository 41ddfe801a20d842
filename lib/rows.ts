// Rows as they come from the addon.

/** A row of a statement: values by column name. */
export type Row = Record<string, unknown>;

export interface RunResult {
  /** Rows that the statement inserted, updated or deleted. */
  changes: number;
  /** The rowid of the last row that this connection inserted; a bigint with `safeIntegers()`. */
  lastInsertRowid: number | bigint;
}

/** A document as it is stored. Times are ISO 8601, UTC, with milliseconds. */
export interface StoredDocument<T = unknown> {
  type: string;
  /** Unique within its type. */
  id: string;
  name: string;
  document: T;
  /** 1, and one more with every change of the content or the name. */
  version: number;
  /** Insertion order; a number is never used twice. */
  seq: number;
  /** Relative to the source's folder, with `/`; `null`: written by the application. */
  filePath: string | null;
  fileModified: string | null;
  createdAt: string;
  updatedAt: string;
}

/**
 * How native/addon/ makes documents; see `Factories.documents` in binding.d.ts.
 * @internal
 */
export function appendDocuments(rows: unknown[], ...values: unknown[]): void {
  for (let i = 0; i < values.length; i += 10) {
    rows.push({
      type: values[i],
      id: values[i + 1],
      name: values[i + 2],
      document: JSON.parse(values[i + 3] as string),
      version: values[i + 4],
      seq: values[i + 5],
      filePath: values[i + 6],
      fileModified: values[i + 7],
      createdAt: values[i + 8],
      updatedAt: values[i + 9],
    });
  }
}

/** What happened to a document, as `changesSince()` tells it. */
export interface DocumentChange {
  /** Counts up by one with every change, in the order in which they were committed. */
  seq: number;
  op: 'insert' | 'update' | 'delete';
  type: string;
  id: string;
  /** The document's version afterwards; of a deletion the last one it had. */
  version: number;
  /** Who changed it: a file, or the application. */
  origin: 'file' | 'app';
  /** ISO 8601 */
  at: string;
}

/**
 * How native/addon/ makes them; see `Factories.documentChanges` in binding.d.ts.
 * @internal
 */
export function appendDocumentChanges(rows: unknown[], ...values: unknown[]): void {
  for (let i = 0; i < values.length; i += 7) {
    const [seq, op, type, id, version, origin, at] = values.slice(i, i + 7);
    rows.push({ seq, op, type, id, version, origin, at });
  }
}
