// The event `change`, and the live queries that follow it.
import { EventEmitter } from 'node:events';
import type * as Binding from '../binding';
import { type LiveOptions, type Notice, RunningQuery } from './live-query';
import type { DocumentChange } from './rows';

/** Commits that have happened since the last event. */
export interface ChangeEvent {
  /**
   * `'app'`: by this process; `'file'`: by its sync, from files. `'other'`: perhaps by another one; in
   * doubt it is that, so that nothing is missed.
   */
  origin: 'app' | 'file' | 'other';
  /** The tables whose rows have changed; `null`: not known, any may have. */
  tables: string[] | null;
  /**
   * Of a database of documents: the entries of its change feed that are new since the last event, at
   * most 10,000. Each has its own `origin`.
   */
  documents?: DocumentChange[];
}

/** What every {@link Database} tells, with what it gives to listeners. */
export interface DatabaseEvents {
  /** Something was committed to the file; what belongs together comes in one event. */
  change: [change: ChangeEvent];
}

/** Looks at commits while somebody listens. */
export class ChangeFeed {
  readonly #native: Binding.Database;
  readonly #events = new EventEmitter<DatabaseEvents>();
  readonly #live = new Set<RunningQuery>();
  #watching = false;

  readonly #documents: () => DocumentChange[] | undefined;

  constructor(native: Binding.Database, documents: () => DocumentChange[] | undefined) {
    this.#native = native;
    this.#documents = documents;
  }

  on(listener: (change: ChangeEvent) => void): void {
    this.#watch(true);
    this.#events.on('change', listener);
  }

  off(listener: (change: ChangeEvent) => void): void {
    this.#events.off('change', listener);
    this.#update();
  }

  live(sql: unknown, params: unknown, onRows: unknown, options: LiveOptions): RunningQuery {
    const closed = (query: RunningQuery) => {
      this.#live.delete(query);
      this.#update();
    };
    const query = new RunningQuery(this.#native, sql, params, onRows, options, closed);
    if (query.closed) return query;
    // Before its first run, so that no commit falls between the two.
    this.#watch(true);
    this.#live.add(query);
    query.changed({ byOthers: false, tables: null });
    return query;
  }

  close(): void {
    this.#watching = false;
    for (const query of [...this.#live]) query.close();
  }

  tell(notice: Notice): void {
    for (const query of [...this.#live]) query.changed(notice);
    const tables = notice.tables?.filter((name) => !name.startsWith('_fsdb_')) ?? null;
    if (tables?.length === 0 || this.#events.listenerCount('change') === 0) return;
    const documents = this.#documents();
    const fromFiles = documents?.length && documents.every(({ origin }) => origin === 'file');
    const own = fromFiles ? 'file' : 'app';
    const origin = notice.byOthers ? 'other' : own;
    this.#events.emit('change', { origin, tables, ...(documents && { documents }) });
  }

  #update(): void {
    const wanted = this.#live.size > 0 || this.#events.listenerCount('change') > 0;
    if (!wanted && this.#native.isOpen) this.#watch(false);
  }

  #watch(on: boolean): void {
    if (on === this.#watching) return;
    this.#native.watchChanges(on);
    // What has been before is nobody's news.
    if (on) this.#documents();
    this.#watching = on;
  }
}
