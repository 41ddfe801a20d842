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

// One statement, so that the numbers belong together.
const statusSql = `
  SELECT json_object(
    'documents', (SELECT json_group_object(type, n) FROM
      (SELECT type, count(*) AS n FROM documents GROUP BY type ORDER BY type)),
    'files', (SELECT count(*) FROM files),
    'lastSync', (SELECT synced_at FROM _fsdb_sync),
    'generation', (SELECT generation FROM _fsdb_sync),
    'errors', (SELECT json_group_array(json(error)) FROM (
      SELECT json_object('type', type, 'filePath', path, 'code', code, 'message', error,
                         'line', line, 'column', "column", 'attempts', attempts,
                         'nextRetryAt', next_retry, 'since', since) AS error
        FROM files WHERE state <> 'ok' ORDER BY type, path))) AS status`;

function readStatus(db: Database): Status {
  const tables = db
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_schema WHERE name IN ('documents', 'files', '_fsdb_sync')",
    )
    .all();
  const row = tables.length === 3 && db.prepare<[], { status: string }>(statusSql).get();
  if (!row) throw new Error(`${db.name}: not a database that filesyncdb has synced into`);
  const status: Status = JSON.parse(row.status, (key, value) => {
    // A file that fails as a whole has no line: the field is absent, as in syncStatus().
    return (key === 'line' || key === 'column') && value === null ? undefined : value;
  });
  return status;
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
