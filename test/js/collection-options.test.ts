import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  type CollectionOptions,
  DocumentDatabase,
  FileSyncDatabase,
  type FileSyncError,
} from 'filesyncdb';
import { Folder } from './support/folder';

describe('what is declared of a collection', () => {
  let folder: Folder;
  let db: DocumentDatabase;
  const path = () => folder.join('a.sqlite');
  const open = (codex: CollectionOptions) => {
    db = new DocumentDatabase(path(), { collections: { codex } });
    return db;
  };
  const reopen = async (codex: CollectionOptions) => {
    await db.close();
    return open(codex);
  };
  const fill = (count: number, type = 'codex') =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        db.collection(type).put(`c${n}`, { n, slug: `s${n}`, tags: [`t${n % 3}`] }),
      ),
    );
  const objects = () =>
    db
      .prepare("SELECT name FROM sqlite_schema WHERE name GLOB '_fsdb_*(*' ORDER BY name")
      .pluck()
      .all();
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => assert.fail('it did not fail'),
      (error: FileSyncError) => error,
    );

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(async () => {
    await db.close();
    folder.remove();
  });

  it('is made and taken away as the declaration changes', async () => {
    open({ indexes: ['n', 'slug'], unique: ['slug'], tags: 'tags' });
    assert.deepEqual(objects(), [
      "_fsdb_index('codex', 'n')",
      "_fsdb_index('codex', 'slug')",
      "_fsdb_tags_delete('codex', 'tags')",
      "_fsdb_tags_insert('codex', 'tags')",
      "_fsdb_tags_update('codex', 'tags')",
      "_fsdb_unique('codex', 'slug')",
    ]);
    const version = db.pragma('schema_version', { simple: true });

    await reopen({ tags: 'tags', unique: ['slug'], indexes: ['slug', 'n', 'n'] });
    assert.equal(db.pragma('schema_version', { simple: true }), version);

    await reopen({ indexes: ['n'] });
    assert.deepEqual(objects(), ["_fsdb_index('codex', 'n')"]);

    await db.close();
    db = new DocumentDatabase(path());
    assert.deepEqual(objects(), ["_fsdb_index('codex', 'n')"]);

    await reopen({});
    assert.deepEqual(objects(), []);
  });

  it('does not mix up types and paths that look like each other', async () => {
    const declared = { "a', 'b": { indexes: ['c'] }, a: { indexes: ["b', 'c"] }, "a'": {} };
    db = new DocumentDatabase(path(), { collections: declared });
    assert.deepEqual(objects(), ["_fsdb_index('a'', ''b', 'c')", "_fsdb_index('a', 'b'', ''c')"]);

    await db.close();
    db = new DocumentDatabase(path(), { collections: { a: {} } });
    assert.deepEqual(objects(), ["_fsdb_index('a'', ''b', 'c')"]);
  });

  it('takes any name for a type and a path', async () => {
    const hostile = 'x\'); DROP TABLE documents; --"';
    for (const name of ['__proto__', 'constructor', 'toString', hostile]) {
      const quoted = `$."${name.replaceAll('"', '')}"`;
      const collections = JSON.parse(
        JSON.stringify({
          placeholder: { indexes: [quoted], tags: quoted, keep: { newest: 2, per: quoted } },
        }).replace('placeholder', JSON.stringify(name).slice(1, -1)),
      );
      const one = new DocumentDatabase(':memory:', { collections });
      const document = JSON.parse(`{${JSON.stringify(name.replaceAll('"', ''))}:["x"]}`);
      await one.collection(name).put('a', document);

      assert.deepEqual(one.collection(name).tags(), [{ tag: 'x', count: 1 }]);
      assert.equal(
        one.collection(name).find({ where: { [quoted]: { contains: 'x' } } }).rows.length,
        1,
      );
      assert.equal(one.collection(name).explain({ orderBy: quoted }).usesIndex, true);
      await one.close();
    }
    db = new DocumentDatabase(path());
  });

  it('makes queries use an index', async () => {
    open({ indexes: ['n', 'updatedAt'], tags: 'tags' });
    await fill(50);
    await fill(50, 'other');
    const codices = db.collection('codex');
    const used = (where: object, orderBy?: string) => {
      const plan = codices.explain({ where: where as never, ...(orderBy && { orderBy }) });
      return [plan.usesIndex, plan.sorts, plan.indexes[0]];
    };

    const byN = "_fsdb_index('codex', 'n')";
    assert.deepEqual(used({ n: 3 }), [true, false, byN]);
    assert.deepEqual(used({ n: { gt: 3, lt: 9 } }, 'n'), [true, false, byN]);
    assert.deepEqual(used({}, '-n'), [true, false, byN]);
    assert.deepEqual(used({}, '-updatedAt'), [true, false, "_fsdb_index('codex', 'updatedAt')"]);
    assert.deepEqual(used({ n: { in: [1, 2] } }).slice(0, 1), [true]);
    assert.deepEqual(used({ slug: 's3' }).slice(0, 1), [false]);
    assert.deepEqual(used({ tags: { contains: 't1' } }).slice(0, 1), [true]);
    assert.deepEqual(used({ id: 'c3' }), [true, false, 'sqlite_autoindex_documents_1']);
    assert.equal(db.explainFind({ where: { n: 3 } }).usesIndex, false);
    assert.match(codices.explain().sql, /^SELECT /);
    const after = codices.find({ orderBy: 'n', limit: 5 }).next ?? '';
    assert.equal(codices.explain({ orderBy: 'n', limit: 5, after }).sorts, false);
  });

  it('answers the same with and without a declaration', async () => {
    open({});
    const codices = db.collection('codex');
    const values = [
      1,
      1.5,
      '1',
      'a',
      true,
      false,
      null,
      [1],
      ['a', 'b', 'a'],
      'abc',
      { a: 1 },
      ['ab', 1],
    ];
    await Promise.all(values.map((v, i) => codices.put(`v${i}`, { v })));
    await codices.put('none', {});
    const wheres = [
      ...values.filter((v) => typeof v !== 'object' || v === null).map((v) => ({ v })),
      ...['a', 'b', 'ab', 1, null, true].map((v) => ({ v: { contains: v } })),
      ...['a', 'b'].map((v) => ({ not: { v: { contains: v } } })),
      { v: { gt: 0 } },
      { v: { lt: 'b' } },
      { v: { in: [1, 'a', null] } },
      { v: { ne: 1 } },
      { v: { exists: false } },
    ];
    const answers = (codices = db.collection('codex')) =>
      wheres.map((where) => [
        codices.find({ where, orderBy: ['v', '-id'] }).rows.map(({ id }) => id),
        codices.count(where),
      ]);
    const before = answers();
    const other = new DocumentDatabase(path(), {
      collections: { codex: { indexes: ['v'], tags: 'v' } },
    });

    assert.deepEqual(answers(), before); // the handle that did not declare it
    assert.equal(codices.explain({ where: { v: 1 } }).usesIndex, true);
    await other.close();
    await reopen({});
    assert.deepEqual(answers(), before);
  });

  it('refuses a second document with a unique value, and shows the first', async () => {
    open({ unique: ['slug', 'name'] });
    const codices = db.collection('codex');
    const first = await codices.put('a', { slug: 'x' }, { name: 'A' });
    await codices.put('b', { slug: null }, { name: 'B' });
    await codices.put('c', {}, { name: 'C' });

    for (const write of [
      codices.insert({ slug: 'x' }),
      codices.put('d', { slug: 'x' }),
      codices.patch('b', { slug: 'x' }),
      codices.put('e', {}, { name: 'A' }),
    ]) {
      const error = await failure(write);
      assert.equal(error.code, 'FSDB_CONSTRAINT');
      assert.match(error.message, /"a" has the same (slug|name), which is unique/);
      assert.deepEqual(error.current, first);
    }
    assert.equal((await codices.put('a', { slug: 'x', n: 1 })).version, 2);
    assert.throws(
      () => db.exec('UPDATE documents SET document = \'{"slug":"x"}\' WHERE id = \'b\''),
      { code: 'SQLITE_CONSTRAINT_UNIQUE' },
    );
  });

  it('says which documents contradict a new unique', async () => {
    open({});
    await db.collection('codex').put('a', { slug: 'x' });
    await db.collection('codex').put('b', { slug: 'x' });
    await db.close();

    assert.throws(() => open({ unique: ['slug'], indexes: ['n'] }), {
      code: 'FSDB_CONSTRAINT',
      message: /collection "codex": unique slug: the documents "a" and "b" .* both have x/,
    });
    open({});
    assert.deepEqual(objects(), []);
  });

  it('keeps the newest', async () => {
    open({ keep: { newest: 3 } });
    const codices = db.collection('codex');
    for (let n = 0; n < 6; n++) await codices.put(`c${n}`, { n });
    await fill(4, 'other');
    await codices.put('c4', { n: 'changed' });

    const ids = () => codices.find().rows.map(({ id }) => id);
    assert.deepEqual(ids(), ['c3', 'c4', 'c5']);
    assert.equal(db.collection('other').count(), 4);
    const dropped = db.changesSince(0).filter(({ op }) => op === 'delete');
    assert.deepEqual(
      dropped.map(({ id, origin }) => [id, origin]),
      [
        ['c0', 'app'],
        ['c1', 'app'],
        ['c2', 'app'],
      ],
    );

    await codices.delete('c4');
    db.exec("DELETE FROM documents WHERE id = 'c3'");
    await codices.put('c6', {});
    await codices.put('c7', {});
    assert.deepEqual(ids(), ['c5', 'c6', 'c7']);
    const steps = db
      .prepare(
        "EXPLAIN QUERY PLAN SELECT seq FROM documents WHERE type = 'codex' ORDER BY seq LIMIT 1",
      )
      .all()
      .map(({ detail }) => detail);
    assert.deepEqual(steps, ["SEARCH documents USING COVERING INDEX _fsdb_keep('codex') (type=?)"]);
  });

  it('keeps the newest of each value', async () => {
    open({ keep: { newest: 2, per: 'room' } });
    const codices = db.collection('codex');
    for (let n = 0; n < 9; n++) await codices.put(`c${n}`, { room: ['a', 1, null][n % 3] });
    assert.deepEqual(
      codices.find().rows.map(({ id }) => id),
      ['c3', 'c4', 'c5', 'c6', 'c7', 'c8'],
    );

    await codices.patch('c3', { room: 1 });
    assert.deepEqual(
      codices.find().rows.map(({ id }) => id),
      ['c4', 'c5', 'c6', 'c7', 'c8'],
    );
    assert.deepEqual(db.prepare('SELECT value, count FROM _fsdb_keep ORDER BY value').raw().all(), [
      [1, 2],
      ['', 2],
      ['a', 1],
    ]);
  });

  it('counts what is there when a limit is declared', async () => {
    open({});
    await fill(10);
    await reopen({ keep: { newest: 4 } });
    await db.collection('codex').put('new', {});

    assert.deepEqual(
      db
        .collection('codex')
        .find()
        .rows.map(({ id }) => id),
      ['c7', 'c8', 'c9', 'new'],
    );
  });

  it('drops what is too old', async () => {
    open({ keep: { olderThanMs: 60_000 } });
    const codices = db.collection('codex');
    await codices.put('old', {});
    await codices.put('young', {});
    db.exec("UPDATE documents SET created_at = '2020-01-01T00:00:00.000Z' WHERE id = 'old'");
    await codices.put('new', {});

    assert.deepEqual(
      codices.find().rows.map(({ id }) => id),
      ['young', 'new'],
    );
  });

  it('counts tags, and keeps them in step', async () => {
    open({ tags: 'meta.tags' });
    const codices = db.collection('codex');
    await codices.put('a', { meta: { tags: ['x', 'y', 'x', 1, null] } });
    await codices.put('b', { meta: { tags: ['x', "'; DROP TABLE documents; --"] } });
    await codices.put('c', { meta: { tags: 'xyz' } });
    await db.collection('other').put('a', { meta: { tags: ['x'] } });
    const withTag = (tag: string) =>
      codices.find({ where: { 'meta.tags': { contains: tag } } }).rows.map(({ id }) => id);

    assert.deepEqual(codices.tags(), [
      { tag: 'x', count: 2 },
      { tag: "'; DROP TABLE documents; --", count: 1 },
      { tag: 'y', count: 1 },
    ]);
    assert.deepEqual(withTag('x'), ['a', 'b', 'c']);
    await codices.patch('a', { meta: { tags: ['z'] } });
    await codices.delete('b');
    assert.deepEqual(codices.tags(), [{ tag: 'z', count: 1 }]);
    assert.deepEqual(withTag('z'), ['a', 'c']);

    await reopen({ tags: 'meta.labels' });
    assert.deepEqual(db.collection('codex').tags(), []);
    await reopen({ tags: 'meta.tags' });
    assert.deepEqual(db.collection('codex').tags(), [{ tag: 'z', count: 1 }]);
    assert.throws(() => db.collection('other').tags(), {
      name: 'TypeError',
      message: /"other".*tags/,
    });
  });

  it('follows references in both directions, and says which lead nowhere', async () => {
    db = new DocumentDatabase(path(), {
      collections: { codex: { references: 'refs' }, place: { references: 'refs' } },
    });
    const codices = db.collection<object>('codex');
    await codices.put('a', {
      refs: [
        { id: 'b', context: 'meets' },
        { id: 'p', type: 'place', context: { page: 3 } },
        'missing',
        { id: 7 },
        { nothing: 1 },
        null,
        'missing',
      ],
    });
    await codices.put('b', { title: 'B', refs: ['a'] });
    await db.collection('place').put('p', { name: 'P', refs: [{ id: 'a', type: 'codex' }] });

    assert.deepEqual(codices.references('a'), [
      { type: 'codex', id: 'b', name: 'B', context: 'meets', dangling: false },
      { type: 'place', id: 'p', name: 'P', context: { page: 3 }, dangling: false },
      { type: 'codex', id: 'missing', name: null, context: null, dangling: true },
      { type: 'codex', id: 'missing', name: null, context: null, dangling: true },
    ]);
    assert.deepEqual(codices.backlinks('a'), [
      { type: 'codex', id: 'b', name: 'B', context: null, dangling: false },
      { type: 'place', id: 'p', name: 'P', context: null, dangling: false },
    ]);
    assert.deepEqual(
      codices.backlinks('missing').map(({ id, dangling }) => [id, dangling]),
      [
        ['a', true],
        ['a', true],
      ],
    );
    await db.collection('place').delete('p');
    assert.deepEqual(
      codices.references('a').map(({ dangling }) => dangling),
      [false, true, true, true],
    );
    assert.deepEqual(codices.references('nobody'), []);
    await codices.patch('b', { refs: null });
    assert.deepEqual(codices.backlinks('a'), []);
    assert.throws(() => db.collection('x').references('a'), {
      name: 'TypeError',
      message: /"x".*references/,
    });
  });

  it('holds for files, too', async () => {
    folder.write('p/a.json', '{"slug":"x","tags":["t"],"refs":["b"]}');
    folder.write('p/b.json', '{"slug":"x","tags":["t","u"]}');
    const sources = {
      p: {
        directory: folder.join('p'),
        indexes: ['slug'],
        unique: ['slug'],
        tags: 'tags',
        references: 'refs',
      },
    };
    const files = await FileSyncDatabase.open(path(), { sources, watch: false });
    db = files;
    const people = files.collection<{ slug: string; tags?: string[] }>('p');

    assert.equal(people.count({ slug: 'x' }), 2);
    assert.equal(people.explain({ where: { slug: 'x' } }).usesIndex, true);
    assert.deepEqual(people.tags(), [
      { tag: 't', count: 2 },
      { tag: 'u', count: 1 },
    ]);
    assert.equal(people.backlinks('b')[0]?.id, 'a');
    const error = await failure(people.put('c', { slug: 'x' }));
    assert.equal(error.code, 'FSDB_CONSTRAINT');
    assert.deepEqual(files.syncStatus().errors, []);

    folder.write('p/a.json', '{"slug":"y"}');
    await files.sync();
    assert.deepEqual(people.backlinks('b'), []);
    assert.equal(people.tags()[0]?.count, 1);
  });

  it('names what is wrong', () => {
    open({});
    const wrong: [object, RegExp][] = [
      [{ collections: { a: { index: ['x'] } } }, /collections\.a.*"index"; did you mean "indexes"/],
      [{ collections: { a: { indexes: 'x' } } }, /collections\.a\.indexes must be an array/],
      [{ collections: { a: { indexes: [''] } } }, /collections\.a\.indexes must not be empty/],
      [{ collections: { a: { indexes: ['x..y'] } } }, /collection "a": indexes x\.\.y/],
      [{ collections: { a: { unique: ['x['] } } }, /unique x\[/],
      [{ collections: { a: { tags: 'name' } } }, /tags name: is a column; write \$\.name/],
      [{ collections: { a: { keep: {} } } }, /keep must have newest or olderThanMs/],
      [{ collections: { a: { keep: { per: 'x', olderThanMs: 1 } } } }, /per goes with newest/],
      [{ collections: { 'a\0': { indexes: ['x'] } } }, /NUL/],
      [{ collections: { '': {} } }, /must not be empty/],
      [{ collections: 1 }, /collections must be an object/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new DocumentDatabase(':memory:', options), {
        name: 'TypeError',
        message,
      });
    }
    assert.throws(
      () => new DocumentDatabase(':memory:', { collections: { a: { keep: { newest: 0 } } } }),
      RangeError,
    );
    const directory = folder.join('p');
    assert.throws(
      () =>
        new FileSyncDatabase(path(), {
          sources: { p: { directory } },
          collections: { p: { indexes: ['x'] } },
        }),
      { name: 'TypeError', message: /collections\.p: the type has a folder/ },
    );
    assert.throws(
      () => new FileSyncDatabase(path(), { sources: { p: { directory, keep: {} } as never } }),
      { name: 'TypeError', message: /"keep"/ },
    );
  });
});
