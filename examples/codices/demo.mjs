// A writing project, as an editor's extension would keep it: create codices, edit their fields, tag
// them, refer from one to another, list and search; then another process starts and finds everything.
//
//   node examples/codices/demo.mjs
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from './store.mjs';

const path = process.argv[2];
if (path) await readAgain(path);
else await write();

async function write() {
  const folder = mkdtempSync(join(tmpdir(), 'filesyncdb-codices-'));
  const store = openStore(join(folder, 'writing.sqlite'));
  try {
    console.log('== Writing');
    const hollow = await store.create('The Hollow', { template: 'place' });
    const iris = await store.create('Iris Vane', {
      template: 'person',
      fields: { role: 'lighthouse keeper', age: 34 },
    });
    await store.edit(hollow.id, { summary: 'A bay that no ship has left.' }, hollow.version);
    await store.tag(hollow.id, 'place');
    await store.tag(iris.id, 'person');
    await store.tag(iris.id, 'coast');
    await store.tag(hollow.id, 'coast');
    await store.refer(iris.id, hollow.id, 'was born there');
    await store.refer(iris.id, 'nobody-yet', 'is looking for');

    // Two windows show the same version: the second one to save is told.
    const error = await store
      .edit(hollow.id, { summary: 'Something else.' }, hollow.version)
      .catch((failure) => failure);
    console.log(`second window: ${error.code}, stored is version ${error.current.version}`);

    show(store);
  } finally {
    await store.close();
  }

  console.log('\n== The same, after a restart');
  const self = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [self, join(folder, 'writing.sqlite')], {
    stdio: 'inherit',
  });
  rmSync(folder, { recursive: true });
  process.exitCode = status ?? 1;
}

async function readAgain(file) {
  const store = openStore(file);
  show(store);
  await store.close();
}

function show(store) {
  const { rows } = store.list();
  for (const { id, name, document } of [...rows].reverse()) {
    console.log(`${name} [${document.tags.join(', ')}] ${JSON.stringify(document.fields)}`);
    for (const to of store.references(id)) {
      console.log(`  ${to.context}: ${to.dangling ? `${to.id} (not written yet)` : to.name}`);
    }
    for (const from of store.backlinks(id)) console.log(`  named by ${from.name}`);
  }
  console.log(
    'tags:',
    store
      .tags()
      .map(({ tag, count }) => `${tag} ${count}`)
      .join(', '),
  );
  for (const { name, snippet } of store.search('keep*')) console.log(`found ${name}: ${snippet}`);
}
