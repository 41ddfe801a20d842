import { inspect } from 'node:util';
import type * as Binding from '../binding';
import type { SearchProgress } from './search';

/** Which document, and which file it comes from. */
export interface DocumentRef {
  type: string;
  id: string;
  /** Relative to the source's folder, with `/`. */
  filePath: string;
}

/** What one sync did. */
export interface SyncReport {
  /**
   * - `'start'`: the first sync after opening
   * - `'watch'`: files changed
   * - `'rescan'`: the system had lost events, so everything was looked at
   * - `'call'`: `sync()`
   * - `'save'`: `save()` or `remove()`
   */
  reason: 'start' | 'watch' | 'rescan' | 'call' | 'save';
  /** Counts the syncs that changed this database file, in all processes. */
  generation: number;
  added: DocumentRef[];
  changed: DocumentRef[];
  removed: DocumentRef[];
  renamed: { from: DocumentRef; to: DocumentRef }[];
  /** Files that could not become documents; see `syncStatus().errors`. */
  failed: number;
  /** Files that were looked at. */
  scanned: number;
  /** Of these, as they were. */
  unchanged: number;
  /** Of these, read and parsed: 0 when nothing had changed. */
  parsed: number;
  durationMs: number;
}

/** A file that is not, or not up to date, in the database, and why. */
export interface FileError {
  type: string;
  /** Relative to the source's folder, with `/`. */
  filePath: string;
  /** As in {@link FileSyncError.code}. */
  code: string;
  message: string;
  /** From 1; absent if the error has no place in the file. */
  line?: number;
  /** From 1, in characters. */
  column?: number;
  /** Failures in a row. */
  attempts: number;
  /** When it is tried again (ISO 8601); `null`: with the next change of the file. */
  nextRetryAt: string | null;
  /** The first of the failures in a row (ISO 8601). */
  since: string;
}

/** How things stand. */
export interface SyncStatus {
  /**
   * - `'starting'`: the first sync has not ended
   * - `'syncing'`: a sync is running
   * - `'watching'`: up to date, and changes arrive by themselves
   * - `'idle'`: up to date as of the last `sync()`, with `watch: false`
   * - `'following'`: another process watches and syncs
   * - `'degraded'`: something does not work as it should; `degraded` says what
   * - `'closed'`
   */
  state: 'starting' | 'syncing' | 'watching' | 'idle' | 'following' | 'degraded' | 'closed';
  /** Of the processes that have the database open, one leads: it syncs. */
  role: 'leader' | 'follower';
  leaderPid: number | null;
  /** Where changes are learnt from. */
  backend: string;
  /** Directories that are watched. */
  directories: number;
  /** How often the system lost events. */
  overflows: number;
  /** How often everything was looked at for that or a like reason. */
  rescans: number;
  /** Documents by type, of the types that have any. */
  documents: Record<string, number>;
  /** How far the full text is of the types that are declared with `search`. */
  search: Record<string, SearchProgress>;
  /** Changes that wait for their file to rest, and files that wait to be tried again. */
  pending: number;
  /** As in {@link SyncReport}. */
  generation: number;
  lastSync: SyncReport | null;
  /** By type and path. */
  errors: FileError[];
  /** Why the state is `'degraded'`, in words. */
  degraded: string[];
}

type ReadRefs = typeof Binding.documentRefs;
type ListName = 'added' | 'changed' | 'removed' | 'renamed';

// Making objects of this many documents takes well under a millisecond.
const eagerDocuments = 1000;

/**
 * Makes the report that users see. Long lists are made when they are first looked at.
 * @internal
 */
export function createReport(report: Binding.SyncReport, readRefs: ReadRefs): SyncReport {
  const { handle, added, changed, removed, renamed, ...numbers } = report;
  const counts = { added, changed, removed, renamed };
  const { reason, generation, ...rest } = numbers;
  const result = { reason, generation } as SyncReport;
  for (const name of Object.keys(counts) as ListName[]) {
    if (counts[name] > eagerDocuments) defineLazily(result, name, () => readList(handle));
    else Object.assign(result, { [name]: counts[name] === 0 ? [] : readList(handle) });

    function readList(from: Binding.ReportHandle): unknown[] {
      const refs = readRefs(from, name);
      return name === 'renamed' ? pairs(refs) : refs;
    }
  }
  return Object.assign(result, rest);
}

function pairs(refs: unknown[]): unknown[] {
  return Array.from({ length: refs.length / 2 }, (_, i) => {
    return { from: refs[2 * i], to: refs[2 * i + 1] };
  });
}

/** A property like any other, but for when its value is made. */
function defineLazily(object: object, name: string, make: () => unknown): void {
  const attributes = { configurable: true, enumerable: true };
  const setTo = (value: unknown) =>
    Object.defineProperty(object, name, { ...attributes, writable: true, value });
  Object.defineProperty(object, name, {
    ...attributes,
    get() {
      const value = make();
      setTo(value);
      return value;
    },
    set: setTo,
  });
  // console.log() shows what it is instead of "[Getter/Setter]".
  Object.defineProperty(object, inspect.custom, {
    configurable: true,
    value: () => ({ ...object }),
  });
}

/**
 * How native/addon/ makes them; see `Factories.documentRefs` in binding.d.ts.
 * @internal
 */
export function appendDocumentRefs(rows: unknown[], ...values: unknown[]): void {
  for (let i = 0; i < values.length; i += 3) {
    rows.push({ type: values[i], id: values[i + 1], filePath: values[i + 2] });
  }
}

/**
 * How native/addon/ makes them; see `Factories.fileErrors` in binding.d.ts.
 * @internal
 */
export function appendFileErrors(rows: unknown[], ...values: unknown[]): void {
  for (let i = 0; i < values.length; i += 9) {
    const [type, filePath, code, message, line, column, attempts, nextRetryAt, since] =
      values.slice(i, i + 9);
    const where = {
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    };
    rows.push({ type, filePath, code, message, ...where, attempts, nextRetryAt, since });
  }
}
