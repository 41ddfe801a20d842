// `filesyncdb sync` and `filesyncdb watch`.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileError, FileSyncDatabase, type SourceOptions, type SyncReport } from '../index';
import { type SyncCommand, UsageError } from './arguments';
import { exitCode } from './exit-code';
import { formatChanges, formatFileError, formatReport } from './format';
import type { Terminal } from './terminal';

const progressIntervalMs = 100;

export async function runSync(command: SyncCommand, terminal: Terminal): Promise<number> {
  checkFolders(command);
  const interruption = new Interruption();
  const db = open(command);
  const stopProgress = showProgress(db, terminal);
  try {
    const report = await interruption.before(firstSync(db, command));
    stopProgress();
    if (!report) return interruption.exitCode;
    terminal.event('sync', report);
    terminal.say(formatReport(report));
    const { errors } = db.syncStatus();
    for (const error of errors) showError(error, command, terminal);
    return errors.length > 0 ? exitCode.fileErrors : exitCode.ok;
  } finally {
    stopProgress();
    interruption.end();
    await db.close();
  }
}

export async function runWatch(command: SyncCommand, terminal: Terminal): Promise<number> {
  checkFolders(command);
  const interruption = new Interruption();
  const db = open(command);
  const stopProgress = showProgress(db, terminal);
  try {
    const report = await interruption.before(db.ready());
    stopProgress();
    if (!report) return exitCode.ok;
    terminal.event('sync', report);
    terminal.say(formatReport(report));
    for (const error of db.syncStatus().errors) showError(error, command, terminal);
    followChanges(db, command, terminal);
    terminal.say('watching; Ctrl-C ends');
    await interruption.promise;
    return exitCode.ok;
  } finally {
    stopProgress();
    interruption.end();
    await db.close();
  }
}

function open(command: SyncCommand): FileSyncDatabase {
  const watch = command.name === 'sync' ? false : command.poll ? 'poll' : 'auto';
  return new FileSyncDatabase(command.db, {
    sources: Object.fromEntries(
      command.folders.map(({ type, directory }) => [type, sourceOptions(directory, command)]),
    ),
    watch,
    ...(command.debounceMs !== undefined && { debounceMs: command.debounceMs }),
  });
}

function sourceOptions(directory: string, command: SyncCommand): SourceOptions {
  return {
    directory,
    ...(command.include.length > 0 && { include: [...command.include] }),
    ...(command.exclude.length > 0 && { exclude: [...command.exclude] }),
    ...(command.id !== undefined && { id: command.id }),
  };
}

/** The library waits for a folder that does not exist yet; on a command line it is a typing error. */
function checkFolders({ folders }: SyncCommand): void {
  for (const { directory } of folders) {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError(`no folder "${directory}"`);
    }
  }
}

async function firstSync(db: FileSyncDatabase, command: SyncCommand): Promise<SyncReport> {
  const report = await db.ready();
  return command.full ? db.sync({ full: true }) : report;
}

function followChanges(db: FileSyncDatabase, command: SyncCommand, terminal: Terminal): void {
  db.on('sync', (report) => {
    terminal.event('sync', report);
    for (const line of formatChanges(report)) terminal.say(line);
  });
  db.on('file-error', (error) => showError(error, command, terminal));
  db.on('state', (state) => {
    terminal.event('state', { state });
    if (state === 'degraded') terminal.error(`degraded: ${db.syncStatus().degraded.join('; ')}`);
  });
  db.on('warning', (error) => terminal.error(`warning: ${error.message}`));
}

function showError(error: FileError, command: SyncCommand, terminal: Terminal): void {
  const directory = command.folders.find(({ type }) => type === error.type)?.directory ?? '';
  if (terminal.json)
    terminal.event('file-error', { ...error, path: join(directory, error.filePath) });
  else terminal.error(formatFileError(error, directory));
}

/** Counts and rate while the first sync runs. Returns what ends it. */
function showProgress(db: FileSyncDatabase, terminal: Terminal): () => void {
  const started = Date.now();
  const timer = setInterval(() => {
    const { documents } = db.syncStatus();
    const count = Object.values(documents).reduce((sum, each) => sum + each, 0);
    const seconds = (Date.now() - started) / 1000;
    const rate = Math.round(count / seconds).toLocaleString('en');
    terminal.progress(
      `${count.toLocaleString('en')} documents, ${rate} a second, ${seconds.toFixed(1)} s`,
    );
  }, progressIntervalMs);
  return () => {
    clearInterval(timer);
    terminal.clearProgress();
  };
}

/** Ctrl-C or SIGTERM, as a promise, so that the database is closed in one place. */
class Interruption {
  readonly promise: Promise<void>;
  exitCode: number = exitCode.ok;
  readonly #listeners: [NodeJS.Signals, () => void][] = [];

  constructor() {
    this.promise = new Promise((resolve) => {
      const codes = { SIGINT: exitCode.interrupted, SIGTERM: exitCode.terminated };
      for (const [signal, code] of Object.entries(codes) as [NodeJS.Signals, number][]) {
        const listener = () => {
          this.exitCode = code;
          resolve();
        };
        process.once(signal, listener);
        this.#listeners.push([signal, listener]);
      }
    });
  }

  /** What `work` resolves to, or undefined if the interruption comes first. */
  async before<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.promise.then(() => undefined)]);
  }

  end(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}
