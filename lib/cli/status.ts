// `filesyncdb status`: from the database file alone, so that it works while another process watches
// and when none does.
import { Database, type FileError } from '../index';
import type { StatusCommand } from './arguments';
import { exitCode } from './exit-code';
import { formatFileError, formatTable } from './format';
import type { Terminal } from './terminal';

interface Status {
  documents: Record<string, number>;
  files: number;
  lastSync: string | null;
  generation: number;
  errors: FileError[];
}

export async function runStatus(command: StatusCommand, terminal: Terminal): Promise<number> {
  const db = new Database(command.db, { readonly: true, fileMustExist: true });
  try {
    const status = readStatus(db);
    if (terminal.json) terminal.print(JSON.stringify(status));
    else showStatus(status, terminal);
    return status.errors.length > 0 ? exitCode.fileErrors : exitCode.ok;
  } finally {
    await db.close();
  }
}

/** Everything in one transaction, so that the numbers belong together. */
function readStatus(db: Database): Status {
  const tables = db
    .prepare(
      "SELECT count(*) FROM sqlite_schema WHERE name IN ('documents', 'files', '_fsdb_sync')",
    )
    .pluck()
    .get();
  if (tables !== 3) throw new Error(`${db.name}: not a database that filesyncdb has synced into`);
  return db.transaction(() => {
    const counts = db
      .prepare<[], { type: string; count: number }>(
        'SELECT type, count(*) AS count FROM documents GROUP BY type ORDER BY type',
      )
      .all();
    const sync = db
      .prepare<[], { generation: number; lastSync: string | null }>(
        'SELECT generation, synced_at AS lastSync FROM _fsdb_sync',
      )
      .get();
    return {
      documents: Object.fromEntries(counts.map(({ type, count }) => [type, count])),
      files: db.prepare('SELECT count(*) FROM files').pluck().get() as number,
      lastSync: sync?.lastSync ?? null,
      generation: sync?.generation ?? 0,
      errors: readErrors(db),
    };
  })();
}

function readErrors(db: Database): FileError[] {
  const rows = db
    .prepare<[], Record<keyof FileError, unknown>>(
      `SELECT type, path AS filePath, code, error AS message, line, "column", attempts,
              next_retry AS nextRetryAt, since
         FROM files WHERE state <> 'ok' ORDER BY type, path`,
    )
    .all();
  return rows.map(({ line, column, ...row }) => ({
    ...row,
    ...(line !== null && { line }),
    ...(column !== null && { column }),
  })) as FileError[];
}

function showStatus(status: Status, terminal: Terminal): void {
  const rows = Object.entries(status.documents).map(([type, count]) => [type, String(count)]);
  if (rows.length === 0) terminal.say('no documents');
  else for (const line of formatTable(['type', 'documents'], rows)) terminal.say(line);
  terminal.say(`files: ${status.files}, with errors: ${status.errors.length}`);
  terminal.say(`last change: ${status.lastSync ?? 'never'}, sync number ${status.generation}`);
  // The database does not know where the folders are: paths are those within them.
  for (const error of status.errors) terminal.error(`${formatFileError(error)} [${error.type}]`);
}
