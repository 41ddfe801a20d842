// Backups of live databases: one step after the other, each on a native thread.
import { performance } from 'node:perf_hooks';
import type * as Binding from '../binding';
import { checkKnown, object } from './check';
import { native } from './native';

/** How far a backup is. */
export interface BackupProgress {
  totalPages: number;
  remainingPages: number;
}

/** Options of {@link Database.backup}. */
export interface BackupOptions {
  /**
   * Called before each step. What it returns is how many pages the next step copies; 0 lets others
   * go first. What it throws ends the backup.
   * @defaultValue 1000 pages a step
   */
  progress?: ((progress: BackupProgress) => number | undefined) | null;
  /**
   * The database to copy, by its name in ATTACH.
   * @defaultValue 'main'
   */
  attached?: string;
}

/** What became of a backup. */
export interface BackupReport extends BackupProgress {
  /** The size of the copy. */
  bytes: number;
  durationMs: number;
}

// A step of 4 MB with pages of 4 KiB: some milliseconds of a native thread.
const pagesPerStep = 1000;
const maxPages = 2 ** 31 - 1;

/** @internal */
export interface CheckedBackup {
  destination: string;
  attached: string;
  progress: (progress: BackupProgress) => unknown;
}

/** @internal */
export function checkBackup(destination: unknown, options: BackupOptions): CheckedBackup {
  if (typeof destination !== 'string') {
    throw new TypeError('Expected first argument to be a string');
  }
  if (destination === '') throw new TypeError('Backup filename cannot be an empty string');
  if (destination === ':memory:') throw new TypeError('Invalid backup filename ":memory:"');
  if (destination.includes('\0')) throw new TypeError('path must not contain a NUL character');
  checkKnown(object(options, 'options'), ['progress', 'attached'], 'option');
  const { progress, attached = 'main' } = options;
  if (progress !== undefined && progress !== null && typeof progress !== 'function') {
    throw new TypeError('Expected the "progress" option to be a function');
  }
  if (typeof attached !== 'string' || attached === '') {
    throw new TypeError('Expected the "attached" option to be a string');
  }
  return { destination, attached, progress: progress ?? (() => undefined) };
}

function pagesOf(answer: unknown): number {
  if (answer === undefined) return pagesPerStep;
  if (typeof answer !== 'number' || Number.isNaN(answer)) {
    throw new TypeError('Expected progress callback to return a number or undefined');
  }
  return Math.max(0, Math.min(maxPages, Math.round(answer)));
}

/**
 * `checkOpen` throws once the database was closed: that ends the backup.
 * @internal
 */
export async function runBackup(
  database: Binding.Database,
  { destination, attached, progress }: CheckedBackup,
  checkOpen: () => void,
): Promise<BackupReport> {
  const begin = performance.now();
  const backup = new native.Backup(database, destination, attached);
  try {
    let state = await backup.step(0);
    while (state.remainingPages > 0) {
      checkOpen();
      const pages = pagesOf(progress(state));
      state = await backup.step(pages);
      if (pages === 0) await new Promise(setImmediate);
    }
    checkOpen();
    const bytes = await backup.finish();
    return { ...state, bytes, durationMs: performance.now() - begin };
  } catch (error) {
    await backup.cancel();
    throw error;
  }
}
