// Clients of better-sqlite3 run on this package unchanged: each program in query-builders/ asserts
// what it does, and prints ok.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const programs = join(root, 'test/consumers/query-builders');
const project = join(root, 'build/query-builders');
const timeoutMs = 240_000;

function run(program, args) {
  const options = { cwd: project, encoding: 'utf8', timeout: timeoutMs };
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, options);
  assert.equal(status, 0, `${error ?? status ?? signal}: ${program} ${args}\n${stdout}${stderr}`);
  return stdout;
}

/** From npm, once: again only if the lock file has changed. */
function install() {
  const lock = 'package-lock.json';
  const wanted = readFileSync(join(programs, lock), 'utf8');
  const done = join(project, 'node_modules/.package-lock.json');
  const installed = existsSync(done) && readFileSync(join(project, lock), 'utf8') === wanted;
  if (installed) return;
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  for (const name of ['package.json', lock]) cpSync(join(programs, name), join(project, name));
  run('npm', ['ci', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund']);
}

describe('clients of better-sqlite3', () => {
  before(() => {
    install();
    // What `npm install filesyncdb better-sqlite3@npm:filesyncdb` leads to, without the copies.
    for (const name of ['filesyncdb', 'better-sqlite3']) {
      const link = join(project, 'node_modules', name);
      rmSync(link, { recursive: true, force: true });
      symlinkSync(root, link);
    }
    for (const name of readdirSync(project)) {
      if (/\.(sqlite(-.*)?|mjs|cjs)$/.test(name)) rmSync(join(project, name));
    }
  });

  const names = readdirSync(programs).filter((name) => /\.[mc]js$/.test(name));
  for (const name of names) {
    it(`work: ${name.replace(/\.[mc]js$/, '')}`, () => {
      cpSync(join(programs, name), join(project, name));

      assert.equal(run(process.execPath, [name]), 'ok\n');
    });
  }

  it('are found', () => {
    assert.ok(names.length >= 5);
  });
});
