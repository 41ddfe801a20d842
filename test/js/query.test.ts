import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FileSyncDatabase, type Where } from 'filesyncdb';
import { Folder } from './support/folder';

describe('find', () => {
  let folder: Folder;
  let db: FileSyncDatabase;

  before(async () => {
    folder = new Folder();
    for (let i = 0; i < 25; i++) {
      const born = new Date(Date.UTC(1900 + i, 0)).toISOString();
      folder.write(`p/p${i}.json`, JSON.stringify({ name: `P${i}`, n: i, born, 'a.b': i % 2 }));
    }
    db = await FileSyncDatabase.open(folder.join('a.sqlite'), {
      sources: { p: { directory: folder.join('p') } },
      watch: false,
    });
  });

  after(async () => {
    await db.close();
    folder.remove();
  });

  const ids = (where: Where) => db.find({ where, orderBy: 'n' }).rows.map(({ id }) => id);

  it('finds by value, comparison, Date, bigint and combinations', () => {
    assert.deepEqual(ids({ n: 3 }), ['p3']);
    assert.deepEqual(ids({ n: { gte: 23n } }), ['p23', 'p24']);
    assert.deepEqual(ids({ born: { lt: new Date(Date.UTC(1902, 0)) } }), ['p0', 'p1']);
    assert.deepEqual(ids({ '$."a.b"': 1, n: { lt: 4 } }), ['p1', 'p3']);
    assert.deepEqual(ids({ or: [{ n: 1 }, { n: 2 }], not: { n: 2 } }), ['p1']);
    assert.equal(db.collection('p').count({ n: { gt: 20 } }), 4);
    assert.equal(db.collection('p').count(), 25);
  });

  it('pages by after and by number', () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = db.collection('p').find({ orderBy: '-n', limit: 10, ...(after && { after }) });
      seen.push(...page.rows.map(({ id }) => id));
      after = page.next;
      assert.equal(page.hasMore, after !== undefined);
    } while (after);
    const second = db.find({ page: 2, pageSize: 10, orderBy: 'n' });

    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, i) => `p${24 - i}`),
    );
    assert.deepEqual([second.page, second.total, second.pageSize], [2, 25, 10]);
    assert.equal(second.rows[0]?.id, 'p10');
  });

  it('gives rows of any number', () => {
    assert.equal(db.find().rows.length, 25);
    assert.deepEqual(db.find({ where: { n: -1 } }), { rows: [], pageSize: 100, hasMore: false });
  });

  it('names what is wrong with a query', () => {
    const loop: Record<string, unknown> = {};
    loop.not = loop;
    const wrong: [object, RegExp][] = [
      [{ where: { n: undefined } }, /where\.n is undefined/],
      [{ where: { n: { gt: Number.NaN } } }, /where\.n\.gt is NaN/],
      [{ where: { n: Number.POSITIVE_INFINITY } }, /where\.n is infinite/],
      [{ where: { or: [{ n: 1 }, { n: () => 1 }] } }, /where\.or\[1\]\.n is a function/],
      [{ where: { 'a b': Symbol('x') } }, /where\["a b"\] is a symbol/],
      [{ where: { n: Buffer.from('x') } }, /where\.n is binary/],
      [{ where: { n: new Date(Number.NaN) } }, /where\.n is an invalid Date/],
      [{ where: { n: Promise.resolve(1) } }, /where\.n is a promise/],
      [{ where: loop }, /contains itself/],
      [{ where: 'n = 1' }, /where must be an object/],
      [{ where: { n: { above: 1 } } }, /above/],
      [{ wher: {} }, /"wher"; did you mean "where"\?/],
      [{ search: 'x' }, /search: no collection is declared/],
      [{ search: 1 }, /search must be a string/],
      [{ orderBy: 1 }, /orderBy/],
      [{ after: 'nonsense', limit: 5 }, /after/],
    ];
    for (const [query, message] of wrong) {
      assert.throws(() => db.find(query as never), { name: 'TypeError', message });
    }
    assert.throws(() => db.find({ where: { n: 2n ** 64n } }), {
      name: 'RangeError',
      message: /where\.n/,
    });
    assert.throws(() => db.find({ limit: 0 }), RangeError);
    assert.throws(() => db.find({ limit: 1.5 }), RangeError);
    assert.throws(() => db.collection('p').find({ type: 'q' } as never), TypeError);
    assert.throws(() => db.collection(''), TypeError);
    assert.throws(() => db.collection('p').get(1 as never), TypeError);
  });
});
