// An extension of SQLite that comes as an npm package.
import assert from 'node:assert/strict';
import { Database } from 'filesyncdb';
import * as sqliteVec from 'sqlite-vec';

const db = new Database('vec.sqlite');
sqliteVec.load(db);
assert.match(db.prepare('SELECT vec_version()').pluck().get(), /^v\d/);
db.exec('CREATE VIRTUAL TABLE items USING vec0(embedding float[3])');
const insert = db.prepare('INSERT INTO items (rowid, embedding) VALUES (?, ?)');
for (const [rowid, values] of [
  [1, [1, 0, 0]],
  [2, [0, 1, 0]],
  [3, [0.9, 0.1, 0]],
]) {
  insert.run(rowid, new Float32Array(values));
}
const nearest = db
  .prepare('SELECT rowid FROM items WHERE embedding MATCH ? ORDER BY distance LIMIT 2')
  .pluck()
  .all(new Float32Array([1, 0, 0]));
assert.deepEqual(nearest, [1, 3]);
await db.close();
process.stdout.write('ok\n');
