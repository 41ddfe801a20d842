// G: what a statement costs, against better-sqlite3 and node:sqlite, all in one process.
//
//   node bench/binding.mjs [--rounds N] [--rows N] [--no-build]
//
// Each side has a file of its own with the same rows and settings. Rounds alternate the sides and
// where they begin; the table has the median of each side in nanoseconds, and what share of the
// others' time ours takes: the median of each round's, which a busy machine hurts least. What the
// sides return is compared before anything is timed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { data, node, prepare, requirePeer, root } from './lib/places.mjs';
import { median, table } from './lib/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '101' },
    rows: { type: 'string', default: '10000' },
    'no-build': { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const rows = Number(options.rows);

const settings = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 0;`;
const schema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER, r REAL, json TEXT);
  CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT, n INTEGER, r REAL);`;
const insertRow = 'INSERT INTO t VALUES (?, ?, ?, ?, ?)';

const nameOf = (id) => `name of row ${id}`;
const json = JSON.stringify({ tags: ['one', 'two', 'three'], title: 'x'.repeat(60) });

/** The sides: how each opens a database; from there on they have the same methods. */
const openers = {
  ours: (path) => new (createRequire(import.meta.url)(root).Database)(path),
  'better-sqlite3': (path) => new (requirePeer('better-sqlite3'))(path),
  'node:sqlite': (path) => new (requirePeer('node:sqlite').DatabaseSync)(path),
};

function open(name) {
  const path = join(data, `binding-${name.replace(':', '-')}.sqlite`);
  for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(path + suffix, { force: true });
  const db = openers[name](path);
  db.exec(settings + schema);
  const insert = db.prepare(insertRow);
  db.exec('BEGIN');
  for (let id = 1; id <= rows; id++) insert.run(id, nameOf(id), id * 7, id / 3, json);
  db.exec('COMMIT');
  return { db, checkpoint: () => db.exec('PRAGMA wal_checkpoint(TRUNCATE)') };
}

// A job prepares what it needs and returns what is timed, how often that does it, and what must come
// out the same for all.
const byKey = 'SELECT * FROM t WHERE id = ?';
const keyAt = (i) => ((i * 7919) % rows) + 1;
const gets = 2_000;
const prepares = 500;

const inTransaction = (db, body) => () => {
  db.exec('BEGIN');
  body();
  db.exec('COMMIT');
};

function insertJob(db, sql, run) {
  const insert = db.prepare(sql);
  return {
    before: () => db.exec('DELETE FROM u'),
    count: rows,
    run: inTransaction(db, () => {
      for (let id = 1; id <= rows; id++) run(insert, id);
    }),
    result: () => db.prepare('SELECT * FROM u WHERE id % 100 = 0').all(),
  };
}

const jobs = {
  'get by key, 5 columns, in a transaction': (db) => {
    const get = db.prepare(byKey);
    return {
      count: gets,
      run: inTransaction(db, () => {
        for (let i = 0; i < gets; i++) get.get(keyAt(i));
      }),
      result: () => [1, 17, rows].map((id) => get.get(id)),
    };
  },
  'all, 5 columns, per row': (db) => {
    const all = db.prepare('SELECT * FROM t');
    return { count: rows, run: () => all.all(), result: () => all.all() };
  },
  'all, 3 numbers, per row': (db) => {
    const all = db.prepare('SELECT id, n, r FROM t');
    return { count: rows, run: () => all.all(), result: () => all.all() };
  },
  'all of 100 rows, per row': (db) => {
    const all = db.prepare('SELECT * FROM t WHERE id > ? LIMIT 100');
    return {
      count: 100 * 100,
      run: () => {
        for (let i = 0; i < 100; i++) all.all(keyAt(i) % (rows - 100));
      },
      result: () => all.all(7),
    };
  },
  'iterate, 5 columns, per row': (db) => {
    const statement = db.prepare('SELECT * FROM t');
    const run = () => {
      let sum = 0;
      for (const row of statement.iterate()) sum += row.n;
      return sum;
    };
    return { count: rows, run, result: run };
  },
  'insert 4 values in a transaction': (db) =>
    insertJob(db, 'INSERT INTO u VALUES (?, ?, ?, ?)', (insert, id) =>
      insert.run(id, nameOf(id), id, id / 3),
    ),
  'insert 4 named values in a transaction': (db) =>
    insertJob(db, 'INSERT INTO u VALUES (:id, :name, :n, :r)', (insert, id) =>
      insert.run({ id, name: nameOf(id), n: id, r: id / 3 }),
    ),
  'prepare the same again, and get': (db) => ({
    count: prepares,
    run: inTransaction(db, () => {
      for (let i = 0; i < prepares; i++) db.prepare(byKey).get(keyAt(i));
    }),
    result: () => db.prepare(byKey).get(5),
  }),
  'prepare another': (db) => {
    let next = 0;
    return {
      count: prepares,
      run: () => {
        for (let i = 0; i < prepares; i++) {
          db.prepare(`SELECT id, name, n, r, json FROM t WHERE id = ? AND n <> ${next++}`);
        }
      },
      result: () => db.prepare('SELECT name FROM t WHERE id = ? AND n <> -1').get(5),
    };
  },
};

const plain = (value) => JSON.parse(JSON.stringify(value));

/** Nanoseconds per piece of work, by side. */
async function measure(job, sides) {
  const prepared = Object.entries(sides).map(([name, side]) => [name, side, job(side.db)]);
  for (const [, , work] of prepared) {
    work.before?.();
    work.run();
  }
  const expected = plain(prepared[0][2].result());
  for (const [name, , work] of prepared) assert.deepEqual(plain(work.result()), expected, name);
  const times = Object.fromEntries(prepared.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < prepared.length; i++) {
      const [name, side, work] = prepared[(round + i) % prepared.length];
      work.before?.();
      side.checkpoint();
      // What one side leaves behind must not be collected in the time of another.
      globalThis.gc();
      await new Promise(setImmediate);
      const begin = process.hrtime.bigint();
      work.run();
      times[name].push(Number(process.hrtime.bigint() - begin) / work.count);
    }
    process.stderr.write('.');
  }
  return times;
}

async function main() {
  const sides = Object.fromEntries(Object.keys(openers).map((name) => [name, open(name)]));
  const lines = [];
  for (const [name, job] of Object.entries(jobs)) {
    const times = await measure(job, sides);
    const [ours, ...others] = Object.values(times);
    const shares = others.map((other) => median(other.map((time, i) => ours[i] / time)));
    lines.push([name, ...[ours, ...others].map((each) => Math.round(median(each))), ...shares]);
  }
  process.stderr.write('\n');
  const names = Object.keys(openers);
  const head = ['G, ns', ...names, ...names.slice(1).map((name) => `ours ÷ ${name}`)];
  console.log(`Node ${process.version}, ${rounds} rounds, medians\n`);
  console.log(table(head, lines));
  for (const { db } of Object.values(sides)) await db.close();
}

if (process.env.FSDB_BENCH_CHILD) {
  await main();
} else {
  prepare();
  const run = (program, args) => spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
  if (!options['no-build'] && run(process.execPath, [`${root}/tools/setup.mjs`]) !== 0) {
    process.exit(1);
  }
  process.env.FSDB_BENCH_CHILD = '1';
  const args = ['--expose-gc', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(run(node, args));
}
