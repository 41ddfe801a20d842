import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database, FileSyncError, SqliteError } from 'filesyncdb';

describe('Statement', () => {
  let db: Database;

  beforeEach(() => {
    db = new Database(':memory:');
    db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, value)');
  });

  afterEach(() => db.close());

  const value = (sql: string, ...params: unknown[]) =>
    db
      .prepare(sql)
      .pluck()
      .get(...params);

  describe('prepare', () => {
    it('throws SqliteError with SQLite’s own words and name', () => {
      assert.throws(() => db.prepare('SELECT * FROM missing'), {
        name: 'SqliteError',
        message: 'no such table: missing',
        code: 'SQLITE_ERROR',
      });
      assert.throws(
        () => db.prepare('SELEC 1'),
        (error) => error instanceof SqliteError && error instanceof FileSyncError,
      );
    });

    it('takes exactly one statement', () => {
      assert.throws(() => db.prepare('SELECT 1; SELECT 2'), RangeError);
      assert.throws(() => db.prepare(' -- nothing'), RangeError);
      assert.throws(() => db.prepare('SELECT 1\0'), RangeError);
      assert.equal(db.prepare('SELECT 1; -- more').pluck().get(), 1);
    });

    it('takes a string', () => {
      assert.throws(() => db.prepare(1 as never), TypeError);
    });

    it('says whether rows come back', () => {
      const reader = (sql: string) => db.prepare(sql).reader;

      assert.equal(reader('SELECT 1'), true);
      assert.equal(reader('PRAGMA user_version'), true);
      assert.equal(reader("INSERT INTO t (name) VALUES ('a') RETURNING id"), true);
      assert.equal(reader("INSERT INTO t (name) VALUES ('a')"), false);
    });
  });

  describe('parameters', () => {
    it('are given one by one, in an array, or by name', () => {
      const positional = db.prepare('SELECT ? AS a, ? AS b');
      const named = db.prepare('SELECT :a AS a, @b AS b, $a AS c');

      assert.deepEqual(positional.get(1, 'x'), { a: 1, b: 'x' });
      assert.deepEqual(positional.get([1, 'x']), { a: 1, b: 'x' });
      assert.deepEqual(named.get({ a: 1, b: 'x', more: 0 }), { a: 1, b: 'x', c: 1 });
    });

    it('may be numbered', () => {
      assert.deepEqual(db.prepare('SELECT ?2 AS a, ?1 AS b').get('x', 'y'), { a: 'y', b: 'x' });
    });

    it('may be mixed', () => {
      const statement = db.prepare('SELECT ? AS a, :b AS b, ? AS c');

      assert.deepEqual(statement.get(1, { b: 2 }, 3), { a: 1, b: 2, c: 3 });
    });

    it('must be as many as there are', () => {
      const two = db.prepare('SELECT ?, ?');
      const named = db.prepare('SELECT :a, :b');

      assert.throws(() => two.get(1), { name: 'RangeError', message: /Too few/ });
      assert.throws(() => two.get(1, 2, 3), { name: 'RangeError', message: /Too many/ });
      assert.throws(() => named.get({ a: 1 }), { name: 'RangeError', message: /"b"/ });
      assert.throws(() => named.get(), { name: 'TypeError', message: /named/ });
      assert.throws(() => db.prepare('SELECT :toString').get({}), { message: /"toString"/ });
      assert.throws(() => db.prepare('SELECT :__proto__').get({}), { message: /"__proto__"/ });
      assert.throws(() => named.get({ a: 1, b: 2 }, { b: 1 }), TypeError);
      assert.throws(() => two.get({ a: 1 }), { name: 'RangeError', message: /no named/ });
    });

    it('keep their type', () => {
      const type = (param: unknown) => value('SELECT typeof(?)', param);

      assert.equal(type(1), 'integer');
      assert.equal(type(1.5), 'real');
      assert.equal(type(2 ** 53), 'integer');
      assert.equal(type(2 ** 54), 'real');
      assert.equal(type(12n), 'integer');
      assert.equal(type('x'), 'text');
      assert.equal(type(null), 'null');
      assert.equal(type(undefined), 'null');
      assert.equal(type(true), 'integer');
      assert.equal(value('SELECT ?', true), 1);
      assert.equal(value('SELECT ?', false), 0);
      for (const bytes of [
        Buffer.from('x'),
        new Uint8Array(3),
        new Float64Array(2),
        new DataView(new ArrayBuffer(4)),
        new ArrayBuffer(8),
        new Uint8Array(new SharedArrayBuffer(4)),
        new Uint8Array(0),
      ]) {
        assert.equal(type(bytes), 'blob', bytes.constructor.name);
        assert.equal(value('SELECT length(?)', bytes), bytes.byteLength);
      }
    });

    it('refuse what SQLite cannot hold, and say what to do with a Date', () => {
      const statement = db.prepare('SELECT ?');

      assert.throws(() => statement.get(new Date(0)), {
        name: 'TypeError',
        message: /toISOString/,
      });
      assert.throws(() => statement.get([new Date(0)]), TypeError);
      assert.throws(() => statement.get(() => 1), TypeError);
      assert.throws(() => statement.get(Symbol('x')), TypeError);
      assert.throws(() => statement.get([{}]), TypeError);
      assert.throws(() => statement.get(Promise.resolve(1)), TypeError);
      assert.throws(() => statement.get(2n ** 63n), RangeError);
      assert.equal(value('SELECT ?', 2n ** 63n - 1n), 2 ** 63);
    });

    it('hold text of any length and character', () => {
      const statement = db.prepare('SELECT ? AS a, ? AS b, ? AS c').raw();
      for (const length of [0, 1, 900, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 5000, 100_000]) {
        for (const character of ['x', 'é', '€', '😀']) {
          const text = character.repeat(length);

          assert.deepEqual(statement.get(text, 'b', text), [text, 'b', text]);
        }
      }
      assert.equal(value('SELECT ?', 'a\0b'), 'a\0b');
    });

    it('do not outlive the call', () => {
      const insert = db.prepare('INSERT INTO t (name, value) VALUES (:name, :value)');
      insert.run({ name: 'a', value: 1 });

      assert.throws(() => insert.run({ name: 'b' }), RangeError);

      assert.equal(value('SELECT count(*) FROM t'), 1);
    });

    it('may have getters, which must not close the database', async () => {
      const statement = db.prepare('SELECT :a AS a, :b AS b');
      const params = {
        get a() {
          assert.throws(() => db.close(), { name: 'TypeError', message: /busy/ });
          assert.throws(() => statement.get({ a: 1, b: 2 }), {
            name: 'TypeError',
            message: /busy/,
          });
          return 1;
        },
        b: 2,
      };

      assert.deepEqual(statement.get(params), { a: 1, b: 2 });
      assert.throws(() => {
        statement.get({
          get a(): never {
            throw new Error('from the getter');
          },
        });
      }, /from the getter/);
      assert.deepEqual(statement.get({ a: 3, b: 4 }), { a: 3, b: 4 });
    });
  });

  describe('rows', () => {
    it('are plain objects with the columns in order', () => {
      const row = db.prepare("SELECT 1 AS b, 'x' AS a, NULL AS c, 2.5 AS d").get();

      assert.deepEqual(Object.entries(row ?? {}), [
        ['b', 1],
        ['a', 'x'],
        ['c', null],
        ['d', 2.5],
      ]);
      assert.equal(Object.getPrototypeOf(row), Object.prototype);
    });

    it('have columns of any name as properties of their own', () => {
      const names = [
        '__proto__',
        'constructor',
        'a"b',
        'a`$' + '{b}',
        "it's",
        '\\',
        '\u2028',
        '',
        '0',
        '*/',
      ];
      const columns = names.map((name, i) => `${i} AS "${name.replaceAll('"', '""')}"`);
      const statement = db.prepare(
        `SELECT ${columns.join(', ')} UNION ALL SELECT ${names.map((_, i) => i).join(', ')}`,
      );

      for (const row of [statement.get(), ...statement.all(), ...statement.iterate()]) {
        assert.ok(row);
        assert.equal(Object.getPrototypeOf(row), Object.prototype);
        names.forEach((name, i) => {
          assert.equal(Object.getOwnPropertyDescriptor(row, name)?.value, i, JSON.stringify(name));
        });
      }
    });

    it('have the last of columns with one name', () => {
      assert.deepEqual(db.prepare('SELECT 1 AS a, 2 AS a').all(), [{ a: 2 }]);
    });

    it('may be many and wide', () => {
      const columns = Array.from({ length: 700 }, (_, i) => `n * ${i} AS c${i}`).join(', ');
      const numbers = 'WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r LIMIT 1000)';

      const wide = db
        .prepare<[], Record<string, number>>(`${numbers} SELECT ${columns} FROM r`)
        .all();
      const narrow = db.prepare(`${numbers} SELECT n, n * 2 AS m FROM r`).all();

      assert.equal(wide.length, 1000);
      assert.equal(wide[999]?.c699, 999 * 699);
      assert.deepEqual(
        narrow,
        Array.from({ length: 1000 }, (_, n) => ({ n, m: 2 * n })),
      );
    });

    it('round integers beyond 2^53, and do not with safeIntegers()', () => {
      const sql =
        'SELECT 9007199254740991 AS a, 9007199254740993 AS b, -9223372036854775807 - 1 AS c';

      assert.deepEqual(db.prepare(sql).get(), {
        a: 2 ** 53 - 1,
        b: 2 ** 53, // 2^53 + 1 has no number
        c: -(2 ** 63),
      });
      assert.deepEqual(db.prepare(sql).safeIntegers().get(), {
        a: 2n ** 53n - 1n,
        b: 2n ** 53n + 1n,
        c: -(2n ** 63n),
      });
    });

    it('hold bytes as a Buffer of their own', () => {
      const blob = value("SELECT x'00ff'") as Buffer;

      assert.ok(Buffer.isBuffer(blob));
      assert.deepEqual([...blob], [0, 255]);
    });

    it('follow a change of the schema', () => {
      db.exec("INSERT INTO t (name, value) VALUES ('a', 1)");
      const all = db.prepare('SELECT * FROM t');
      const before = all.all();

      db.exec(
        'ALTER TABLE t RENAME COLUMN value TO amount; ALTER TABLE t ADD COLUMN more DEFAULT 7',
      );

      assert.deepEqual(before, [{ id: 1, name: 'a', value: 1 }]);
      assert.deepEqual(all.all(), [{ id: 1, name: 'a', amount: 1, more: 7 }]);
      assert.deepEqual(all.get(), { id: 1, name: 'a', amount: 1, more: 7 });
    });

    it('come as values with pluck() and as arrays with raw()', () => {
      const statement = db.prepare('SELECT 1 AS a, 2 AS b UNION ALL SELECT 3, 4');

      assert.deepEqual(statement.pluck().all(), [1, 3]);
      assert.deepEqual(statement.raw().all(), [
        [1, 2],
        [3, 4],
      ]);
      assert.deepEqual(statement.raw(false).get(), { a: 1, b: 2 });
    });

    it('tell where their columns come from', () => {
      assert.deepEqual(db.prepare('SELECT name AS n, 1 + 1 AS two FROM t').columns(), [
        { name: 'n', column: 'name', table: 't', database: 'main', type: 'TEXT' },
        { name: 'two', column: null, table: null, database: null, type: null },
      ]);
    });
  });

  describe('run', () => {
    it('counts changes and tells the last rowid', () => {
      const insert = db.prepare('INSERT INTO t (name) VALUES (?)');

      assert.deepEqual(insert.run('a'), { changes: 1, lastInsertRowid: 1 });
      assert.deepEqual(insert.safeIntegers().run('b'), { changes: 1, lastInsertRowid: 2n });
      assert.deepEqual(db.prepare('UPDATE t SET value = 1').run().changes, 2);
      assert.deepEqual(db.prepare('CREATE TABLE u (a)').run().changes, 0);
    });

    it('throws SqliteError for a constraint, by its full name', () => {
      const insert = db.prepare('INSERT INTO t (name) VALUES (?)');
      insert.run('a');

      assert.throws(() => insert.run('a'), {
        name: 'SqliteError',
        code: 'SQLITE_CONSTRAINT_UNIQUE',
        message: 'UNIQUE constraint failed: t.name',
        fsdbCode: 'FSDB_CONSTRAINT',
      });
      assert.equal(insert.run('b').changes, 1);
    });

    it('is for every statement, and the others for those with rows', () => {
      const insert = db.prepare('INSERT INTO t (name) VALUES (?)');

      assert.deepEqual(db.prepare("INSERT INTO t VALUES (7, 'x', 1) RETURNING id").run(), {
        changes: 1,
        lastInsertRowid: 7,
      });
      assert.throws(() => insert.get('a'), TypeError);
      assert.throws(() => insert.all('a'), TypeError);
      assert.throws(() => insert.iterate('a'), TypeError);
    });

    it('returns rows of RETURNING by get()', () => {
      const insert = db.prepare('INSERT INTO t (name) VALUES (?) RETURNING id, name');

      assert.deepEqual(insert.get('a'), { id: 1, name: 'a' });
      assert.deepEqual(insert.all('b'), [{ id: 2, name: 'b' }]);
      assert.equal(value('SELECT count(*) FROM t'), 2);
    });
  });

  describe('iterate', () => {
    const numbers =
      'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT ?) SELECT n FROM r';

    it('gives every row, however many', () => {
      for (const count of [0, 1, 3, 4, 5, 11, 12, 13, 1000]) {
        const rows = [...db.prepare(numbers).pluck().iterate(count)];

        assert.deepEqual(
          rows,
          Array.from({ length: count }, (_, i) => i + 1),
          `${count}`,
        );
      }
    });

    it('is busy until the loop is left', () => {
      const statement = db.prepare(numbers).pluck();
      for (const n of statement.iterate(1000)) {
        assert.equal(statement.busy, true);
        assert.throws(() => statement.get(1), { name: 'TypeError', message: /busy/ });
        if (n === 7) break;
      }

      assert.equal(statement.busy, false);
      assert.equal(statement.get(1), 1);
    });

    it('lets others read and nobody write', () => {
      const insert = db.prepare("INSERT INTO t (name) VALUES ('a')");
      for (const _ of db.prepare(numbers).iterate(2)) {
        assert.equal(value('SELECT 5'), 5);
        assert.throws(() => insert.run(), { name: 'TypeError', message: /busy/ });
        assert.throws(() => db.exec('DELETE FROM t'), { name: 'TypeError', message: /busy/ });
      }

      assert.equal(insert.run().changes, 1);
    });

    it('holds its parameters until the end', () => {
      const text = 'x'.repeat(50);
      const statement = db.prepare(
        'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 500) SELECT ? || n FROM r',
      );
      const expected = Array.from({ length: 500 }, (_, i) => `${text}${i + 1}`);

      const rows: unknown[] = [];
      for (const row of statement.pluck().iterate(text)) {
        db.prepare('SELECT ?').get('something else');
        rows.push(row);
      }

      assert.deepEqual(rows, expected);
    });

    it('throws what a later row fails with, and is then over', () => {
      const statement = db
        .prepare("SELECT json_extract(CASE value WHEN 300 THEN '{' ELSE '1' END, '$') AS a FROM t")
        .pluck();
      db.exec(
        'INSERT INTO t (value) WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 400) SELECT n FROM r',
      );
      let seen = 0;

      assert.throws(
        () => {
          for (const _ of statement.iterate()) seen++;
        },
        { name: 'SqliteError', message: /malformed JSON/ },
      );

      assert.ok(seen < 300, `${seen}`);
      assert.equal(statement.busy, false);
      assert.equal(db.prepare('DELETE FROM t').run().changes, 400);
    });

    it('ends when the database is closed', async () => {
      const rows = db.prepare(numbers).iterate(1000);
      rows.next();

      await db.close();

      assert.throws(
        () => {
          for (const _ of rows);
        },
        { name: 'TypeError', code: 'FSDB_CLOSED' },
      );
    });
  });

  it('throws TypeError after close()', async () => {
    const statement = db.prepare('SELECT 1 AS a');

    await db.close();

    const closed = { name: 'TypeError', message: 'The database connection is not open' };
    assert.throws(() => statement.get(), closed);
    assert.throws(() => statement.all(), closed);
    assert.throws(() => statement.iterate(), closed);
    assert.throws(() => statement.columns(), closed);
    assert.equal(statement.source, 'SELECT 1 AS a');
    assert.equal(statement.readonly, true);
    assert.throws(() => db.prepare('SELECT 1'), closed);
    assert.throws(() => db.exec('SELECT 1'), closed);
    assert.equal(db.open, false);
    assert.equal(db.inTransaction, false);
  });

  it('cannot be made of something else, nor its methods be called on it', () => {
    const statement = db.prepare('SELECT 1');
    const Prepared = statement.constructor as new (...args: unknown[]) => unknown;

    assert.throws(() => new Prepared({}, 'SELECT 1'), TypeError);
    assert.throws(() => new Prepared(statement, 'SELECT 1'), TypeError);
    assert.throws(() => statement.get.call({} as never), TypeError);
  });
});
