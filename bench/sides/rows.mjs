// All rows of a table, or many small writes, by one library: `{ library, package, database, job }`.
// Answers with what the JavaScript thread alone has used.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { requirePeer } from '../lib/places.mjs';
import { answer, job, Meter, serve } from './meter.mjs';

const { library, package: folder, database, what, writers = 64, seconds = 2 } = job();
const sql = 'SELECT id, name, n, r, text FROM t';
const insert = 'INSERT INTO w (a, b) VALUES (?, ?)';
const warmUps = 3;

/** Of this thread, in milliseconds: what ran on other threads does not count. */
const threadCpuMs = () =>
  Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;

function open() {
  if (library === 'better-sqlite3') {
    const db = requirePeer('better-sqlite3')(database);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    return db;
  }
  const { Database } = createRequire(import.meta.url)(folder);
  return new Database(database);
}

const db = open();
const readers = {
  'better-sqlite3': () => db.prepare(sql).all(),
  'ours, all()': () => db.prepare(sql).all(),
  ours: () => db.query(sql),
};

async function read() {
  const rows = readers[library];
  for (let i = 0; i < warmUps; i++) await rows();
  globalThis.gc();
  const cpu = threadCpuMs();
  const wall = performance.now();
  const result = await rows();
  const measured = { threadMs: threadCpuMs() - cpu, wallMs: performance.now() - wall };
  const digest = createHash('sha1').update(JSON.stringify(result)).digest('hex');
  // Once more for the stall: watching the loop costs time of its own.
  const meter = await Meter.start({ stalls: true });
  await rows();
  const { stallMs } = await meter.read();
  return { ...measured, stallMs, digest };
}

async function write() {
  db.exec('CREATE TABLE IF NOT EXISTS w (id INTEGER PRIMARY KEY, a, b); DELETE FROM w');
  const end = performance.now() + seconds * 1000;
  let commits = 0;
  const begin = performance.now();
  if (library === 'ours') {
    const writer = async (a) => {
      while (performance.now() < end) {
        await db.write({ sql: insert, params: [a, 'some text'] });
        commits++;
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, i) => writer(i)));
  } else {
    const statement = db.prepare(insert);
    while (performance.now() < end) {
      statement.run(commits, 'some text');
      commits++;
    }
  }
  const perSecond = commits / ((performance.now() - begin) / 1000);
  const { n } = db.prepare('SELECT count(*) AS n FROM w').get();
  if (n !== commits) throw new Error(`${commits} writes were acknowledged, ${n} are there`);
  return { perSecond };
}

answer(await (what === 'read' ? read() : write()));
await db.close();
await serve(await Meter.start());
