// The event `change`, and live queries.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type ChangeEvent, Database, FileSyncDatabase } from 'filesyncdb';
import { Folder } from './support/folder';
import { programText, runProgram } from './support/program';

let folder: Folder;
let opened: Database[];

beforeEach(() => {
  folder = new Folder();
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((db) => db.close()));
  folder.remove();
});

function open(path = folder.join('a.sqlite')): Database {
  const db = new Database(path);
  opened.push(db);
  db.exec('CREATE TABLE IF NOT EXISTS t (a); CREATE TABLE IF NOT EXISTS u (a)');
  return db;
}

/** What arrives, one after the other. */
class Inbox<T> {
  #values: T[] = [];
  #wake: (() => void) | undefined;

  readonly put = (value: T): void => {
    this.#values.push(value);
    this.#wake?.();
  };

  async next(): Promise<T> {
    while (this.#values.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20_000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (this.#values.length === 0) throw new Error('nothing arrived');
    }
    return this.#values.shift() as T;
  }

  get size(): number {
    return this.#values.length;
  }
}

const insertElsewhere = async (sql: string) => {
  const path = JSON.stringify(folder.join('a.sqlite'));
  const body = `const db = new filesyncdb.Database(${path}); db.exec(${JSON.stringify(sql)});`;
  const child = spawn(process.execPath, ['-e', programText(body)], { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
};

describe("the event 'change'", () => {
  it('names the tables that a commit of this process has changed, however it was made', async () => {
    const db = open();
    const changes = new Inbox<ChangeEvent>();
    db.on('change', changes.put);

    await db.write('INSERT INTO t VALUES (1)');
    assert.deepEqual(await changes.next(), { origin: 'app', tables: ['t'] });
    db.exec('INSERT INTO u VALUES (1)');
    assert.deepEqual(await changes.next(), { origin: 'app', tables: ['u'] });
    db.transaction(() => db.exec('INSERT INTO u VALUES (1); UPDATE t SET a = 2'))();
    assert.deepEqual(await changes.next(), { origin: 'app', tables: ['t', 'u'] });
    db.exec('DELETE FROM t');
    assert.deepEqual(await changes.next(), { origin: 'app', tables: ['t'] });
  });

  it('comes for no transaction that was rolled back, and not after off()', async () => {
    const db = open();
    const changes = new Inbox<ChangeEvent>();
    db.on('change', changes.put);
    db.on('change', () => {});

    db.exec('BEGIN; INSERT INTO t VALUES (1); ROLLBACK; INSERT INTO u VALUES (1)');
    assert.deepEqual(await changes.next(), { origin: 'app', tables: ['u'] });
    db.off('change', changes.put);
    const later = new Inbox<ChangeEvent>();
    db.on('change', later.put);
    db.exec('INSERT INTO t VALUES (1)');
    await later.next();

    assert.equal(changes.size, 0);
  });

  it('tells of changes of the schema, and of commits of others, without naming tables', async () => {
    const db = open();
    const changes = new Inbox<ChangeEvent>();
    db.on('change', changes.put);

    db.exec('CREATE TABLE x (a)');
    assert.equal((await changes.next()).tables, null);
    await insertElsewhere('INSERT INTO t VALUES (1)');
    assert.deepEqual(await changes.next(), { origin: 'other', tables: null });
  });

  it('comes to every handle on the file, and to databases of files', async () => {
    folder.write('notes/a.json', '{}');
    const db = await FileSyncDatabase.open(folder.join('f.sqlite'), {
      sources: { note: { directory: folder.join('notes') } },
      debounceMs: 5,
    });
    const second = new Database(folder.join('f.sqlite'));
    opened.push(db, second);
    const changes = [new Inbox<ChangeEvent>(), new Inbox<ChangeEvent>()];
    db.on('change', changes[0]?.put as never);
    second.on('change', changes[1]?.put as never);

    folder.save('notes/a.json', '{"changed": true}');

    for (const inbox of changes) {
      for (;;) {
        const { tables } = await inbox.next();
        assert.ok(!tables?.some((table) => table.startsWith('_fsdb_')));
        if (!tables || tables.includes('documents')) break;
      }
    }
  });

  it('says which documents have changed, and by what', async () => {
    folder.write('notes/a.json', '{}');
    const db = await FileSyncDatabase.open(folder.join('f.sqlite'), {
      sources: { note: { directory: folder.join('notes') } },
      debounceMs: 5,
    });
    opened.push(db);
    const changes = new Inbox<ChangeEvent>();
    db.on('change', changes.put);
    const next = async () => {
      for (;;) {
        const change = await changes.next();
        if (change.documents?.length) return change;
      }
    };

    folder.save('notes/b.json', '{}');
    const first = await next();
    await db.collection('draft').put('d', { text: 'x' });
    const second = await next();

    assert.equal(first.origin, 'file');
    assert.deepEqual(
      [first, second].map(({ documents }) => documents?.map(({ op, type, id }) => [op, type, id])),
      [[['insert', 'note', 'b']], [['insert', 'draft', 'd']]],
    );
    assert.equal(second.origin, 'app');
  });

  it('is refused for a database in memory, and there is no other', () => {
    const db = open(':memory:');

    assert.throws(() => db.on('change', () => {}), TypeError);
    assert.throws(() => db.live('SELECT 1'), TypeError);
    assert.throws(() => open().on('changes' as never, () => {}), TypeError);
  });
});

describe('live()', () => {
  const count = 'SELECT count(*) AS n FROM t';

  it('gives rows at first, and again when others change them', async () => {
    const db = open();
    const inbox = new Inbox<unknown[]>();
    const query = db.live(count, [], inbox.put, { intervalMs: 0 });

    assert.deepEqual(await inbox.next(), [{ n: 0 }]);
    await db.write('INSERT INTO t VALUES (1)');
    assert.deepEqual(await inbox.next(), [{ n: 1 }]);
    db.exec('INSERT INTO t VALUES (1)');
    assert.deepEqual(await inbox.next(), [{ n: 2 }]);
    await insertElsewhere('INSERT INTO t VALUES (1)');
    assert.deepEqual(await inbox.next(), [{ n: 3 }]);
    query.close();
    query.close();
    db.exec('DELETE FROM t');
    const other = new Inbox<unknown[]>();
    db.live(count, [], other.put);
    assert.deepEqual(await other.next(), [{ n: 0 }]);
    assert.equal(inbox.size, 0);
  });

  it('does not call back when the rows are the same', async () => {
    const db = open();
    const inbox = new Inbox<unknown[]>();
    db.live('SELECT max(a) AS a FROM t', [], inbox.put, { intervalMs: 0 });
    assert.deepEqual(await inbox.next(), [{ a: null }]);
    db.exec('INSERT INTO t VALUES (5)');
    assert.deepEqual(await inbox.next(), [{ a: 5 }]);

    for (let i = 0; i < 5; i++) await db.write('INSERT INTO t VALUES (3)');
    db.exec('INSERT INTO t VALUES (6)');

    assert.deepEqual(await inbox.next(), [{ a: 6 }]);
  });

  it('runs again only when a table that it reads has changed', async () => {
    const db = open();
    const rows = new Inbox<unknown[]>();
    const changes = new Inbox<ChangeEvent>();
    // Another result every time that it runs.
    db.live('SELECT random() AS r, (SELECT count(*) FROM t) AS n', [], rows.put, { intervalMs: 0 });
    await rows.next();
    db.on('change', changes.put);

    for (let i = 0; i < 5; i++) {
      db.exec('INSERT INTO u VALUES (1)');
      assert.deepEqual(await changes.next(), { origin: 'app', tables: ['u'] });
    }
    db.exec('INSERT INTO t VALUES (1)');

    assert.equal(((await rows.next()) as { n: number }[])[0]?.n, 1);
    assert.equal(rows.size, 0);
  });

  it('runs at most so often, and the last change is not lost', async () => {
    const db = open();
    let runs = 0;
    let last: unknown;
    const begin = performance.now();
    // A live query alone does not.
    const alive = setInterval(() => {}, 1000);
    await new Promise<void>((resolve) => {
      db.live<{ n: number }>(
        count,
        [],
        (rows) => {
          runs++;
          last = rows[0]?.n;
          if (last === 200) resolve();
        },
        { intervalMs: 50 },
      );
      void (async () => {
        for (let i = 0; i < 200; i++) await db.write('INSERT INTO t VALUES (1)');
      })();
    });

    clearInterval(alive);
    assert.equal(last, 200);
    assert.ok(runs <= 2 + (performance.now() - begin) / 50, `${runs}`);
  });

  it('can be iterated, until the loop is left', async () => {
    const db = open();
    const seen: unknown[] = [];
    for await (const rows of db.live<{ n: number }>(count, undefined, undefined, {
      intervalMs: 0,
    })) {
      seen.push(rows[0]?.n);
      if (seen.length === 4) break;
      void db.write('INSERT INTO t VALUES (1)');
    }

    assert.deepEqual(seen, [0, 1, 2, 3]);
  });

  it('ends with its signal and with the database, and loops over it as well', async () => {
    const db = open();
    const controller = new AbortController();
    const loop = async (options: object) => {
      for await (const _ of db.live(count, [], undefined, options)) controller.abort();
    };

    await loop({ signal: controller.signal });
    await loop({ signal: AbortSignal.abort() });
    const waiting = loop({});
    await db.close();
    await waiting;
  });

  it('tells what it fails with, and goes on when it works again', async () => {
    const db = open();
    const rows = new Inbox<unknown[]>();
    const errors = new Inbox<unknown>();
    db.live('SELECT a FROM later', [], rows.put, { onError: errors.put, intervalMs: 0 });
    assert.match(String(await errors.next()), /no such table: later/);

    db.exec("CREATE TABLE later (a); INSERT INTO later VALUES ('now')");

    assert.deepEqual(await rows.next(), [{ a: 'now' }]);
    const failing = db.live('SELECT nope')[Symbol.asyncIterator]();
    await assert.rejects(failing.next(), { code: 'SQLITE_ERROR' });
    await failing.return?.();
  });

  it('throws for arguments that are none', () => {
    const db = open();

    assert.throws(() => db.live(1 as never), TypeError);
    assert.throws(() => db.live(count, [], {} as never), TypeError);
    assert.throws(() => db.live(count, [], undefined, { interval: 1 } as never), /intervalMs/);
    assert.throws(() => db.live(count, [], undefined, { intervalMs: -1 }), RangeError);
  });

  it('keeps the database while it is open, but the process only while somebody waits', async () => {
    const outcome = await runProgram(
      `const db = new filesyncdb.Database(args[0]);
      db.exec('CREATE TABLE t (a)');
      (async () => {
        (() => {
          const db = new filesyncdb.Database(args[0]);
          db.live('SELECT count(*) AS n FROM t', [], ([{ n }]) => console.log('rows', n));
        })();
        for await (const [{ n }] of db.live('SELECT count(*) AS n FROM t')) {
          gc();
          if (n === 1) break;
          setTimeout(() => { gc(); db.exec('INSERT INTO t VALUES (1)'); }, 20).unref();
        }
        console.log('left');
      })();`,
      [folder.join('a.sqlite')],
      ['--expose-gc'],
    );

    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /rows 0[\s\S]*left/);
  });
});
