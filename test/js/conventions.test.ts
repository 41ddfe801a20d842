// What users of better-sqlite3 and its query builders count on beyond statement.test.ts.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database } from 'filesyncdb';
import { Folder } from './support/folder';
import { runProgram } from './support/program';

const notAuthorized = { code: 'SQLITE_ERROR', message: /not authorized/ };
const busy = { name: 'TypeError', message: /busy executing a query/ };

describe('Statement', () => {
  let db: Database;

  beforeEach(() => {
    db = new Database(':memory:');
    db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')`);
  });

  afterEach(() => db.close());

  describe('expand', () => {
    const sql = 'SELECT t.*, 7 AS seven, u.id FROM t JOIN t AS u ON u.id = t.id + 1 ORDER BY t.id';
    const expected = [
      { t: { id: 2, name: 'a' }, $: { seven: 7 } },
      { t: { id: 3, name: 'b' }, $: { seven: 7 } },
    ];

    it('makes an object of each table', () => {
      const statement = db.prepare(sql).expand();

      assert.deepEqual(statement.all(), expected);
      assert.deepEqual(statement.get(), expected[0]);
      assert.deepEqual([...statement.iterate()], expected);
    });

    it('excludes pluck() and raw()', () => {
      const statement = db.prepare('SELECT id FROM t WHERE id = 1');

      assert.deepEqual(statement.expand().raw().get(), [1]);
      assert.deepEqual(statement.expand().get(), { t: { id: 1 } });
      assert.equal(statement.pluck().get(), 1);
      assert.deepEqual(statement.expand().expand(false).get(), { id: 1 });
    });

    it('takes tables of any name', () => {
      db.exec(
        'CREATE TABLE "__proto__" ("constructor" DEFAULT 1); INSERT INTO "__proto__" DEFAULT VALUES',
      );

      const row = db.prepare('SELECT * FROM "__proto__"').expand().get() as object;

      assert.deepEqual(Object.getOwnPropertyNames(row), ['__proto__']);
      assert.equal(JSON.stringify(row), '{"__proto__":{"constructor":1}}');
    });

    it('works where code may not be generated', async () => {
      const outcome = await runProgram(
        `const db = new filesyncdb.Database(':memory:');
        db.exec('CREATE TABLE t (id, name); INSERT INTO t VALUES (1, 2)');
        const statement = db.prepare('SELECT t.*, 3 AS three FROM t').expand();
        console.log(JSON.stringify([statement.get(), ...statement.all()]));`,
        [],
        ['--disallow-code-generation-from-strings'],
      );

      const row = '{"t":{"id":1,"name":2},"$":{"three":3}}';
      assert.equal(outcome.stdout, `[${row},${row}]\n`);
    });
  });

  describe('bind', () => {
    it('binds once and for all', () => {
      const bytes = Buffer.from('x');
      const statement = db
        .prepare('SELECT ? AS a, ? AS b, :c AS c, ? AS d, ? AS e')
        .bind('text', 1, { c: 2.5 }, bytes, null);
      bytes.fill('y');

      const row = { a: 'text', b: 1, c: 2.5, d: Buffer.from('x'), e: null };
      assert.deepEqual(statement.get(), row);
      assert.deepEqual(statement.all(), [row]);
      assert.deepEqual([...statement.iterate()], [row]);
      const refused = { name: 'TypeError', message: /already has bound parameters/ };
      assert.throws(() => (statement as { get(a: number): unknown }).get(1), refused);
      assert.throws(() => (statement as { bind(a: number): unknown }).bind(1), {
        name: 'TypeError',
        message: /only be invoked once/,
      });
    });

    it('does not show in another statement with the same SQL', () => {
      const sql = 'SELECT name FROM t WHERE id = ?';
      const bound = db.prepare(sql).pluck().bind(2);
      const other = db.prepare(sql).pluck();

      assert.equal(other.get(1), 'a');
      assert.equal(bound.get(), 'b');
      assert.throws(() => other.get(), RangeError);
    });

    it('refuses what get() would', () => {
      const statement = db.prepare('SELECT ?');

      assert.throws(() => statement.bind(), RangeError);
      assert.throws(() => statement.bind(1, 2), RangeError);
      assert.throws(() => statement.bind(new Date(0)), TypeError);
      assert.deepEqual(statement.pluck().bind(5).get(), 5);
    });
  });

  it('knows its database and its SQL, also after close()', async () => {
    const statement = db.prepare('SELECT 1; -- one');
    await db.close();

    assert.equal(statement.database, db);
    assert.equal(statement.source, 'SELECT 1; -- one');
    assert.equal(String(statement), 'SELECT 1; -- one');
    assert.equal(statement.reader, true);
    assert.equal(statement.busy, false);
  });

  it('takes nothing but true and false where something is switched', () => {
    const statement = db.prepare('SELECT 1') as unknown as Record<string, (on: unknown) => unknown>;
    for (const name of ['pluck', 'expand', 'raw', 'safeIntegers']) {
      for (const wrong of [1, null, undefined, 'true']) {
        assert.throws(() => statement[name]?.(wrong), TypeError, `${name}(${wrong})`);
      }
    }
    for (const name of ['defaultSafeIntegers', 'unsafeMode'] as const) {
      assert.throws(() => db[name](1 as never), TypeError, name);
    }
  });

  it('is of one mind about statements without rows', () => {
    const insert = db.prepare("INSERT INTO t (name) VALUES ('x')");
    for (const name of ['pluck', 'expand', 'raw', 'columns'] as const) {
      assert.throws(() => insert[name](), {
        name: 'TypeError',
        message: `The ${name}() method is only for statements that return data`,
      });
    }
  });

  describe('prepared again and again', () => {
    it('has its own switches and its own iteration', () => {
      const sql = 'SELECT id, name FROM t WHERE id <= ? ORDER BY id';
      const objects = db.prepare<[number]>(sql);
      const plucked = db.prepare(sql).pluck();
      const big = db.prepare(sql).safeIntegers();
      const seen: unknown[] = [];
      for (const row of objects.iterate(3)) {
        seen.push(row, plucked.all(2), big.get(1));
        assert.equal(plucked.busy, false);
        for (const inner of db.prepare(sql).raw().iterate(1)) seen.push(inner);
      }

      assert.deepEqual(seen, [
        ...[{ id: 1, name: 'a' }, [1, 2], { id: 1n, name: 'a' }, [1, 'a']],
        ...[{ id: 2, name: 'b' }, [1, 2], { id: 1n, name: 'a' }, [1, 'a']],
        ...[{ id: 3, name: 'c' }, [1, 2], { id: 1n, name: 'a' }, [1, 'a']],
      ]);
    });

    it('sees a changed schema', () => {
      const names = () =>
        db
          .prepare('SELECT * FROM t')
          .columns()
          .map(({ name }) => name);
      assert.deepEqual(names(), ['id', 'name']);

      db.exec('ALTER TABLE t ADD COLUMN more');
      assert.deepEqual(names(), ['id', 'name', 'more']);
      db.prepare('ALTER TABLE t DROP COLUMN more').run();
      assert.deepEqual(names(), ['id', 'name']);
      db.exec('DROP TABLE t');
      assert.throws(() => names(), { code: 'SQLITE_ERROR', message: 'no such table: t' });
    });

    it('keeps no table and no database from being dropped, detached or closed', async () => {
      db.exec("ATTACH ':memory:' AS other; CREATE TABLE other.u (a); INSERT INTO u VALUES (1)");
      for (let i = 0; i < 3; i++) {
        db.prepare('SELECT * FROM t').all();
        db.prepare('SELECT * FROM u').get();
        db.prepare('INSERT INTO u VALUES (?)').run(i);
      }

      db.exec('DROP TABLE t; DETACH other');
      await db.close();
    });

    it('explains the plan of now', () => {
      const plan = () =>
        db.prepare("EXPLAIN QUERY PLAN SELECT * FROM t WHERE name = 'a'").expand(false).all()[0];
      assert.match(String(plan()?.detail), /^SCAN/);

      db.exec('CREATE INDEX i ON t (name)');

      assert.match(String(plan()?.detail), /USING COVERING INDEX i/);
    });

    it('is not mixed up with SQL that differs in anything', () => {
      for (let i = 0; i < 1000; i++) {
        assert.equal(
          db
            .prepare(`SELECT ${i % 300}`)
            .pluck()
            .get(),
          i % 300,
        );
      }
    });
  });

  it('may be made by the ten thousand, and never be let go', async () => {
    const kept = Array.from({ length: 10_000 }, (_, i) => db.prepare(`SELECT ${i} AS n`));
    const iterators = kept.slice(0, 100).map((each) => each.iterate());
    for (const each of iterators) each.next();

    assert.deepEqual(kept[9_999]?.get(), { n: 9_999 });
    await db.close();

    assert.throws(() => kept[0]?.get(), { code: 'FSDB_CLOSED' });
  });

  it('is collected when nobody has it any more, as the engine knows what it takes', async () => {
    const outcome = await runProgram(
      `const db = new filesyncdb.Database(':memory:');
      const before = process.memoryUsage.rss();
      let i = 0;
      // Objects of addons end between the turns of the event loop.
      setImmediate(function turn() {
        const end = i + 1000;
        while (i < end) db.prepare('SELECT ' + i++ + ' AS a, ? AS b').get('x');
        if (i < 200_000) setImmediate(turn);
        else console.log(process.memoryUsage.rss() - before < 150e6);
      });`,
    );

    // Each takes some 3 kB: 600 MB if they were all kept.
    assert.deepEqual(outcome, { code: 0, signal: null, stdout: 'true\n', stderr: '' });
  });
});

describe('Database', () => {
  let db: Database;

  beforeEach(() => {
    db = new Database(':memory:');
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
  });

  afterEach(() => db.close());

  it('has the defaults of better-sqlite3', () => {
    const pragma = (name: string) => db.pragma(name, { simple: true });

    assert.equal(pragma('foreign_keys'), 1);
    assert.equal(pragma('cache_size'), -16000);
    assert.equal(pragma('recursive_triggers'), 0);
    // DEFENSIVE: the schema cannot be written past the parser.
    db.pragma('writable_schema = ON');
    assert.throws(() => db.exec("UPDATE sqlite_schema SET name = 'x'"), {
      message: 'table sqlite_master may not be modified',
    });
    assert.throws(() => db.exec('SELECT "no such column"'), /no such column/);
    assert.throws(() => db.prepare("SELECT load_extension('x')").get(), notAuthorized);
  });

  it('makes bigints by default if it is told to', () => {
    const before = db.prepare('SELECT 1 AS a');
    assert.equal(db.defaultSafeIntegers(), db);
    const statement = db.prepare('SELECT 1 AS a');
    const insert = db.prepare('INSERT INTO t VALUES (4)');

    assert.deepEqual(statement.get(), { a: 1n });
    assert.deepEqual(insert.run(), { changes: 1, lastInsertRowid: 4n });
    assert.deepEqual(statement.safeIntegers(false).get(), { a: 1 });
    assert.deepEqual(before.get(), { a: 1 });
    db.defaultSafeIntegers(false);
    assert.deepEqual(db.prepare('SELECT 1 AS a').get(), { a: 1 });
  });

  it('lets rows be written while others are iterated, in unsafe mode', () => {
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    const select = db.prepare('SELECT a FROM t WHERE a < 4').pluck();
    assert.equal(db.unsafeMode(), db);
    for (const a of select.iterate()) insert.run((a as number) + 10);
    db.unsafeMode(false);

    assert.deepEqual(db.prepare('SELECT a FROM t').pluck().all(), [1, 2, 3, 11, 12, 13]);
    for (const _ of select.iterate()) {
      assert.throws(() => insert.run(1), busy);
      assert.throws(() => db.exec('SELECT 1'), busy);
      assert.throws(() => select.get(), busy);
    }
  });

  it('tells what it runs', async () => {
    const log: string[] = [];
    const told = new Database(':memory:', { verbose: (sql) => log.push(sql) });
    told.exec('CREATE TABLE t (a);\n INSERT INTO t VALUES (1); -- the end');
    told.prepare('INSERT INTO t VALUES (?)').run("it's");
    told.prepare('SELECT :a, ?').all({ a: null }, 'x'.repeat(100));
    [...told.prepare('SELECT 1').bind().iterate()];
    told.pragma('user_version');
    told.transaction(() => 0)();
    await told.close();

    assert.deepEqual(log, [
      'CREATE TABLE t (a);',
      'INSERT INTO t VALUES (1);',
      "INSERT INTO t VALUES ('it''s')",
      `SELECT NULL, '${'x'.repeat(32)}'/*+68 bytes*/`,
      'SELECT 1',
      'PRAGMA user_version',
      'BEGIN',
      'COMMIT',
    ]);
  });

  it('ends a call whose SQL cannot be told', async () => {
    const told = new Database(':memory:', {
      verbose: (sql) => {
        if (sql.includes('2')) throw new Error('full');
      },
    });

    assert.throws(() => told.prepare('SELECT 2').get(), /full/);
    assert.throws(() => told.exec('SELECT 1; SELECT 2'), /full/);
    assert.equal(told.prepare('SELECT 1').pluck().get(), 1);
    await told.close();
  });

  it('takes what clients of better-sqlite3 pass on', async () => {
    const opened = new Database(':memory:', { verbose: null, nativeBinding: null, timeout: 100 });
    const options = { nativeBinding: undefined } as never;
    const again = new Database(undefined, options);

    assert.deepEqual([opened.name, opened.memory, opened.readonly], [':memory:', true, false]);
    assert.deepEqual([again.name, again.memory, again.open], ['', true, true]);
    await Promise.all([opened.close(), again.close()]);
    assert.throws(() => new Database('', { nativeBinding: './a.node' } as never), TypeError);
    assert.throws(() => new Database('', { verbose: 1 } as never), TypeError);
    assert.throws(() => new Database('', { readOnly: true } as never), /did you mean "readonly"/);
    assert.throws(() => new Database(':memory:', { readonly: true }), TypeError);
  });

  it('opens what must exist, and for reading only, if it is told to', async () => {
    const folder = new Folder();
    const path = folder.join('a.sqlite');
    assert.throws(() => new Database(path, { fileMustExist: true }), { code: 'FSDB_IO' });
    const writer = new Database(path);
    writer.exec('CREATE TABLE t (a)');
    const reader = new Database(path, { readonly: true, fileMustExist: true });

    assert.equal(reader.readonly, true);
    assert.throws(() => reader.exec('INSERT INTO t VALUES (1)'), { code: 'SQLITE_READONLY' });
    await Promise.all([writer.close(), reader.close()]);
    folder.remove();
  });

  it('hands out transactions that know each other', () => {
    const add = db.transaction((a: number) => db.prepare('INSERT INTO t VALUES (?)').run(a));

    assert.equal(add.database, db);
    assert.equal(add.default, add);
    assert.equal(add.immediate.exclusive.deferred, add.deferred);
    assert.equal(add.deferred.default, add);
    assert.throws(() => db.transaction(1 as never), TypeError);
    assert.throws(
      db.transaction(async () => 1),
      { name: 'TypeError', message: /cannot return a promise/ },
    );
    assert.equal(db.inTransaction, false);
  });

  it('does what adapters such as Prisma’s ask of it', async () => {
    const adapted = new Database(':memory:', {});
    adapted.defaultSafeIntegers(true);
    adapted.exec('CREATE TABLE u (id INTEGER PRIMARY KEY, at DATETIME, big BIGINT, b BLOB)');
    const insert = adapted.prepare('INSERT INTO u VALUES (?, ?, ?, ?)') as never as {
      bind(values: unknown[]): { run(): unknown; reader: boolean };
    };
    const bound = insert.bind([1, '2026-01-01', 2n ** 62n, Buffer.from('x')]);

    assert.equal(bound.reader, false);
    assert.deepEqual(bound.run(), { changes: 1, lastInsertRowid: 1n });
    const select = adapted.prepare<[unknown[]]>('SELECT * FROM u WHERE id = ?').bind([1]);
    assert.deepEqual(
      select.columns().map(({ name, type }) => [name, type]),
      [
        ['id', 'INTEGER'],
        ['at', 'DATETIME'],
        ['big', 'BIGINT'],
        ['b', 'BLOB'],
      ],
    );
    assert.deepEqual(select.raw().all(), [[1n, '2026-01-01', 2n ** 62n, Buffer.from('x')]]);
    await adapted.close();
  });
});
