import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingPackages } from './machine.mjs';
import { root } from './process.mjs';

describe('setup', () => {
  let bare;
  before(() => {
    bare = mkdtempSync(join(tmpdir(), 'fsdb-setup-'));
    symlinkSync(process.execPath, join(bare, 'node'));
  });
  after(() => rmSync(bare, { recursive: true }));

  it('says in one line what to install on a machine that it cannot install on', () => {
    const args = ['tools/setup.mjs', '--tests', '--install-only'];
    const options = { cwd: root, env: { PATH: bare }, encoding: 'utf8' };

    const { status, stdout, stderr } = spawnSync(process.execPath, args, options);

    assert.match(stderr, /^Missing: g\+\+, cmake, .*: sudo apt-get install .* libgtest-dev .*\n$/);
    assert.equal(stderr.split('\n').length, 2);
    assert.equal(stdout, '');
    assert.equal(status, 1);
  });

  it('finds nothing missing where this test was built', () => {
    assert.deepEqual(missingPackages(['build', 'tests']), []);
  });
});
