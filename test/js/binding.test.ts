import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const root = dirname(require.resolve('filesyncdb/package.json'));

/** What is declared: functions and constants, and classes with their members and parents. */
function declarations() {
  const text = readFileSync(join(root, 'binding.d.ts'), 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '');
  const values = [...text.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name]) => name);
  const classes = new Map<string, { parent: string | undefined; members: string[] }>();
  for (const match of text.matchAll(/^export class (\w+)(?: extends (\w+))? \{([\s\S]*?)^\}/gm)) {
    const [, name = '', parent, body = ''] = match;
    const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, each]) => each);
    classes.set(name, {
      parent,
      members: members.filter((each) => each !== undefined && each !== 'constructor') as string[],
    });
  }
  return { values, classes };
}

function loadAddon(): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  process.dlopen(module, join(root, 'build/release/filesyncdb.node'));
  return module.exports;
}

describe('binding.d.ts', () => {
  const addon = loadAddon();
  const { values, classes } = declarations();

  function declaredMembers(name: string): string[] {
    const declared = classes.get(name);
    if (!declared) return [];
    const inherited = declared.parent ? declaredMembers(declared.parent) : [];
    return [...inherited, ...declared.members];
  }

  it('names everything that the addon exports, and nothing else', () => {
    assert.deepEqual(Object.keys(addon).sort(), [...values, ...classes.keys()].sort());
  });

  for (const name of classes.keys()) {
    it(`names every member of ${name}, and no other`, () => {
      const { prototype } = addon[name] as { prototype: object };

      const actual = Object.getOwnPropertyNames(prototype).filter((each) => each !== 'constructor');

      assert.deepEqual(actual.sort(), declaredMembers(name).sort());
    });
  }

  it('is read rightly', () => {
    assert.ok(classes.size >= 4 && declaredMembers('FileSyncDatabase').includes('exec'));
  });
});
