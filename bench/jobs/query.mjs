// H: 200,000 rows, what the JavaScript thread has to do for them. J2: 64 writers that each wait for
// their write to be safe, against one commit after the other.
import { join } from 'node:path';
import { data, node, requirePeer, root, side } from '../lib/places.mjs';
import { inTurn } from '../lib/rounds.mjs';
import { removeDatabase } from '../lib/rows.mjs';
import { runSide } from '../lib/side-process.mjs';
import { medians, sideTable, table } from '../lib/statistics.mjs';

const rows = 200_000;

function fill(path) {
  removeDatabase(path);
  const db = requirePeer('better-sqlite3')(path);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, name, n, r, text)');
  const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?, ?, ?)');
  db.transaction(() => {
    for (let i = 0; i < rows; i++) {
      const text = JSON.stringify({ number: i, tags: ['one', 'two'], text: 'x'.repeat(60) });
      insert.run(i, `name number ${i}`, i * 3, i / 7, text);
    }
  })();
  db.close();
}

const run = (database, what) => (library) =>
  runSide([node, '--expose-gc', side('rows')], { library, package: root, database, what });

export async function jobH({ rounds }) {
  const database = join(data, 'query.sqlite');
  fill(database);
  const sides = {
    ours: 'ours',
    'ours, all()': 'ours, all()',
    'better-sqlite3, all()': 'better-sqlite3',
  };
  const results = await inTurn(sides, rounds, run(database, 'read'));
  const digests = new Set(Object.values(results).flatMap((all) => all.map(({ digest }) => digest)));
  if (digests.size !== 1) throw new Error('not all sides have read the same rows');
  const columns = {
    threadMs: 'JavaScript thread, CPU ms',
    wallMs: 'ms',
    stallMs: 'longest stall, ms',
  };
  console.log(`\n### H: ${rows} rows by query()\n`);
  console.log(sideTable(results, columns, ['threadMs', 'stallMs']));
  const share = medians(results.ours).threadMs / medians(results['better-sqlite3, all()']).threadMs;
  console.log(`\nours takes ${share.toFixed(2)} of the peer's time on the JavaScript thread`);
}

export async function jobJ2({ rounds }) {
  const database = join(data, 'commits.sqlite');
  removeDatabase(database);
  const sides = { ours: 'ours', 'better-sqlite3': 'better-sqlite3' };
  const results = await inTurn(sides, rounds, run(database, 'write'));
  const [ours, peer] = [results.ours, results['better-sqlite3']].map(
    (all) => medians(all).perSecond,
  );
  console.log("\n### J2: 'full', 64 writers awaiting, against one commit each\n");
  console.log(
    table(
      ['side', 'commits per second', '÷ better-sqlite3'],
      [
        ['ours', Math.round(ours), ours / peer],
        ['better-sqlite3', Math.round(peer), 1],
      ],
    ),
  );
}
