import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database, type VirtualTableDefinition } from 'filesyncdb';

describe('Database.table', () => {
  let db: Database;

  beforeEach(() => {
    db = new Database(':memory:');
  });

  afterEach(() => db.close());

  const all = (sql: string, ...params: unknown[]) => db.prepare(sql).all(...params);

  const sequence: VirtualTableDefinition = {
    columns: ['value'],
    parameters: ['length', 'start'],
    *rows(length: number, start = 0) {
      for (let i = 0; i < length; i++) yield [start + i];
    },
  };

  it('has the rows that its generator yields, as arrays or objects', () => {
    const bytes = Buffer.from('x');
    const made = db.table('pairs', {
      columns: ['a', 'b'],
      *rows() {
        yield [1, 'x'];
        yield { b: null, a: 2.5 };
        yield [bytes, undefined];
        yield [true, 2n ** 40n];
      },
    });

    assert.equal(made, db);
    assert.deepEqual(all('SELECT rowid, * FROM pairs'), [
      { rowid: 1, a: 1, b: 'x' },
      { rowid: 2, a: 2.5, b: null },
      { rowid: 3, a: bytes, b: null },
      { rowid: 4, a: 1, b: 2 ** 40 },
    ]);
    assert.deepEqual(all("SELECT b FROM pairs WHERE a = 1 AND b = 'x'"), [{ b: 'x' }]);
  });

  it('takes parameters as a function does, or by name', () => {
    db.table('sequence', sequence);

    assert.deepEqual(all('SELECT * FROM sequence(3)'), [{ value: 0 }, { value: 1 }, { value: 2 }]);
    assert.deepEqual(all('SELECT value, start FROM sequence(?, ?)', 2, 5), [
      { value: 5, start: 5 },
      { value: 6, start: 5 },
    ]);
    assert.deepEqual(all('SELECT * FROM sequence WHERE start = 9 AND length = 1'), [{ value: 9 }]);
    assert.deepEqual(all('SELECT * FROM sequence(2) WHERE length = 3'), []);
    assert.throws(() => all('SELECT * FROM sequence(1, 2, 3)'), /too many arguments/);
  });

  it('takes parameters from the other side of a join', () => {
    db.table('sequence', sequence);
    const expected = [
      { a: 1, b: 0 },
      { a: 2, b: 0 },
      { a: 2, b: 1 },
    ];

    assert.deepEqual(
      all('SELECT x.value AS a, y.value AS b FROM sequence(3) AS x, sequence(x.value) AS y'),
      expected,
    );
    assert.deepEqual(
      all(
        'SELECT x.value AS a, y.value AS b FROM sequence AS y JOIN sequence(3) AS x ON y.length = x.value',
      ),
      expected,
    );
  });

  it('names the parameters of its generator itself', () => {
    db.table('plus', {
      columns: ['sum'],
      *rows(a, b) {
        yield [a + b];
      },
    });

    assert.deepEqual(all('SELECT sum, "$1", "$2" FROM plus(1, 2)'), [{ sum: 3, $1: 1, $2: 2 }]);
  });

  it('ends the generator of a reading that is left early', () => {
    let ended = 0;
    db.table('endless', {
      columns: ['n'],
      *rows() {
        try {
          for (let n = 1; ; n++) yield [n];
        } finally {
          ended++;
        }
      },
    });

    assert.deepEqual(db.prepare('SELECT n FROM endless').get(), { n: 1 });
    assert.equal(ended, 1);
    assert.equal(all('SELECT n FROM endless LIMIT 3').length, 3);
    assert.equal(ended, 2);
    for (const _ of db.prepare('SELECT n FROM endless').iterate()) break;
    assert.equal(ended, 3);
  });

  it('throws what its generator throws, and says what is wrong with a row', () => {
    const yields = (row: unknown) => {
      db.table('bad', {
        columns: ['a', 'b'],
        *rows() {
          yield [1, 2];
          yield row as unknown[];
        },
      });
      return () => all('SELECT * FROM bad');
    };

    assert.throws(yields([1]), /incorrect number of columns/);
    assert.throws(yields([1, 2, 3]), /incorrect number of columns/);
    assert.throws(yields({ a: 1 }), /missing columns/);
    assert.throws(yields({ a: 1, b: 2, c: 3 }), /undeclared column "c"/);
    assert.throws(yields(5), /isn't a valid row object/);
    assert.throws(yields(null), /isn't a valid row object/);
    assert.throws(yields([{}, 1]), { name: 'TypeError', message: /yielded an invalid value/ });
    const error = new Error('mine');
    db.table('throws', {
      columns: ['a'],
      *rows() {
        yield [1];
        throw error;
      },
    });
    assert.throws(
      () => all('SELECT * FROM throws'),
      (thrown) => thrown === error,
    );
    assert.deepEqual(all('SELECT a FROM throws LIMIT 1'), [{ a: 1 }]);
  });

  it('finds the connection busy', () => {
    db.table('busy', {
      columns: ['a'],
      *rows() {
        yield [db.prepare('SELECT 1').pluck().get()];
      },
    });

    assert.throws(() => all('SELECT * FROM busy'), { name: 'TypeError', message: /busy/ });
  });

  it('can only be read', () => {
    db.table('sequence', sequence);

    assert.throws(() => db.exec('INSERT INTO sequence VALUES (1)'), /may not be modified/);
    assert.throws(() => db.exec('DROP TABLE sequence'), /may not be dropped/);
    assert.throws(() => db.exec('CREATE VIRTUAL TABLE x USING sequence'), /no such module/);
  });

  it('may be read by views, unless it says no', () => {
    db.table('open', { ...sequence, directOnly: false });
    db.table('direct', { ...sequence, directOnly: true });
    db.exec('CREATE VIEW v AS SELECT * FROM open(2); CREATE VIEW d AS SELECT * FROM direct(2)');

    assert.equal(all('SELECT * FROM v').length, 2);
    assert.equal(all('SELECT * FROM direct(2)').length, 2);
    assert.throws(() => all('SELECT * FROM d'), /unsafe use of virtual table "direct"/);
  });

  it('gives bigints if it is told to', () => {
    const definition = (): VirtualTableDefinition => ({
      columns: ['kind'],
      *rows(n) {
        yield [typeof n];
      },
    });
    db.table('safe', { ...definition(), safeIntegers: true });
    db.table('plain', definition());

    assert.deepEqual(all('SELECT kind FROM safe(1)'), [{ kind: 'bigint' }]);
    assert.deepEqual(all('SELECT kind FROM plain(1)'), [{ kind: 'number' }]);
  });

  it('makes tables by CREATE VIRTUAL TABLE if it is a function', () => {
    const requests: unknown[] = [];
    db.table('list', function (...words) {
      requests.push({ ...this });
      return {
        columns: ['word'],
        *rows() {
          for (const word of words) yield [word];
        },
      };
    });
    db.exec(
      'CREATE VIRTUAL TABLE a USING list(x, "y z", 3); CREATE VIRTUAL TABLE temp.b USING list',
    );

    assert.deepEqual(db.prepare('SELECT * FROM a').pluck().all(), ['x', '"y z"', '3']);
    assert.deepEqual(all('SELECT * FROM b'), []);
    assert.deepEqual(requests, [
      { module: 'list', database: 'main', table: 'a' },
      { module: 'list', database: 'temp', table: 'b' },
    ]);
    assert.throws(() => all('SELECT * FROM list'), { message: 'no such table: list' });
    db.exec('DROP TABLE a');
    assert.throws(() => all('SELECT * FROM a'), { message: 'no such table: a' });
  });

  it('throws what its function throws', () => {
    const error = new Error('mine');
    db.table('failing', () => {
      throw error;
    });
    db.table('five', () => 5 as never);
    db.table('empty', () => ({ columns: [], *rows() {} }));
    const create = (module: string) => () => db.exec(`CREATE VIRTUAL TABLE x USING ${module}`);

    assert.throws(create('failing'), (thrown) => thrown === error);
    assert.throws(create('five'), { name: 'TypeError', message: /did not return a table/ });
    assert.throws(create('empty'), { name: 'RangeError', message: /zero columns/ });
  });

  it('may have columns of any name', () => {
    const columns = ['__proto__', 'constructor', 'a"b', 'select'];
    db.table('odd', {
      columns,
      *rows() {
        yield [1, 2, 3, 4];
      },
    });

    assert.deepEqual(db.prepare('SELECT * FROM odd').raw().get(), [1, 2, 3, 4]);
    assert.deepEqual(
      db
        .prepare('SELECT * FROM odd')
        .columns()
        .map(({ name }) => name),
      columns,
    );
  });

  it('is checked when it is defined', () => {
    const define = db.table.bind(db) as (...args: unknown[]) => unknown;
    const rows = function* () {};
    const columns = ['a'];
    const many = Array.from({ length: 33 }, (_, i) => `p${i}`);
    const cases: [unknown, ErrorConstructor, RegExp][] = [
      [5, TypeError, /function or a table definition object/],
      [{ rows }, TypeError, /without a "columns" property/],
      [{ columns }, TypeError, /without a "rows" property/],
      [{ columns, rows: () => [] }, TypeError, /invalid "rows" property/],
      [{ columns: [1], rows }, TypeError, /invalid "columns" property/],
      [{ columns, parameters: 'p', rows }, TypeError, /invalid "parameters" property/],
      [{ columns: [], rows }, RangeError, /zero columns/],
      [{ columns, parameters: many, rows }, RangeError, /maximum number of 32/],
      [{ columns: ['a', 'A'], rows }, TypeError, /duplicate column names/],
      [{ columns, parameters: ['p', 'p'], rows }, TypeError, /duplicate parameter names/],
      [{ columns, parameters: ['a'], rows }, TypeError, /ambiguously defined/],
      [{ columns, rows, column: 1 }, TypeError, /unknown/],
    ];
    for (const [definition, type, message] of cases) {
      assert.throws(() => define('x', definition), { name: type.name, message });
    }
    assert.throws(() => define('', { columns, rows }), TypeError);
    assert.throws(() => define(1, { columns, rows }), TypeError);
  });
});
