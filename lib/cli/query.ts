// `filesyncdb query`.
import { Database } from '../index';
import type { QueryCommand } from './arguments';
import { exitCode } from './exit-code';
import { formatRowJson, formatTable, formatValue } from './format';
import type { Terminal } from './terminal';

export async function runQuery(command: QueryCommand, terminal: Terminal): Promise<number> {
  const db = new Database(command.db, { readonly: true, fileMustExist: true });
  try {
    const statement = db.prepare(command.sql).safeIntegers();
    const columns = statement.columns().map(({ name }) => name);
    if (terminal.json) {
      for (const row of statement.iterate(...command.params)) terminal.print(formatRowJson(row));
    } else if (terminal.interactive) {
      const rows = [...statement.raw().iterate(...command.params)];
      const cells = rows.map((row) => (row as unknown[]).map(formatValue));
      for (const line of formatTable(columns, cells)) terminal.print(line);
    } else {
      // For pipes: tab-separated, one line per row, as the rows come.
      terminal.print(columns.join('\t'));
      for (const row of statement.raw().iterate(...command.params)) {
        terminal.print((row as unknown[]).map(formatValue).join('\t'));
      }
    }
    return exitCode.ok;
  } finally {
    await db.close();
  }
}
