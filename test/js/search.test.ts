import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type CollectionOptions, DocumentDatabase, FileSyncDatabase } from 'filesyncdb';
import { Folder } from './support/folder';
import { runProgram } from './support/program';

// Far longer than filling takes: a test that waits in vain fails by itself.
const timeoutMs = 20_000;

/** Waits, turn by turn of the event loop, until all full text has been filled. */
async function filled(db: DocumentDatabase): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!Object.values(db.searchProgress()).every(({ ready }) => ready)) {
    assert.ok(Date.now() < end, 'full text was not filled');
    await new Promise(setImmediate);
  }
}

describe('full text', () => {
  let folder: Folder;
  let db: DocumentDatabase;
  const path = () => folder.join('a.sqlite');
  const open = (search: CollectionOptions['search'], type = 'codex') => {
    db = new DocumentDatabase(path(), {
      collections: { [type]: search === undefined ? {} : { search } },
    });
    return db.collection<Record<string, unknown>>(type);
  };
  const ids = (text: string) => db.search(text).map(({ id }) => id);

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(async () => {
    await db.close();
    folder.remove();
  });

  it('finds words in the name and in every text, best first, with a snippet', async () => {
    const codices = open(true);
    await codices.put('a', { title: 'The lighthouse', body: { text: 'Nobody lives there.' } });
    await codices.put('b', { title: 'Coast', tags: ['old Lighthouse', 'sea'] });
    await codices.put('c', { title: 'Café', n: 7 });

    const hits = codices.search('lighthouse');
    assert.deepEqual(
      hits.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(hits[0]?.document, codices.get('a')?.document);
    assert.ok((hits[0]?.rank ?? 0) < (hits[1]?.rank ?? 0));
    assert.match(hits[1]?.snippet ?? '', /old \[Lighthouse\]/);
    assert.deepEqual(ids('cafe'), ['c']);
    assert.deepEqual(ids('light*'), ['a', 'b']);
    assert.deepEqual(ids('"nobody lives"'), ['a']);
    assert.deepEqual(ids('lives nobody'), ['a']);
    assert.deepEqual(ids('"lives nobody"'), []);
    assert.deepEqual(ids('  '), []);
    assert.equal(db.search('lighthouse', { limit: 1 }).length, 1);
  });

  it('is in step as soon as a write is', async () => {
    const codices = open(true);
    await codices.put('a', { text: 'first' });
    assert.deepEqual(ids('first'), ['a']);

    await codices.patch('a', { text: 'second' });
    assert.deepEqual([ids('first'), ids('second')], [[], ['a']]);

    db.exec(`UPDATE documents SET document = '{"text":"third"}'`);
    assert.deepEqual([ids('second'), ids('third')], [[], ['a']]);

    await codices.put('a', { text: 'third' }, { name: 'Named' });
    assert.deepEqual(ids('named'), ['a']);

    await codices.delete('a');
    assert.deepEqual(ids('third'), []);
    db.exec(
      `INSERT INTO "_fsdb_search('codex')" ("_fsdb_search('codex')") VALUES ('integrity-check')`,
    );
  });

  it('takes any text for words', async () => {
    const codices = open(true);
    await codices.put('a', {
      text: 'C++ and SQL: AND OR NOT NEAR name "quoted" it\'s foo-bar x:y',
    });
    for (const text of [
      'C++',
      'AND',
      'NOT',
      'name:',
      'foo-bar',
      'x:y',
      '"quoted',
      "it's",
      '(SQL)',
      'sql AND',
      '-- SQL',
      '"SQL AND OR"',
    ]) {
      assert.deepEqual(ids(text), ['a'], text);
    }
    for (const text of [
      "'; DROP TABLE documents; --",
      'text : missing',
      '*',
      '\0',
      '"',
      '{name}: missing',
    ]) {
      assert.deepEqual(ids(text), [], text);
    }
    assert.deepEqual(ids('\ud800'), []);
    assert.equal(codices.count(), 1);
  });

  it('looks only at the paths that are named', async () => {
    const codices = open(['name', 'body', 'meta.notes']);
    await codices.put('a', {
      name: 'Title',
      body: 'inside',
      secret: 'hidden',
      meta: { notes: ['one', { deep: 'two' }], other: 'hidden' },
    });

    assert.deepEqual(
      ['title', 'inside', 'two', 'hidden'].map((word) => ids(word).length),
      [1, 1, 1, 0],
    );
  });

  it('finds parts of words with trigrams', async () => {
    const codices = open({ tokenizer: 'trigram' });
    await codices.put('a', { text: 'Donaudampfschiff' });

    assert.deepEqual(
      [ids('dampf'), ids('DAMPF'), ids('da'), ids('damp schiff')],
      [['a'], ['a'], [], ['a']],
    );
  });

  it('searches several types at once, or one', async () => {
    db = new DocumentDatabase(path(), {
      collections: { a: { search: true }, b: { search: ['text'] }, c: {} },
    });
    for (const type of ['a', 'b', 'c']) await db.collection(type).put('x', { text: 'word' });

    assert.deepEqual(
      db
        .search('word')
        .map(({ type }) => type)
        .sort(),
      ['a', 'b'],
    );
    assert.deepEqual(
      db.search('word', { type: 'b' }).map(({ type }) => type),
      ['b'],
    );
    assert.deepEqual(
      db.find({ search: 'word' }).rows.map(({ type }) => type),
      ['a', 'b'],
    );
    assert.throws(() => db.search('word', { type: 'c' }), {
      name: 'TypeError',
      message: /"c".*search/,
    });
    assert.throws(() => db.collection('c').find({ search: 'word' }), {
      name: 'TypeError',
      message: /^search: the collection "c"/,
    });
  });

  it('goes together with the rest of a query', async () => {
    const codices = open(true);
    for (let n = 0; n < 30; n++) await codices.put(`c${n}`, { n, text: n % 2 ? 'odd' : 'even' });
    const query = { search: 'odd', where: { n: { gt: 5 } }, orderBy: '-n', limit: 5 };
    const first = codices.find(query);
    const second = codices.find({ ...query, ...(first.next && { after: first.next }) });

    assert.deepEqual(
      first.rows.map(({ document }) => document.n),
      [29, 27, 25, 23, 21],
    );
    assert.deepEqual(
      second.rows.map(({ document }) => document.n),
      [19, 17, 15, 13, 11],
    );
    assert.equal(codices.find({ search: 'odd', page: 1 }).total, 15);
    assert.equal(codices.find({ search: ' ' }).rows.length, 0);
    assert.equal(codices.explain({ search: 'odd' }).usesIndex, true);
  });

  it('is filled in the background with what is there already', async () => {
    let codices = open(undefined);
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => codices.put(`c${n}`, { text: `word${n} common` })),
    );
    await db.close();
    codices = open(true);
    // Before, while and after it is filled, writes are taken in.
    const writes: Promise<unknown>[] = [];
    for (let n = 0; n < 100; n++) {
      writes.push(
        codices.put(`c${n}`, { text: `changed${n} common` }),
        codices.delete(`c${n + 100}`),
      );
      writes.push(codices.put(`n${n}`, { text: `new${n} common` }));
    }
    await Promise.all(writes);
    await filled(db);

    assert.equal(codices.search('common', { limit: 1000 }).length, 500);
    assert.equal(codices.search('changed7').length, 1);
    assert.equal(codices.search('word7').length, 0);
    assert.equal(codices.search('word450').length, 1);
    assert.equal(codices.search('new99').length, 1);
    db.exec(
      `INSERT INTO "_fsdb_search('codex')" ("_fsdb_search('codex')") VALUES ('integrity-check')`,
    );
  });

  it('goes on where a process that was killed has stopped', async () => {
    const codices = open(undefined);
    await Promise.all(
      Array.from({ length: 2000 }, (_, n) => codices.put(`c${n}`, { text: 'common '.repeat(50) })),
    );
    await db.close();
    const body = `
      const db = new filesyncdb.DocumentDatabase(args[0], { collections: { codex: { search: true } } });
      const look = () => {
        const { indexed, ready } = db.searchProgress().codex;
        if (indexed > 0 || ready) process.kill(process.pid, 'SIGKILL');
        setImmediate(look);
      };
      look();`;
    const { signal } = await runProgram(body, [path()]);
    assert.equal(signal, 'SIGKILL');

    open(true);
    await filled(db);
    assert.equal(
      db
        .prepare(
          `SELECT count(*) FROM "_fsdb_search('codex')" WHERE "_fsdb_search('codex')" MATCH 'common'`,
        )
        .pluck()
        .get(),
      2000,
    );
    db.exec(
      `INSERT INTO "_fsdb_search('codex')" ("_fsdb_search('codex')") VALUES ('integrity-check')`,
    );
  });

  it('is made anew with other options, and goes when it is no longer declared', async () => {
    let codices = open(true);
    await codices.put('a', { title: 'Donaudampfschiff', text: 'x' });
    await db.close();
    codices = open({ tokenizer: 'trigram', paths: ['title'] });
    await filled(db);
    assert.deepEqual([ids('dampf'), ids('xxx')], [['a'], []]);
    await db.close();
    open(undefined);
    const left = db
      .prepare(
        "SELECT name FROM sqlite_schema WHERE name GLOB '_fsdb_search*' OR name GLOB '_fsdb_text*'",
      )
      .all();
    assert.deepEqual(left, []);
    assert.deepEqual(db.searchProgress(), {});
    assert.throws(() => db.search('x'), TypeError);
  });

  it('takes any name for a type', async () => {
    for (const type of ["it's", '"', '__proto__', "x'); DROP TABLE documents; --", "a')_data('"]) {
      const one = new DocumentDatabase(':memory:', {
        collections: Object.fromEntries([[type, { search: ['$."a\'b"', 'name'] }]]),
      });
      await one.collection(type).put('a', { "a'b": 'word' });
      assert.equal(one.search('word')[0]?.type, type);
      await one.close();
    }
    open(undefined);
  });

  it('follows files after the first sync, and tells how far it is', async () => {
    for (let n = 0; n < 300; n++) folder.write(`p/p${n}.json`, `{"name":"P${n}","text":"common"}`);
    const sources = { p: { directory: folder.join('p'), search: true } };
    const files = await FileSyncDatabase.open(path(), { sources, watch: false });
    db = files;
    await filled(db);

    assert.deepEqual(files.syncStatus().search, { p: { ready: true, indexed: 300 } });
    assert.equal(files.search('common', { limit: 1000 }).length, 300);
    folder.write('p/p7.json', '{"name":"P7","text":"rare"}');
    folder.write('p/more.json', '{"name":"More","text":"rare"}');
    await files.sync();
    assert.deepEqual(ids('rare').sort(), ['more', 'p7']);
    assert.equal(files.search('common', { limit: 1000 }).length, 299);
  });

  it('names what is wrong', () => {
    open(true);
    const wrong: [() => unknown, RegExp][] = [
      [() => db.search(1 as never), /text must be a string/],
      [() => db.search('x', { typ: 'a' } as never), /did you mean "type"/],
      [() => db.collection('codex').search('x', { type: 'a' } as never), /unknown option "type"/],
      [() => db.search('x'.repeat(10_001)), /longer than 10000 bytes/],
      [() => db.find({ search: 'x'.repeat(10_001) }), /longer than 10000 bytes/],
      ...(
        [
          [[], /at least one path/],
          ['yes', /must be an object/],
          [{ tokens: 1 }, /"tokens"/],
          [{ tokenizer: 'porter' }, /tokenizer must be/],
          [['a..b'], /search a\.\.b/],
          [['id'], /is a column/],
        ] as [never, RegExp][]
      ).map(([search, message]): [() => unknown, RegExp] => [
        () => new DocumentDatabase(':memory:', { collections: { x: { search } } }),
        message,
      ]),
    ];
    for (const [call, message] of wrong) assert.throws(call, { name: 'TypeError', message });
    assert.throws(() => db.search('x', { limit: 0 }), RangeError);
  });
});
