// `filesyncdb query`.
import { Database } from '../index';
import type { QueryCommand } from './arguments';
import { exitCode } from './exit-code';
import { formatRowJson, formatTable, formatValue, oneLine } from './format';
import type { Terminal } from './terminal';

export async function runQuery(command: QueryCommand, terminal: Terminal): Promise<number> {
  const db = new Database(command.db, { readonly: true, fileMustExist: true });
  try {
    const statement = db.prepare<string[], object>(command.sql).safeIntegers();
    if (terminal.json) {
      for (const row of statement.iterate(...command.params)) terminal.print(formatRowJson(row));
      return exitCode.ok;
    }
    const columns = statement.columns().map(({ name }) => name);
    const rows = statement.raw().iterate(...command.params) as Iterable<unknown[]>;
    if (terminal.interactive) {
      const cells = Array.from(rows, (row) => row.map(formatValue));
      for (const line of formatTable(columns, cells)) terminal.print(line);
      return exitCode.ok;
    }
    // For pipes: columns with tabs between them, row by row as they come.
    terminal.print(columns.map(oneLine).join('\t'));
    for (const row of rows) terminal.print(row.map(formatValue).join('\t'));
    return exitCode.ok;
  } finally {
    await db.close();
  }
}
