import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DocumentDatabase, type Query } from 'filesyncdb';
import { Folder } from './support/folder';

describe('findAsync', () => {
  let folder: Folder;
  let db: DocumentDatabase;

  before(async () => {
    folder = new Folder();
    const declared = { indexes: ['n'], tags: 'tags', search: true };
    db = new DocumentDatabase(folder.join('a.sqlite'), { collections: { p: declared } });
    const writes = Array.from({ length: 60 }, (_, n) =>
      db.collection('p').put(`p${n}`, {
        n: n % 7 ? n / 2 : null,
        big: n,
        tags: [`t${n % 3}`],
        text: n % 2 ? 'odd' : 'even',
      }),
    );
    await Promise.all(writes);
    await db.collection('q').put('x', { n: 1 });
    db.exec(`UPDATE documents SET document = replace(document, '"big":', '"big":900719925474099')`);
  });

  after(async () => {
    await db.close();
    folder.remove();
  });

  it('answers as find() does', async () => {
    const queries: Query[] = [
      {},
      { type: 'p', orderBy: 'n', limit: 7 },
      { type: 'p', orderBy: ['-n', 'name'], limit: 7 },
      { where: { n: { gt: 3 } }, page: 2, pageSize: 10 },
      { type: 'p', page: 99, pageSize: 10 },
      { type: 'p', where: { tags: { contains: 't1' } }, limit: 5 },
      { type: 'p', search: 'odd', orderBy: '-big', limit: 5 },
      { type: 'none' },
    ];
    for (const query of queries) assert.deepEqual(await db.findAsync(query), db.find(query));
    assert.deepEqual(
      await db.collection('p').findAsync({ orderBy: 'n' }),
      db.collection('p').find({ orderBy: 'n' }),
    );
  });

  it('goes on where a page ends, also beyond 2^53', async () => {
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const page = await db.findAsync({
        type: 'p',
        orderBy: 'big',
        limit: 7,
        ...(after && { after }),
      });
      ids.push(...page.rows.map(({ id }) => id));
      after = page.next;
    } while (after);

    assert.deepEqual(
      ids,
      db.find({ type: 'p', orderBy: 'big' }).rows.map(({ id }) => id),
    );
    assert.equal(new Set(ids).size, 60);
  });

  it('works in memory', async () => {
    const memory = new DocumentDatabase(':memory:');
    await memory.collection('a').put('x', { n: 1 });

    assert.deepEqual(await memory.findAsync(), memory.find());
    await memory.close();
  });

  it('fails as query() does, and as find() does', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(db.findAsync({}, { signal }), { code: 'FSDB_TIMEOUT' });
    await assert.rejects(db.findAsync({}, { maxRows: 3 }), { code: 'FSDB_LIMIT' });
    await assert.rejects(async () => db.findAsync({ where: { n: { above: 1 } } as never }), {
      name: 'TypeError',
      message: /where\.n\.above/,
    });
    await assert.rejects(async () => db.findAsync({}, { safeIntegers: true } as never), TypeError);
  });
});
