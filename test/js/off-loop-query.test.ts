// query() and stream(): statements on native reader threads.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Database, FileSyncDatabase, SqliteError } from 'filesyncdb';
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

const numbers = (count: number) =>
  `WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${count}) SELECT i FROM n`;
const endless = 'WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';

async function collect(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** One value of each kind, each kind beside each other in a column. */
const values: [sql: string, value: unknown][] = [
  ['NULL', null],
  ['1', 1],
  ['-2147483649', -2147483649],
  ['9007199254740991', 2 ** 53 - 1],
  ['9007199254740993', 2 ** 53],
  ['-1.5', -1.5],
  ['9e999', Infinity],
  ["''", ''],
  ["'abc'", 'abc'],
  ["'é'", 'é'],
  ["'😀'", '😀'],
  ['char(97, 0, 98)', 'a\0b'],
  ["CAST(x'eda080' AS TEXT)", '\ufffd\ufffd\ufffd'],
  ["printf('%.*c', 5000, 'x')", 'x'.repeat(5000)],
  ["printf('%.*c', 1048576, 'y')", 'y'.repeat(1 << 20)],
  ["x''", Buffer.alloc(0)],
  ["x'00ff'", Buffer.from([0, 255])],
];

for (const [kind, path] of [
  ['a file', undefined],
  ['memory', ':memory:'],
] as const) {
  describe(`query() and stream() of ${kind}`, () => {
    let db: Database;
    beforeEach(() => {
      db = open(path);
      db.exec('CREATE TABLE t (a)');
    });

    it('give every kind of value, alone and beside every other, as all() does', async () => {
      for (const [first, value] of values) {
        const rows = values.map(([second]) => `(${first}, ${second}, ${second})`);
        const sql = `VALUES ${rows.join(',')}`;
        const expected = values.map(([, second]) => ({
          column1: value,
          column2: second,
          column3: second,
        }));

        assert.deepEqual(await db.query(sql), expected);
        assert.deepEqual(await collect(db.stream(sql)), expected);
        assert.deepEqual(db.prepare(sql).all(), expected);
      }
    });

    it('tell -0 from 0, and give integers as bigint if asked', async () => {
      db.exec('CREATE TABLE r (a REAL)');
      assert.deepEqual(await db.query('SELECT -0.0 AS a'), db.prepare('SELECT -0.0 AS a').all());
      const sql = 'VALUES (1, 9007199254740993), (NULL, 1.5)';
      assert.deepEqual(await db.query(sql, [], { safeIntegers: true }), [
        { column1: 1n, column2: 9007199254740993n },
        { column1: null, column2: 1.5 },
      ]);
    });

    it('take any column name as an ordinary one', async () => {
      const sql = `SELECT 1 AS "__proto__", 2 AS "constructor", 3 AS "toString", 4 AS "a""b\\",
        'x' AS "
", 5 AS "twice", 'y' AS "twice", 6 AS "'+process.exit()+'"`;

      const [row] = await db.query(sql);

      assert.deepEqual(Object.entries(row ?? {}), [
        ['__proto__', 1],
        ['constructor', 2],
        ['toString', 3],
        ['a"b\\', 4],
        ['\n', 'x'],
        ['twice', 'y'],
        ["'+process.exit()+'", 6],
      ]);
      assert.equal(Object.getPrototypeOf(row), Object.prototype);
    });

    it('bind arrays and objects, and reject what does not fit', async () => {
      assert.deepEqual(await db.query('SELECT ? AS a, ?2 AS b', ['x', 7]), [{ a: 'x', b: 7 }]);
      assert.deepEqual(await db.query('SELECT :a AS a', { a: null, b: 1 }), [{ a: null }]);
      await assert.rejects(db.query('SELECT ?'), RangeError);
      await assert.rejects(db.query('SELECT 1', [1]), RangeError);
      await assert.rejects(db.query('SELECT :a', { a: {} }), TypeError);
      assert.throws(() => db.query('SELECT ?', [Symbol('x')]), TypeError);
      assert.throws(() => db.query(1 as never), TypeError);
      assert.throws(() => db.query('SELECT 1', [], { maxRow: 1 } as never), /maxRows/);
      assert.throws(() => db.query('SELECT 1', [], { maxRows: 0 }), RangeError);
      assert.throws(() => db.stream('SELECT 1', [], { timeoutMs: -1 }), RangeError);
    });

    it('only read', async () => {
      for (const sql of [
        'INSERT INTO t VALUES (1)',
        'UPDATE t SET a = 1 RETURNING a',
        'DROP TABLE t',
        "ATTACH 'other.sqlite' AS other",
        'PRAGMA user_version=7',
        'PRAGMA journal_mode=DELETE',
        'BEGIN',
        "SELECT load_extension('x')",
      ]) {
        await assert.rejects(db.query(sql), SqliteError, sql);
        await assert.rejects(collect(db.stream(sql)), SqliteError, sql);
      }
      await assert.rejects(db.query('SELECT nothing_of_the_kind'), {
        code: 'SQLITE_ERROR',
        message: 'no such column: nothing_of_the_kind',
      });
      await assert.rejects(db.query('SELECT 1; SELECT 2'), RangeError);
      assert.deepEqual(await db.query('PRAGMA user_version'), [{ user_version: 0 }]);
    });

    it('see what was written before', async () => {
      for (let i = 1; i <= 20; i++) {
        await db.write({ sql: 'INSERT INTO t VALUES (?)', params: [i] });
        assert.deepEqual(await db.query('SELECT max(a) AS a FROM t'), [{ a: i }]);
        db.exec('INSERT INTO t VALUES (0)');
        assert.deepEqual(await db.query('SELECT count(*) AS n FROM t'), [{ n: 2 * i }]);
      }
    });

    it('fail with FSDB_LIMIT when there are too many rows or bytes', async () => {
      const limit = { name: 'FileSyncError', code: 'FSDB_LIMIT' };
      assert.equal((await db.query(numbers(1000), [], { maxRows: 1000 })).length, 1000);
      await assert.rejects(db.query(numbers(1001), [], { maxRows: 1000 }), limit);
      await assert.rejects(db.query(numbers(100_000), [], { maxBytes: 100_000 }), limit);
      await assert.rejects(collect(db.stream(numbers(1001), [], { maxRows: 1000 })), limit);
      await assert.rejects(
        collect(db.stream('SELECT zeroblob(1e6)', [], { maxBytes: 1e5 })),
        limit,
      );
    });

    it('are ended by a signal before they begin, with its reason as the cause', async () => {
      const signal = AbortSignal.abort('no reason');
      const expected = { name: 'FileSyncError', code: 'FSDB_TIMEOUT', cause: 'no reason' };

      await assert.rejects(db.query('SELECT 1', [], { signal }), expected);
      await assert.rejects(collect(db.stream('SELECT 1', [], { signal })), expected);
    });

    it('reject with FSDB_CLOSED after close()', async () => {
      await db.close();

      await assert.rejects(db.query('SELECT 1'), { code: 'FSDB_CLOSED' });
      await assert.rejects(collect(db.stream('SELECT 1')), { code: 'FSDB_CLOSED' });
    });

    it('reject with FSDB_CLOSED when the database is closed while they run', async () => {
      const rows = db.stream(numbers(1_000_000));
      await rows.next();
      const query = db.query(numbers(3_000_000));
      const ended = Promise.all([
        assert.rejects(query, { code: 'FSDB_CLOSED' }),
        assert.rejects(collect(rows), { code: 'FSDB_CLOSED' }),
      ]);

      await db.close();
      await ended;
    });

    it('stream in order, and end when the loop is left, at its end or after a failure', async () => {
      let expected = 0;
      for await (const { i } of db.stream<{ i: number }>(numbers(30_000))) {
        assert.equal(i, ++expected);
      }
      assert.equal(expected, 30_000);
      for (let round = 0; round < 40; round++) {
        for await (const { i } of db.stream<{ i: number }>(numbers(1_000_000))) {
          if (i === 5) break;
        }
      }
      db.exec('DROP TABLE t');
      const rows = db.stream(numbers(3));
      await rows.next();
      assert.deepEqual(await rows.return?.(), { done: true, value: undefined });
      assert.deepEqual(await rows.next(), { done: true, value: undefined });
    });

    it('answer next() in order when it is called several times at once', async () => {
      const rows = db.stream<{ i: number }>(numbers(5000));

      const results = await Promise.all(Array.from({ length: 5002 }, () => rows.next()));

      assert.deepEqual(
        results.map(({ value }) => value?.i),
        [...Array.from({ length: 5000 }, (_, i) => i + 1), undefined, undefined],
      );
    });
  });
}

describe('query()', () => {
  it('is ended by its signal while it runs, and by its deadline', async () => {
    const db = open();
    const controller = new AbortController();
    const running = db.query(endless, [], { signal: controller.signal });
    setImmediate(() => controller.abort());

    await assert.rejects(running, { code: 'FSDB_TIMEOUT', name: 'FileSyncError' });
    await assert.rejects(db.query(endless, [], { timeoutMs: 5 }), { code: 'FSDB_TIMEOUT' });
    const waiting = [1, 2, 3, 4].map(() => db.query(endless, [], { timeoutMs: 20 }));
    for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected');
    assert.deepEqual(await db.query('SELECT 1 AS a', [], { timeoutMs: 60_000 }), [{ a: 1 }]);
  });

  it('does not wait for long ones', async () => {
    const db = open();
    const controller = new AbortController();
    const long = [1, 2].map(() =>
      db.query(numbers(50_000_000), [], { signal: controller.signal, maxBytes: 2 ** 40 }),
    );

    assert.deepEqual(await db.query('SELECT 1 AS a'), [{ a: 1 }]);

    controller.abort();
    await Promise.allSettled(long);
  });

  it('does not see what is not committed, nor what belongs to this connection alone', async () => {
    const db = open();
    db.exec('CREATE TABLE t (a); CREATE TEMP TABLE mine (a); BEGIN; INSERT INTO t VALUES (1)');

    assert.deepEqual(await db.query('SELECT count(*) AS n FROM t'), [{ n: 0 }]);
    await assert.rejects(db.query('SELECT * FROM mine'), /no such table: mine/);
    db.exec('COMMIT');
    assert.deepEqual(await db.query('SELECT count(*) AS n FROM t'), [{ n: 1 }]);
  });

  it('works on readers, and on databases of files', async () => {
    open().exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    folder.write('notes/a.json', '{"text": "x"}');
    const files = await FileSyncDatabase.open(folder.join('f.sqlite'), {
      sources: { note: { directory: folder.join('notes') } },
    });
    opened.push(files);

    const reader = open(undefined, { readonly: true });
    assert.deepEqual(await reader.query('SELECT a FROM t'), [{ a: 1 }]);
    assert.deepEqual(await files.query("SELECT id, document ->> 'text' AS text FROM documents"), [
      { id: 'a', text: 'x' },
    ]);
  });

  it('reads full text and R-trees', async () => {
    const db = open();
    db.exec(`CREATE VIRTUAL TABLE words USING fts5 (text); INSERT INTO words VALUES ('some ink');
      CREATE VIRTUAL TABLE boxes USING rtree (id, low, high); INSERT INTO boxes VALUES (1, 2, 3)`);

    assert.deepEqual(await db.query("SELECT text FROM words WHERE words MATCH 'ink'"), [
      { text: 'some ink' },
    ]);
    assert.deepEqual(await db.query('SELECT id FROM boxes WHERE low > 1'), [{ id: 1 }]);
  });

  it('works without generated code', async () => {
    const outcome = await runProgram(
      `const db = new filesyncdb.Database(args[0]);
      const sql = ${JSON.stringify(`VALUES ${values.map(([sql]) => `(1, ${sql}, ${sql})`).join(',')}`)};
      db.query(sql + ', (NULL, 1, 1)').then((rows) => {
        require('node:assert').deepStrictEqual(rows, db.prepare(sql + ', (NULL, 1, 1)').all());
        return db.query('SELECT 1 AS a, 2 AS "__proto__"');
      }).then(([row]) => console.log(Object.keys(row).join()));`,
      [folder.join('a.sqlite')],
      ['--disallow-code-generation-from-strings'],
    );

    assert.deepEqual(outcome, { code: 0, signal: null, stdout: 'a,__proto__\n', stderr: '' });
  });

  it('keeps the process alive until it is answered, and no longer', async () => {
    const outcome = await runProgram(
      `const db = new filesyncdb.Database(args[0]);
      db.query(${JSON.stringify(numbers(100_000))}, [], { timeoutMs: 60_000 })
        .then((rows) => console.log(rows.length));
      db.stream('SELECT 1').next().then(() => console.log('a row'));`,
      [folder.join('a.sqlite')],
    );

    assert.equal(outcome.code, 0, outcome.stderr);
    assert.deepEqual(outcome.stdout.trim().split('\n').sort(), ['100000', 'a row']);
  });

  it('ends with process.exit() and with exceptions', async () => {
    for (const [end, code] of [
      ['process.exit(3)', 3],
      ["throw new Error('x')", 1],
    ] as const) {
      const outcome = await runProgram(
        `const db = new filesyncdb.Database(args[0]);
        db.query(${JSON.stringify(endless)}).catch(() => {});
        const rows = db.stream(${JSON.stringify(numbers(1_000_000))});
        rows.next().then(() => { rows.next(); ${end} });`,
        [folder.join('a.sqlite')],
      );

      assert.equal(outcome.code, code, outcome.stderr);
    }
  });

  it('ends with its Worker, again and again', async () => {
    for (let round = 0; round < 6; round++) {
      const body = programText(`
        const { parentPort } = require('node:worker_threads');
        const db = new filesyncdb.Database(${JSON.stringify(folder.join('a.sqlite'))});
        db.query(${JSON.stringify(endless)}).catch(() => {});
        const read = async () => { for await (const _ of db.stream(${JSON.stringify(numbers(1e6))})); read(); };
        for (let i = 0; i < 3; i++) read();
        db.query('SELECT 1').then(() => parentPort.postMessage('started'));`);
      const worker = new Worker(body, { eval: true });
      await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      await worker.terminate();
    }
    assert.deepEqual(await open().query('SELECT 1 AS a'), [{ a: 1 }]);
  });
});

describe('stream()', () => {
  it('takes bounded memory for a million rows, however slow its reader is', async () => {
    const outcome = await runProgram(
      `const db = new filesyncdb.Database(args[0]);
      (async () => {
        const sql = ${JSON.stringify(numbers(1_000_000).replace('SELECT i FROM', "SELECT i, printf('%0200d', i) AS text FROM"))};
        let count = 0;
        for await (const row of db.stream('SELECT 1')) count++;
        gc();
        const before = process.memoryUsage().rss;
        let most = 0;
        for await (const row of db.stream(sql)) {
          count++;
          if (count % 50_000 === 0) {
            await new Promise(setImmediate);
            most = Math.max(most, process.memoryUsage().rss - before);
          }
        }
        console.log(JSON.stringify({ count, most }));
      })();`,
      [folder.join('a.sqlite')],
      ['--expose-gc', '--max-semi-space-size=4'],
    );

    const { count, most } = JSON.parse(outcome.stdout) as { count: number; most: number };
    assert.equal(count, 1_000_001);
    // The rows are 200 MB.
    assert.ok(most < 100e6, `${most}`);
  });

  it('is ended when it is collected, and then blocks nothing', async () => {
    const outcome = await runProgram(
      `const db = new filesyncdb.Database(args[0]);
      (async () => {
        const sql = ${JSON.stringify(numbers(1_000_000))};
        for (let i = 0; i < 40; i++) {
          await db.stream(sql).next().catch(() => {});
          gc();
          await new Promise(setImmediate);
          await new Promise(setImmediate);
        }
        for (;;) {
          gc();
          const rows = db.stream(sql);
          const row = await rows.next().catch(() => undefined);
          await rows.return();
          if (row) break;
        }
        console.log('open');
        await db.close();
      })();`,
      [folder.join('a.sqlite')],
      ['--expose-gc'],
    );

    assert.deepEqual(outcome, { code: 0, signal: null, stdout: 'open\n', stderr: '' });
  });

  it('ends with its database when both are collected', async () => {
    const outcome = await runProgram(
      `const { existsSync } = require('node:fs');
      (async () => {
        await (async () => {
          const db = new filesyncdb.Database(args[0]);
          db.exec('CREATE TABLE t (a)');
          await db.stream(${JSON.stringify(numbers(1_000_000))}).next();
        })();
        while (existsSync(args[0] + '-wal')) {
          gc();
          await new Promise(setImmediate);
        }
        console.log('closed');
      })();`,
      [folder.join('a.sqlite')],
      ['--expose-gc'],
    );

    assert.deepEqual(outcome, { code: 0, signal: null, stdout: 'closed\n', stderr: '' });
  });

  it('of a database in memory keeps the connection busy, as iterate() does', async () => {
    const db = open(':memory:');
    db.exec('CREATE TABLE t (a)');
    const rows = db.stream(numbers(1_000_000));
    await rows.next();

    assert.throws(() => db.exec('INSERT INTO t VALUES (1)'), /busy/);
    await rows.return?.();
    await new Promise(setImmediate);
    db.exec('INSERT INTO t VALUES (1)');
  });

  it('refuses a thirteenth on one file', async () => {
    const db = open();
    const streams = Array.from({ length: 12 }, () => db.stream(numbers(1_000_000)));
    for (const rows of streams) await rows.next();

    await assert.rejects(db.stream('SELECT 1').next(), { code: 'FSDB_LIMIT' });
    await Promise.all(streams.map((rows) => rows.return?.()));
  });
});
