import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Database } from 'filesyncdb';
import { programText, runProgram } from './support/program';

const busy = { name: 'TypeError', message: /busy executing a query/ };

describe('Database', () => {
  let db: Database;

  beforeEach(() => {
    db = new Database(':memory:');
    db.exec('CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)');
  });

  afterEach(() => db.close());

  const value = (sql: string, ...params: unknown[]) =>
    db
      .prepare(sql)
      .pluck()
      .get(...params);

  describe('function', () => {
    it('is called with values of SQL and returns one', () => {
      const seen: unknown[] = [];
      db.function('see', (each) => {
        seen.push(each);
      });
      assert.equal(
        db.function('same', (each) => each),
        db,
      );

      db.prepare("SELECT see(1), see(1.5), see('é'), see(x'00ff'), see(NULL)").get();

      assert.deepEqual(seen, [1, 1.5, 'é', Buffer.from([0, 255]), null]);
      const bytes = Buffer.from('bytes');
      for (const each of [1, 2.5, -0.5, 'text', '', 2 ** 52, null, bytes]) {
        assert.deepEqual(value('SELECT same(?)', each), each);
      }
      assert.equal(value('SELECT typeof(same(7))'), 'integer');
    });

    it('returns what a parameter could be', () => {
      let result: unknown;
      db.function('give', () => result as never);
      const cases: [unknown, unknown][] = [
        [undefined, null],
        [true, 1],
        [false, 0],
        [2n ** 40n, 2 ** 40],
        [new Uint8Array([1]), Buffer.from([1])],
        [new ArrayBuffer(1), Buffer.from([0])],
      ];
      for (const [given, expected] of cases) {
        result = given;
        assert.deepEqual(value('SELECT give()'), expected);
      }
      for (const wrong of [{}, [], new Date(0), Symbol('x'), Promise.resolve(1), () => 1]) {
        result = wrong;
        assert.throws(() => value('SELECT give()'), {
          name: 'TypeError',
          message: 'User-defined function give() returned an invalid value',
        });
      }
      result = 2n ** 63n;
      assert.throws(() => value('SELECT give()'), { name: 'RangeError', message: /too big/ });
    });

    it('takes as many arguments as it names, or any number', () => {
      db.function('two', (a, b) => a + b);
      db.function('count', { varargs: true }, (...all) => all.length);

      assert.equal(value('SELECT two(1, 2)'), 3);
      assert.throws(() => value('SELECT two(1)'), { code: 'SQLITE_ERROR' });
      assert.equal(value('SELECT count()'), 0);
      assert.equal(value('SELECT count(1, 2, 3, 4)'), 4);
    });

    it('takes bigints if it is told to', () => {
      db.function('kind', { safeIntegers: true }, (a) => typeof a);
      db.defaultSafeIntegers();
      db.function('kind2', (a) => typeof a);
      db.function('kind3', { safeIntegers: false }, (a) => typeof a);
      db.defaultSafeIntegers(false);

      const kinds = db.prepare('SELECT kind(1), kind2(1), kind3(1)').raw().get();
      assert.deepEqual(kinds, ['bigint', 'bigint', 'number']);
    });

    it('replaces one of the same name, also where a statement already uses it', () => {
      db.function('give', () => 1);
      const before = db.prepare('SELECT GIVE()').pluck();
      assert.equal(before.get(), 1);

      db.function('give', () => 2);
      db.function('length', (_) => 'ours');

      assert.equal(before.get(), 2);
      assert.equal(value("SELECT length('abc')"), 'ours');
    });

    it('may be used by the schema as it says', () => {
      db.function('plain', (a) => a);
      db.function('sure', { deterministic: true }, (a) => a);
      db.function('direct', { directOnly: true }, (a) => a);
      db.exec('CREATE VIEW v AS SELECT plain(a) AS a FROM t; CREATE INDEX i ON t (sure(a))');
      db.exec('CREATE VIEW d AS SELECT direct(a) AS a FROM t');

      assert.equal(value('SELECT sum(a) FROM v'), 6);
      assert.throws(() => db.exec('CREATE INDEX j ON t (plain(a))'), /non-deterministic/);
      assert.equal(value('SELECT direct(1)'), 1);
      assert.throws(() => value('SELECT a FROM d'), { message: 'unsafe use of direct()' });
    });

    it('throws what it throws, and the connection goes on', () => {
      const error = new RangeError('mine');
      db.function('fail', (a) => {
        if (a === 2) throw error;
        return a;
      });
      db.function('text', () => {
        throw 'a text';
      });
      const all = db.prepare('SELECT fail(a) FROM t');
      const isMine = (thrown: unknown) => thrown === error;

      assert.throws(() => all.all(), isMine);
      assert.throws(() => [...all.iterate()], isMine);
      assert.throws(() => db.exec('UPDATE t SET a = fail(a) + 10'), isMine);
      assert.throws(() => db.prepare('UPDATE t SET a = fail(a) + 10').run(), isMine);
      assert.throws(
        () => value('SELECT text()'),
        (thrown) => thrown === 'a text',
      );
      assert.throws(() => value('SELECT nowhere()'), { message: 'no such function: nowhere' });
      assert.equal(all.busy, false);
      assert.equal(value('SELECT sum(a) FROM t'), 6);
    });

    it('finds the connection busy, and cannot close it', () => {
      const select = db.prepare('SELECT a FROM t');
      const attempts: Record<string, () => unknown> = {
        get: () => select.get(),
        iterate: () => select.iterate(),
        prepare: () => db.prepare('SELECT 1'),
        exec: () => db.exec('SELECT 1'),
        transaction: () => db.transaction(() => 1)(),
        function: () => db.function('other', () => 1),
        serialize: () => db.serialize(),
        close: () => db.close(),
      };
      db.function('attempt', (name) => attempts[name]?.() as never);
      for (const name of Object.keys(attempts)) {
        assert.throws(() => value('SELECT attempt(?)', name), busy, name);
      }
      assert.equal(db.open, true);
      assert.equal(select.all().length, 3);
    });

    it('may run statements in unsafe mode, even the one that calls it', () => {
      db.unsafeMode();
      db.function('total', () => value('SELECT sum(a) FROM t') as number);
      db.function('put', (a) => db.prepare('INSERT INTO t VALUES (?)').run(a).changes);
      const sql = 'SELECT down(?)';
      db.function('down', (n) => (n === 0 ? 0 : 1 + (value(sql, n - 1) as number)));

      assert.equal(value('SELECT total()'), 6);
      assert.equal(value('SELECT put(4)'), 1);
      assert.equal(value('SELECT total()'), 10);
      assert.equal(value(sql, 5), 5);
      db.function('shut', () => db.close() as never);
      assert.throws(() => value('SELECT shut()'), busy);
    });

    it('may be called from the body of a loop over rows', () => {
      db.function('twice', (a) => 2 * a);
      const seen: unknown[] = [];
      for (const a of db.prepare('SELECT a FROM t').pluck().iterate()) {
        seen.push(value('SELECT twice(?)', a));
        assert.throws(() => db.function('late', () => 1), busy);
      }

      assert.deepEqual(seen, [2, 4, 6]);
    });

    it('is checked when it is defined', () => {
      const define = db.function.bind(db) as (...args: unknown[]) => unknown;
      const many = new Function(
        ...Array.from({ length: 101 }, (_, i) => `a${i}`),
        'return 1',
      ) as () => number;

      assert.throws(() => define(1, () => 1), TypeError);
      assert.throws(() => define('', () => 1), TypeError);
      assert.throws(() => define('x'), TypeError);
      assert.throws(() => define('x', {}), TypeError);
      assert.throws(() => define('x', 1, () => 1), TypeError);
      assert.throws(() => define('x', { deterministic: 1 }, () => 1), TypeError);
      assert.throws(() => define('x', { determinstic: true }, () => 1), /did you mean/);
      assert.throws(() => define('x', many), RangeError);
      assert.throws(() => define('x'.repeat(256), () => 1), RangeError);
      assert.equal(
        define('x', null, () => 1),
        db,
      );
      assert.equal(define('x', { varargs: true }, many), db);
    });

    it('does not keep its database from being collected', async () => {
      const outcome = await runProgram(
        `const { Database } = filesyncdb;
        let collected = 0;
        const registry = new FinalizationRegistry(() => collected++);
        function make() {
          const db = new Database(':memory:');
          registry.register(db, 0);
          db.function('f', () => db.name.length);
          db.aggregate('g', { start: () => db, step(t, a) {}, result: () => 1 });
          db.table('h', { columns: ['a'], *rows() { yield [db.name]; } });
          const row = db.prepare('SELECT f() + g(a) AS n FROM h').get();
          if (row.n !== 9) throw new Error(JSON.stringify(row));
        }
        for (let i = 0; i < 20; i++) make();
        setImmediate(function turn() {
          gc();
          if (collected === 20) console.log('all');
          else setImmediate(turn);
        });`,
        [],
        ['--expose-gc'],
      );

      assert.deepEqual(outcome, { code: 0, signal: null, stdout: 'all\n', stderr: '' });
    });

    it('ends with a Worker that is terminated in the middle of it', async () => {
      for (let i = 0; i < 5; i++) {
        const worker = new Worker(
          programText(`
            const { parentPort } = require('node:worker_threads');
            const db = new filesyncdb.Database(':memory:');
            db.function('forever', (a) => { parentPort.postMessage(a); for (;;); });
            db.prepare('SELECT forever(1)').get();`),
          { eval: true },
        );
        await new Promise((resolve) => worker.once('message', resolve));

        assert.equal(await worker.terminate(), 1);
      }
    });
  });

  describe('aggregate', () => {
    it('gathers rows', () => {
      db.aggregate('plus', { start: 0, step: (total, a) => total + a });
      db.aggregate('list', {
        start: () => [] as number[],
        step: (total, a) => {
          total.push(a);
        },
        result: (total) => JSON.stringify(total),
      });
      db.aggregate('first', { step: (total, a) => total ?? a });
      db.aggregate('rows', { start: 0, varargs: true, step: (n, ...all) => n + all.length });

      assert.equal(value('SELECT plus(a) FROM t'), 6);
      assert.equal(value('SELECT plus(a) FROM t WHERE 0'), 0);
      assert.equal(value('SELECT list(a) FROM t'), '[1,2,3]');
      assert.equal(value('SELECT list(a) FROM t WHERE 0'), '[]');
      assert.equal(value('SELECT first(a) FROM t'), 1);
      assert.equal(value('SELECT first(a) FROM t WHERE 0'), null);
      assert.equal(value('SELECT rows(a, a, a) FROM t'), 9);
      assert.deepEqual(
        db.prepare('SELECT plus(a) AS n FROM t GROUP BY a % 2 ORDER BY n').pluck().all(),
        [2, 4],
      );
    });

    it('moves over windows if it can take rows back', () => {
      const step = (total: number, a: number) => total + a;
      const inverse = (total: number, a: number) => total - a;
      db.aggregate('plus', { start: 0, step });
      db.aggregate('moving', { start: 0, step, inverse, result: (total) => total });
      const over = (name: string) =>
        db.prepare(`SELECT ${name}(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t`).pluck().all();

      assert.deepEqual(over('moving'), [1, 3, 5]);
      assert.equal(value('SELECT moving(a) FROM t'), 6);
      assert.throws(() => over('plus'), { message: 'plus() may not be used as a window function' });
    });

    it('throws what it throws, once', () => {
      let steps = 0;
      let results = 0;
      db.aggregate<number>('start', {
        start: () => {
          throw new Error('start');
        },
        step: (_total, _a) => 1,
      });
      db.aggregate<number>('step', {
        step: (_total, _a) => {
          steps++;
          throw new Error('step');
        },
        result: (total) => total + ++results,
      });
      db.aggregate('result', {
        step: (_total, _a) => 1,
        result: () => {
          throw new Error('result');
        },
      });
      for (const name of ['start', 'step', 'result']) {
        assert.throws(() => value(`SELECT ${name}(a) FROM t`), { name: 'Error', message: name });
      }

      assert.deepEqual([steps, results], [1, 0]);
      db.aggregate('wrong', { step: (_total, _a) => ({}) });
      assert.throws(() => value('SELECT wrong(a) FROM t'), {
        name: 'TypeError',
        message: /invalid/,
      });
      assert.equal(value('SELECT count(*) FROM t'), 3);
    });

    it('is checked when it is defined', () => {
      const define = db.aggregate.bind(db) as (...args: unknown[]) => unknown;
      const step = () => 1;

      assert.throws(() => define('x'), TypeError);
      assert.throws(() => define('x', {}), /Missing required option "step"/);
      assert.throws(() => define('x', { step, inverse: 1 }), TypeError);
      assert.throws(() => define('x', { step, result: 1 }), TypeError);
      assert.throws(() => define('x', { step, finish: 1 }), TypeError);
      assert.equal(define('x', { step }), db);
    });
  });
});
