// M: 100,000 documents in the database: get by id, find by an indexed path, list, full text; and K,
// what `keep` costs per insert. The peer is better-sqlite3 with the same table, the same index and the
// same FTS5 table, and statements that are prepared once; both parse the JSON of what they return.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { data, requirePeer, root } from '../lib/places.mjs';
import { median, percentile, table } from '../lib/statistics.mjs';

const columns =
  'type, id, name, document, version, seq, file_path, file_modified, created_at, updated_at';
const words = Array.from({ length: 8000 }, (_, i) => `w${((i * 7919) % 100_003).toString(36)}`);

function* documents(count) {
  let seed = 1;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return seed / 0x80000000;
  };
  for (let i = 0; i < count; i++) {
    const text = Array.from({ length: 100 }, () => words[Math.floor(random() ** 2 * words.length)]);
    const group = `g${i % (count / 20)}`;
    yield [
      `d${i}`,
      { title: `Document ${i}`, group, n: i, tags: [`t${i % 50}`], text: text.join(' ') },
    ];
  }
}

const remove = (path) => {
  for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(path + suffix, { force: true });
};

/** Fills the database by ours; the peer then opens the same file. */
async function fill(path, count) {
  const { DocumentDatabase } = createRequire(`${root}/package.json`)('filesyncdb');
  remove(path);
  const db = new DocumentDatabase(path, {
    durability: 'normal',
    collections: { doc: { indexes: ['group', 'n'], tags: 'tags', search: ['name', 'text'] } },
  });
  const collection = db.collection('doc');
  let writes = [];
  for (const [id, document] of documents(count)) {
    writes.push(collection.put(id, document));
    if (writes.length < 1000) continue;
    await Promise.all(writes);
    writes = [];
  }
  await Promise.all(writes);
  return { db, collection };
}

function peerOn(path) {
  const db = new (requirePeer('better-sqlite3'))(path, { readonly: true });
  db.pragma('cache_size = -8192');
  const parsed = (row) => ({ ...row, document: JSON.parse(row.document) });
  const fts = `"_fsdb_search('doc')"`;
  const get = db.prepare(`SELECT ${columns} FROM documents WHERE type = ? AND id = ?`);
  const find = db.prepare(
    `SELECT ${columns} FROM documents WHERE type = 'doc' AND json_extract(document, '$."group"') = ? ORDER BY seq LIMIT 100`,
  );
  const range = db.prepare(
    `SELECT ${columns} FROM documents WHERE type = 'doc' AND json_extract(document, '$."n"') > ? ORDER BY json_extract(document, '$."n"'), seq LIMIT 20`,
  );
  const search = db.prepare(
    `SELECT ${columns}, hit.rank, hit.snippet FROM (SELECT rowid AS r, rank, snippet(${fts}, -1, '[', ']', '…', 16) AS snippet FROM ${fts} WHERE ${fts} MATCH ? AND rank MATCH 'bm25(4.0, 1.0)' ORDER BY rank LIMIT 20) AS hit JOIN documents ON seq = hit.r ORDER BY hit.rank, seq`,
  );
  return {
    get: (id) => parsed(get.get('doc', id)),
    find: (group) => find.all(group).map(parsed),
    range: (n) => range.all(n).map(parsed),
    search: (word) => search.all(`"${word}"`).map(parsed),
    close: () => db.close(),
  };
}

function oursOn({ db, collection }) {
  return {
    get: (id) => collection.get(id),
    find: (group) => collection.find({ where: { group } }).rows,
    range: (n) => collection.find({ where: { n: { gt: n } }, orderBy: 'n', limit: 20 }).rows,
    search: (word) => db.search(word),
  };
}

const cases = (count) => ({
  'get by id': ['get', 2000, (i) => `d${(i * 7919) % count}`],
  'find by an indexed path, 20 rows': ['find', 500, (i) => `g${(i * 7919) % (count / 20)}`],
  'next 20 by an indexed path': ['range', 500, (i) => (i * 7919) % count],
  'search, a rare word': ['search', 200, (i) => words[words.length - 1 - i]],
  'search, a common word': ['search', 20, (i) => words[i]],
});

const summary = (rows) => JSON.stringify(rows).length;

export async function jobM({ files, rounds }) {
  const count = files?.[0] ?? 100_000;
  const path = join(data, 'documents.sqlite');
  const filled = await fill(path, count);
  const sides = { ours: oursOn(filled), 'better-sqlite3': peerOn(path) };
  const times = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, [method, calls, argument]] of Object.entries(cases(count))) {
      for (const [side, functions] of Object.entries(sides)) {
        const samples = [];
        for (let i = 0; i < calls; i++) {
          const begin = performance.now();
          functions[method](argument(i));
          samples.push((performance.now() - begin) * 1000);
        }
        // The first round warms up.
        if (round > 0) {
          times[name] ??= {};
          times[name][side] ??= { medians: [], p99: [] };
          const kept = times[name][side];
          kept.medians.push(median(samples));
          kept.p99.push(percentile(samples, 0.99));
        }
      }
      const [ours, peer] = Object.values(sides).map((side) => side[method](argument(3)));
      const ids = (rows) => JSON.stringify([rows].flat().map(({ id, document }) => [id, document]));
      if (ids(ours) !== ids(peer) || summary(ours) === 0) throw new Error(`${name}: other rows`);
    }
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  console.log(`\n### M: ${count} documents\n`);
  console.log(
    table(
      ['call', 'ours, µs', 'p99', 'better-sqlite3, µs', 'p99', '÷ ours'],
      Object.entries(times).map(([name, by]) => {
        const [ours, peer] = [by.ours, by['better-sqlite3']];
        const ratio = median(peer.medians) / median(ours.medians);
        const pair = (side) => [median(side.medians), median(side.p99)];
        return [name, ...pair(ours), ...pair(peer), ratio];
      }),
    ),
  );
  sides['better-sqlite3'].close();
  await filled.db.close();
  remove(path);
  await jobK({ rounds });
}

const newest = 5000;

async function jobK({ rounds }) {
  const { DocumentDatabase } = createRequire(`${root}/package.json`)('filesyncdb');
  const inserts = 2000;
  const path = join(data, 'keep.sqlite');
  const times = { 'insert alone': [], 'with keep': [] };
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(times)) {
      remove(path);
      const log = name === 'with keep' ? { keep: { newest } } : {};
      const db = new DocumentDatabase(path, { durability: 'normal', collections: { log } });
      const collection = db.collection('log');
      const fillUp = async (calls) => {
        for (let done = 0; done < calls; done += 500) {
          await Promise.all(
            Array.from({ length: 500 }, (_, i) =>
              collection.insert({ at: i, text: 'x'.repeat(200) }),
            ),
          );
        }
      };
      await fillUp(newest);
      const begin = performance.now();
      await fillUp(inserts);
      if (round > 0) times[name].push(((performance.now() - begin) * 1000) / inserts);
      const expected = name === 'with keep' ? newest : newest + inserts;
      if (collection.count() !== expected) throw new Error(`${name}: ${collection.count()} rows`);
      await db.close();
    }
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  remove(path);
  const floor = median(times['insert alone']);
  console.log(`\n### K: { keep: { newest: ${newest} } }, per insert\n`);
  console.log(
    table(
      ['side', 'µs', '÷ insert alone'],
      Object.entries(times).map(([name, samples]) => [
        name,
        median(samples),
        median(samples) / floor,
      ]),
    ),
  );
}
