import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database } from 'filesyncdb';

describe('Database', () => {
  let db: Database;

  beforeEach(() => {
    db = new Database(':memory:');
    db.exec('CREATE TABLE t (a UNIQUE)');
  });

  afterEach(() => db.close());

  const rows = () => db.prepare('SELECT a FROM t ORDER BY a').pluck().all();
  const insert = (value: number) => db.prepare('INSERT INTO t VALUES (?)').run(value);

  describe('transaction', () => {
    it('commits what its function returns', () => {
      const both = db.transaction((a: number, b: number) => {
        insert(a);
        insert(b);
        return db.inTransaction;
      });

      assert.equal(both(1, 2), true);
      assert.equal(both.immediate(3, 4), true);
      assert.equal(both.exclusive(5, 6), true);

      assert.deepEqual(rows(), [1, 2, 3, 4, 5, 6]);
      assert.equal(db.inTransaction, false);
    });

    it('rolls back when its function throws, and throws the same', () => {
      const failing = db.transaction(() => {
        insert(1);
        insert(1);
      });

      assert.throws(failing, { code: 'SQLITE_CONSTRAINT_UNIQUE' });

      assert.deepEqual(rows(), []);
      assert.equal(db.inTransaction, false);
    });

    it('rolls back to where it began when it is inside another', () => {
      db.transaction(() => {
        insert(1);
        assert.throws(
          db.transaction(() => {
            insert(2);
            throw new Error('inner');
          }),
          /inner/,
        );
        db.transaction(() => insert(3))();
      })();

      assert.deepEqual(rows(), [1, 3]);
    });

    it('refuses async functions', () => {
      const wrong = db.transaction(async () => {
        insert(1);
      });

      assert.throws(wrong, TypeError);

      assert.deepEqual(rows(), []);
    });

    it('passes `this` on', () => {
      const object = {
        value: 7,
        add: db.transaction(function (this: { value: number }) {
          insert(this.value);
        }),
      };

      object.add();

      assert.deepEqual(rows(), [7]);
    });
  });

  it('tells pragmas as rows, or simply', () => {
    db.pragma('user_version = 5');

    assert.deepEqual(db.pragma('user_version'), [{ user_version: 5 }]);
    assert.equal(db.pragma('user_version', { simple: true }), 5);
    assert.throws(() => db.pragma('user_version; SELECT 1'), RangeError);
  });

  it('runs every statement of exec(), and throws what SQLite says', () => {
    assert.equal(db.exec('INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)'), db);

    assert.deepEqual(rows(), [1, 2]);
    assert.throws(() => db.exec('INSERT INTO t VALUES (1)'), { name: 'SqliteError' });
    assert.throws(() => db.exec('nonsense'), { code: 'SQLITE_ERROR' });
    assert.throws(() => db.exec('SELECT 1\0'), RangeError);
  });

  it('may be given properties by others', () => {
    const expando = db as unknown as Record<string, unknown>;

    expando.__knexUid = 'x';

    assert.equal(expando.__knexUid, 'x');
  });
});
