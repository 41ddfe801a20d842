// TypeORM, by its driver for better-sqlite3 with the option `driver`.
const assert = require('node:assert/strict');
require('reflect-metadata');
const { Database } = require('filesyncdb');
const { DataSource, EntitySchema } = require('typeorm');

const Person = new EntitySchema({
  name: 'Person',
  columns: {
    id: { type: Number, primary: true, generated: true },
    name: { type: String, unique: true },
    active: { type: Boolean, default: true },
    born: { type: Date, nullable: true },
    notes: { type: 'simple-json', nullable: true },
  },
  relations: {
    posts: { type: 'one-to-many', target: 'Post', inverseSide: 'author' },
  },
});
const Post = new EntitySchema({
  name: 'Post',
  columns: {
    id: { type: Number, primary: true, generated: true },
    title: { type: String },
    picture: { type: 'blob', nullable: true },
  },
  relations: {
    author: { type: 'many-to-one', target: 'Person', inverseSide: 'posts', onDelete: 'CASCADE' },
  },
});

async function main() {
  const source = new DataSource({
    type: 'better-sqlite3',
    driver: Database,
    database: 'typeorm.sqlite',
    entities: [Person, Post],
    synchronize: true,
    enableWAL: true,
  });
  await source.initialize();
  const people = source.getRepository('Person');
  const posts = source.getRepository('Post');

  const born = new Date('1815-12-10T00:00:00.000Z');
  const ada = await people.save({ name: 'Ada', born, notes: { a: [1] } });
  assert.equal(ada.id, 1);
  await people.save([{ name: 'Ibn', active: false }, { name: 'Maria' }]);
  await posts.save({ title: 'Notes', author: ada, picture: Buffer.from([1, 2]) });

  const found = await people.findOne({ where: { name: 'Ada' }, relations: { posts: true } });
  assert.deepEqual([found.active, found.born, found.notes], [true, born, { a: [1] }]);
  assert.deepEqual([...found.posts[0].picture], [1, 2]);
  assert.equal(await people.countBy({ active: true }), 2);
  const names = await people
    .createQueryBuilder('p')
    .where('p.name LIKE :like', { like: '%a' })
    .orderBy('p.id', 'DESC')
    .getMany();
  assert.deepEqual(
    names.map(({ name }) => name),
    ['Maria', 'Ada'],
  );

  await assert.rejects(people.insert({ name: 'Ada' }), (error) => {
    assert.equal(error.driverError.code, 'SQLITE_CONSTRAINT_UNIQUE');
    return error.name === 'QueryFailedError';
  });
  const rolledBack = source.transaction(async (manager) => {
    await manager.delete('Person', { active: true });
    await manager.transaction((nested) => nested.save('Person', { name: 'John' }));
    throw new Error('no');
  });
  await assert.rejects(rolledBack, /no/);
  await people.delete({ id: ada.id });
  assert.equal(await posts.count(), 0);
  await source.synchronize();
  await source.destroy();
  process.stdout.write('ok\n');
}

main().catch((error) => {
  process.exitCode = 1;
  throw error;
});
