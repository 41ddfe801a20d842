import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type BackupProgress, Database } from 'filesyncdb';
import { Folder } from './support/folder';
import { runProgram } from './support/program';

const fill = `CREATE TABLE t (n INTEGER PRIMARY KEY, bytes);
  INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 1000)
    SELECT n, randomblob(3000) FROM r`;

describe('Database', () => {
  let folder: Folder;
  let db: Database;

  beforeEach(() => {
    folder = new Folder();
    db = new Database(folder.join('a.sqlite'));
    db.exec(fill);
  });

  afterEach(async () => {
    await db.close();
    folder.remove();
  });

  const digest = (of: Database) =>
    of.prepare('SELECT count(*), sum(n), sum(length(bytes)), max(bytes) FROM t').raw().get();
  /** What the file at `name` holds; it must be a sound database. */
  const contentOf = async (name: string) => {
    const copy = new Database(folder.join(name), { readonly: true });
    assert.equal(copy.pragma('integrity_check', { simple: true }), 'ok');
    const content = digest(copy);
    await copy.close();
    return content;
  };
  const leftovers = () => readdirSync(folder.path).filter((name) => name.endsWith('.tmp'));

  describe('backup', () => {
    it('copies the live database, whole', async () => {
      const expected = digest(db);

      const report = await db.backup(folder.join('b.sqlite'));

      assert.deepEqual(await contentOf('b.sqlite'), expected);
      assert.equal(report.remainingPages, 0);
      assert.ok(report.totalPages > 400 && report.durationMs > 0);
      assert.equal(report.bytes, statSync(folder.join('b.sqlite')).size);
      assert.equal(statSync(folder.join('b.sqlite')).mode & 0o077, 0);
      assert.deepEqual(leftovers(), []);
    });

    it('copies the moment when it began, whatever is written meanwhile', async () => {
      const expected = digest(db);
      let steps = 0;

      await db.backup(folder.join('b.sqlite'), {
        progress: () => {
          db.prepare('DELETE FROM t WHERE n % 7 = ?').run(steps++ % 7);
          return 50;
        },
      });

      assert.ok(steps >= 7, `${steps}`);
      assert.deepEqual(await contentOf('b.sqlite'), expected);
      assert.equal(db.prepare('SELECT count(*) FROM t').pluck().get(), 0);
    });

    it('tells its progress and copies as many pages as it is told to', async () => {
      const seen: BackupProgress[] = [];
      const answers = [0, 300, 0, undefined];

      const { totalPages } = await db.backup(folder.join('b.sqlite'), {
        progress: (progress) => {
          seen.push(progress);
          return answers[seen.length - 1];
        },
      });

      assert.deepEqual(
        seen.map(({ remainingPages }) => totalPages - remainingPages),
        [0, 0, 300, 300],
      );
      assert.ok(seen.every((each) => each.totalPages === totalPages));
    });

    it('copies databases in memory and attached ones', async () => {
      const memory = new Database(':memory:');
      memory.exec(fill);
      memory.exec("ATTACH ':memory:' AS other; CREATE TABLE other.u (a); INSERT INTO u VALUES (7)");
      memory.exec(`ATTACH '${folder.join('c.sqlite')}' AS c; CREATE TABLE c.t (n, bytes)`);
      const expected = digest(memory);

      await memory.backup(folder.join('b.sqlite'));
      await memory.backup(folder.join('u.sqlite'), { attached: 'other' });
      await memory.backup(folder.join('d.sqlite'), { attached: 'c' });

      await memory.close();
      assert.deepEqual(await contentOf('b.sqlite'), expected);
      assert.deepEqual(await contentOf('d.sqlite'), [0, null, null, null]);
      const copy = new Database(folder.join('u.sqlite'));
      assert.deepEqual(copy.prepare('SELECT a FROM u').pluck().all(), [7]);
      await copy.close();
    });

    it('replaces a file only when it is done', async () => {
      writeFileSync(folder.join('b.sqlite'), 'something else');
      const seen: string[] = [];
      const failing = db.backup(folder.join('b.sqlite'), {
        progress: () => {
          throw new Error('enough');
        },
      });

      await assert.rejects(failing, /enough/);
      assert.equal(statSync(folder.join('b.sqlite')).size, 14);
      assert.deepEqual(leftovers(), []);
      await db.backup(folder.join('b.sqlite'), {
        progress: () => {
          seen.push(String(statSync(folder.join('b.sqlite')).size));
        },
      });

      assert.ok(seen.length > 0 && seen.every((size) => size === '14'));
      assert.deepEqual(await contentOf('b.sqlite'), digest(db));
    });

    it('refuses a destination that is in use', async () => {
      const other = new Database(folder.join('b.sqlite'));
      other.exec('CREATE TABLE u (a)');

      await assert.rejects(db.backup(folder.join('a.sqlite')), { code: 'FSDB_CONFLICT' });
      await assert.rejects(db.backup(folder.join('b.sqlite')), { code: 'FSDB_CONFLICT' });

      await other.close();
      await db.backup(folder.join('b.sqlite'));
      mkdirSync(folder.join('folder'));
      await assert.rejects(db.backup(folder.join('folder')), { code: 'FSDB_IO' });
      await assert.rejects(db.backup(folder.join('none/b.sqlite')), { code: 'FSDB_IO' });
      assert.deepEqual(leftovers(), []);
    });

    it('is over when the database is closed', async () => {
      let closing: Promise<unknown> | undefined;
      const backup = db.backup(folder.join('b.sqlite'), {
        progress: () => {
          closing ??= db.close();
          return 1;
        },
      });

      await assert.rejects(backup, { code: 'FSDB_CLOSED' });
      await closing;
      await assert.rejects(db.backup(folder.join('b.sqlite')), { code: 'FSDB_CLOSED' });
      assert.ok(!existsSync(folder.join('b.sqlite')));
      assert.deepEqual(
        readdirSync(folder.path).filter((name) => name !== 'a.sqlite' && !name.endsWith('-lock')),
        [],
      );
    });

    it('leaves nothing behind when the process ends', async () => {
      const outcome = await runProgram(
        `const db = new filesyncdb.Database(args[0] + '/a.sqlite');
        db.backup(args[0] + '/b.sqlite', { progress: ({ remainingPages }) => {
          if (remainingPages < 400) process.exit(5);
          return 50;
        } });`,
        [folder.path],
      );

      assert.deepEqual(outcome, { code: 5, signal: null, stdout: '', stderr: '' });
      assert.deepEqual(leftovers(), []);
      assert.ok(!existsSync(folder.join('b.sqlite')));
    });

    it('is checked', async () => {
      const backup = db.backup.bind(db) as (...args: unknown[]) => Promise<unknown>;
      const path = folder.join('b.sqlite');

      await assert.rejects(backup(), TypeError);
      await assert.rejects(backup(''), TypeError);
      await assert.rejects(backup(':memory:'), TypeError);
      await assert.rejects(backup(path, { progress: 1 }), TypeError);
      await assert.rejects(backup(path, { progress: () => 'x' }), TypeError);
      await assert.rejects(backup(path, { attached: 1 }), TypeError);
      await assert.rejects(backup(path, { pages: 1 }), TypeError);
      await assert.rejects(backup(path, { attached: 'none' }), /unknown database none/);
      assert.ok(!existsSync(path));
    });
  });

  describe('serialize', () => {
    it('gives bytes that open as the same database', async () => {
      const bytes = db.serialize();
      const expected = digest(db);
      const copy = new Database(bytes);
      bytes.fill(0);

      assert.deepEqual(digest(copy), expected);
      assert.deepEqual([copy.name, copy.memory, copy.readonly], [':memory:', true, false]);
      copy.exec('DELETE FROM t; CREATE TABLE more (a)');
      assert.deepEqual(digest(db), expected);
      await copy.close();
    });

    it('gives bytes that are a file', async () => {
      writeFileSync(folder.join('b.sqlite'), db.serialize());

      assert.deepEqual(await contentOf('b.sqlite'), digest(db));
    });

    it('takes attached databases, and empty ones', async () => {
      db.exec("ATTACH ':memory:' AS other; CREATE TABLE other.u (a); INSERT INTO u VALUES (7)");
      const other = new Database(db.serialize({ attached: 'other' }));
      const empty = new Database(new Database(':memory:').serialize());

      assert.deepEqual(other.prepare('SELECT a FROM u').pluck().all(), [7]);
      assert.deepEqual(empty.prepare('SELECT * FROM sqlite_schema').all(), []);
      assert.throws(() => db.serialize({ attached: 'none' }), { name: 'SqliteError' });
      assert.throws(() => db.serialize({ attached: 1 } as never), TypeError);
      await Promise.all([other.close(), empty.close()]);
    });

    it('opens for reading only if it is told to', async () => {
      const copy = new Database(db.serialize(), { readonly: true });

      assert.equal(copy.readonly, true);
      assert.throws(() => copy.exec('DELETE FROM t'), { code: 'SQLITE_READONLY' });
      await copy.close();
    });

    it('opens nothing that is no database', () => {
      assert.throws(() => new Database(Buffer.from('hello')), { code: 'FSDB_CORRUPT' });
      const bytes = db.serialize();
      bytes.fill('x', 0, 50);
      assert.throws(() => new Database(bytes), { code: 'FSDB_CORRUPT' });
    });
  });

  it('says which extension cannot be loaded', () => {
    assert.throws(() => db.loadExtension(folder.join('none')), {
      name: 'SqliteError',
      message: /cannot open shared object file/,
    });
    assert.throws(() => db.loadExtension(1 as never), TypeError);
    assert.throws(() => db.loadExtension('x', 1 as never), TypeError);
    assert.throws(() => db.prepare("SELECT load_extension('x')").get(), /not authorized/);
  });
});
