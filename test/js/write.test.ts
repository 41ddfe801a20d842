// write() and flush(): transactions on the writer thread.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database, DocumentDatabase, FileSyncDatabase, SqliteError } from 'filesyncdb';
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

function open(path = folder.join('a.sqlite'), options = {}): Database {
  const db = new Database(path, options);
  opened.push(db);
  return db;
}

const count = (db: Database) => db.prepare('SELECT count(*) FROM t').pluck().get();

for (const [kind, path] of [
  ['a file', undefined],
  ['memory', ':memory:'],
  ['a temporary file', ''],
] as const) {
  describe(`write() to ${kind}`, () => {
    let db: Database;
    beforeEach(() => {
      db = open(path);
      db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE)');
    });

    it('resolves with what each statement has changed', async () => {
      const results = await db.write([
        { sql: 'INSERT INTO t VALUES (?, ?), (?, ?)', params: [7, 'x', 8, 'y'] },
        { sql: 'UPDATE t SET b = $b WHERE a = :a', params: { a: 7, b: 'z', other: () => {} } },
        'DELETE FROM t',
      ]);

      assert.deepEqual(results, [
        { changes: 2, lastInsertRowid: 8 },
        { changes: 1, lastInsertRowid: 8 },
        { changes: 2, lastInsertRowid: 8 },
      ]);
    });

    it('takes one statement as well, and none', async () => {
      assert.deepEqual(await db.write({ sql: 'INSERT INTO t VALUES (1, 1)' }), [
        { changes: 1, lastInsertRowid: 1 },
      ]);
      assert.deepEqual(await db.write([]), []);
      assert.equal(count(db), 1);
    });

    it('leaves nothing of a call whose statement fails, and says why', async () => {
      const other = db.write({ sql: 'INSERT INTO t VALUES (?, ?)', params: [1, 1] });
      const failing = db.write(['INSERT INTO t VALUES (2, 2)', 'INSERT INTO t VALUES (3, 2)']);

      await assert.rejects(failing, (error: unknown) => {
        assert.ok(error instanceof SqliteError);
        assert.equal(error.code, 'SQLITE_CONSTRAINT_UNIQUE');
        assert.equal(error.fsdbCode, 'FSDB_CONSTRAINT');
        assert.equal(error.message, 'UNIQUE constraint failed: t.b');
        return true;
      });
      await other;
      assert.equal(count(db), 1);
    });

    it('lets no statement end the transaction, attach a file or change the connection', async () => {
      for (const sql of ['COMMIT', 'ROLLBACK', "ATTACH 'x' AS x", 'PRAGMA synchronous=OFF']) {
        await assert.rejects(db.write(['INSERT INTO t VALUES (1, 1)', sql]), {
          code: 'SQLITE_AUTH',
        });
      }
      assert.equal(count(db), 0);
    });

    it('fails alone when its constraint rolls everything back', async () => {
      const outcomes = await Promise.allSettled([
        db.write('INSERT INTO t VALUES (1, 1)'),
        db.write('INSERT OR ROLLBACK INTO t VALUES (2, 1)'),
        db.write('INSERT INTO t VALUES (3, 3)'),
      ]);

      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.equal(count(db), 2);
    });

    it('binds values as statements do', async () => {
      const bytes = new Uint8Array([0, 1, 255]);
      const values = [2 ** 53, -(2 ** 53) - 2, 2n ** 62n, -0, Number.NaN, Infinity, true, null];
      const text = `\0 "'; DROP TABLE t -- \u{1f600} ${'x'.repeat(1 << 20)}`;
      db.exec('CREATE TABLE v (a, b)');

      for (const value of [...values, undefined, text, 'a\ud800b', '', bytes, Buffer.alloc(0)]) {
        await db.write({ sql: 'INSERT INTO v (a) VALUES (?)', params: [value] });
        const id = db.prepare('SELECT max(rowid) FROM v').pluck().get();
        db.prepare('UPDATE v SET b = ? WHERE rowid = ?').run(value, id);
      }

      assert.equal(
        db
          .prepare('SELECT count(*) FROM v WHERE a IS NOT b OR typeof(a) <> typeof(b)')
          .pluck()
          .get(),
        0,
      );
    });

    it('rejects with what is wrong with the parameters', async () => {
      const insert = (params?: unknown[] | object, sql = 'INSERT INTO t VALUES (?, ?)') =>
        db.write({ sql, ...(params && { params }) });

      await assert.rejects(insert(), RangeError);
      await assert.rejects(insert([1]), RangeError);
      await assert.rejects(insert([1, 2, 3]), RangeError);
      await assert.rejects(insert({ a: 1 }, 'INSERT INTO t VALUES (:a, :b)'), RangeError);
      await assert.rejects(insert({ a: 1, b: {} }, 'INSERT INTO t VALUES (:a, :b)'), TypeError);
      await assert.rejects(insert([], 'INSERT INTO t VALUES (1, 1); DELETE FROM t'), RangeError);
      assert.throws(() => insert([1, new Date()]), TypeError);
      assert.throws(() => insert([1, 2n ** 64n]), RangeError);
    });

    it('throws for arguments that are none', () => {
      const write = db.write.bind(db) as (...args: unknown[]) => unknown;

      for (const args of [[], [7], [{}], [{ sql: 7 }], [{ sql: '', parms: [] }], [['', null]]]) {
        assert.throws(() => write(...args), TypeError);
      }
      assert.throws(() => write('SELECT 1', { signals: null }), TypeError);
      assert.throws(() => write('SELECT 1', { signal: {} }), TypeError);
      assert.throws(() => write({ sql: '', params: new Uint8Array(1) }), TypeError);
    });

    it('is not begun once its signal has been aborted', async () => {
      const reason = new Error('no longer wanted');
      const signal = AbortSignal.abort(reason);

      await assert.rejects(db.write('INSERT INTO t VALUES (1, 1)', { signal }), {
        name: 'FileSyncError',
        code: 'FSDB_TIMEOUT',
        cause: reason,
      });
      assert.equal(count(db), 0);
    });

    it('leaves no listener on its signal, and cannot be aborted afterwards', async () => {
      const controller = new AbortController();
      let listeners = 0;
      const { addEventListener, removeEventListener } = controller.signal;
      Object.assign(controller.signal, {
        addEventListener(...args: unknown[]) {
          listeners++;
          Reflect.apply(addEventListener, this, args);
        },
        removeEventListener(...args: unknown[]) {
          listeners--;
          Reflect.apply(removeEventListener, this, args);
        },
      });

      await db.write('INSERT INTO t VALUES (1, 1)', { signal: controller.signal });
      controller.abort();

      assert.equal(listeners, 0);
      assert.equal(count(db), 1);
    });

    it('rejects with FSDB_CLOSED after close(), as flush() does', async () => {
      await db.close();

      await assert.rejects(db.write('SELECT 1'), { name: 'FileSyncError', code: 'FSDB_CLOSED' });
      await assert.rejects(db.flush(), { name: 'FileSyncError', code: 'FSDB_CLOSED' });
    });
  });
}

describe('write()', () => {
  it('waits while this connection holds the lock, and can be called off while it waits', async () => {
    const db = open();
    db.exec('CREATE TABLE t (a); BEGIN IMMEDIATE');
    const controller = new AbortController();
    const first = db.write('INSERT INTO t VALUES (1)', { signal: controller.signal });
    const second = db.write('INSERT INTO t VALUES (2)');

    controller.abort();
    await assert.rejects(first, { code: 'FSDB_TIMEOUT' });
    db.exec('INSERT INTO t VALUES (3); COMMIT');
    await second;

    assert.deepEqual(db.prepare('SELECT a FROM t ORDER BY a').pluck().all(), [2, 3]);
  });

  it('in memory waits for the turn to end, and is refused while a transaction is open', async () => {
    const db = open(':memory:');
    db.exec('CREATE TABLE t (a)');
    const during = db.transaction(() => {
      const write = db.write('INSERT INTO t VALUES (1)');
      db.exec('INSERT INTO t VALUES (2)');
      return { write };
    })();
    await during.write;
    assert.equal(count(db), 2);

    db.exec('BEGIN');
    await assert.rejects(db.write('INSERT INTO t VALUES (3)'), { code: 'FSDB_BUSY' });
    db.exec('ROLLBACK');
    const rows = db.prepare('SELECT a FROM t').iterate();
    rows.next();
    await assert.rejects(db.write('INSERT INTO t VALUES (3)'), { code: 'FSDB_BUSY' });
    rows.return?.();
    assert.equal(count(db), 2);
  });

  it('keeps what it has acknowledged when the process is killed', async () => {
    const child = spawn(process.execPath, [
      '-e',
      programText(`
        const db = new filesyncdb.Database(${JSON.stringify(folder.join('a.sqlite'))});
        db.exec('CREATE TABLE t (a)');
        (async () => {
          for (let i = 0; ; i++) {
            await Promise.all([1, 2, 3].map(() => db.write({ sql: 'INSERT INTO t VALUES (?)', params: [i] })));
            process.stdout.write('.');
          }
        })();`),
    ]);
    let acknowledged = 0;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        acknowledged += text.length;
        if (acknowledged > 50) resolve();
      });
    });
    child.kill('SIGKILL');
    await once(child, 'close');

    assert.ok(Number(count(open())) >= 3 * acknowledged);
  });

  it('is answered before close() is, though the process ends', async () => {
    const outcome = await runProgram(
      `const db = new filesyncdb.Database(args[0]);
      db.exec('CREATE TABLE t (a)');
      for (let i = 0; i < 100; i++) db.write({ sql: 'INSERT INTO t VALUES (?)', params: [i] });
      process.exit(0);`,
      [folder.join('a.sqlite')],
    );

    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(count(open()), 100);
  });

  it('works on databases of documents and of files, too', async () => {
    folder.write('notes/a.json', '{}');
    const documents = new DocumentDatabase(folder.join('d.sqlite'));
    const files = new FileSyncDatabase(folder.join('f.sqlite'), {
      sources: { note: { directory: folder.join('notes') } },
      durability: 'normal',
    });
    opened.push(documents, files);

    for (const db of [documents, files]) {
      await db.write(['CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)']);
      await db.flush();
      assert.equal(count(db), 1);
    }
    await files.ready();
    assert.deepEqual(files.counts(), { note: 1 });
  });

  it('does not hold the event loop while another process holds the lock', async () => {
    const db = open(undefined, { busyTimeoutMs: 400 });
    db.exec('CREATE TABLE t (a)');
    const child = spawn(
      process.execPath,
      [
        '-e',
        programText(`
        const db = new filesyncdb.Database(${JSON.stringify(folder.join('a.sqlite'))});
        db.exec('BEGIN IMMEDIATE');
        console.log('locked');
        process.stdin.once('data', () => { db.exec('COMMIT'); process.exit(); });`),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const ended = once(child, 'close');
    await once(child.stdout, 'data');

    let turns = 0;
    const turn = () => {
      turns++;
      timer = setTimeout(turn, 1);
    };
    let timer = setTimeout(turn, 1);
    await assert.rejects(db.write('INSERT INTO t VALUES (1)'), {
      name: 'FileSyncError',
      code: 'FSDB_BUSY',
    });
    clearTimeout(timer);
    const waiting = open(undefined, { busyTimeoutMs: 20_000 }).write('INSERT INTO t VALUES (2)');
    child.stdin.write('go');
    await waiting;

    assert.ok(turns > 50, `${turns}`);
    await ended;
  });
});

describe('durability', () => {
  it("is 'full' or 'normal', and the file's as the handle asks", () => {
    const synchronous = (db: Database) => db.pragma('synchronous', { simple: true });

    assert.equal(synchronous(open()), 2);
    assert.equal(synchronous(open(undefined, { durability: 'full' })), 2);
    assert.equal(synchronous(open(undefined, { durability: 'normal' })), 1);
    assert.throws(() => open(undefined, { durability: 'none' }), TypeError);
  });

  it('flush() resolves with nothing, wherever it is called', async () => {
    for (const db of [open(), open(':memory:'), open(undefined, { durability: 'normal' })]) {
      db.exec('CREATE TABLE IF NOT EXISTS t (a)');
      await db.write('INSERT INTO t VALUES (1)');
      assert.equal(await db.flush(), undefined);
    }
    assert.equal(await open(undefined, { readonly: true }).flush(), undefined);
  });
});
