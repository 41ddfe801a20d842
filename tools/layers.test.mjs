import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { checkLayers } from './layers.mjs';

describe('layers', () => {
  let root;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fsdb-layers-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const problemsOf = (file, text) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    return checkLayers(root);
  };

  const allowed = [
    ['native/files/a.cc', '#include "files/a.h"\n#include "base/result.h"\n#include <xxhash.h>\n'],
    ['native/sync/a.cc', '#include "files/a.h"\n#include "sqlite/a.h"\n#include <vector>\n'],
    ['native/sqlite/a.cc', '#include <sqlite3.h>\n'],
    ['native/addon/a.cc', '#include <napi.h>\n#include "database/a.h"\n'],
    ['test/native/parse/a_test.cc', '#include "support/temp.h"\n#include "parse/a.h"\n'],
    ['native/base/a.h', '// #include "sqlite/a.h" would be an arrow upwards\n'],
    ['lib/a.ts', "import { b } from './b';\nimport { join } from 'node:path';\n"],
    ['lib/native.ts', "import type { Native } from '../binding';\n"],
    ['lib/cli/a.ts', "import { Database } from '../index';\n"],
  ];
  for (const [file, text] of allowed) {
    it(`allows ${JSON.stringify(text)} in ${file}`, () => {
      assert.deepEqual(problemsOf(file, text), []);
    });
  }

  it('allows a header beside a test, but not beside what is tested', () => {
    assert.deepEqual(problemsOf('test/native/parse/b.h', ''), []);
    assert.deepEqual(problemsOf('test/native/parse/a_fuzz.cc', '#include "b.h"\n'), []);
    problemsOf('native/base/b.h', '');
    assert.equal(problemsOf('native/base/a.cc', '#include "b.h"\n').length, 1);
  });

  const refused = [
    [
      'native/base/a.h',
      '#include "sqlite/a.h"\n',
      'native/base/a.h:1: base/ must not know sqlite/',
    ],
    [
      'native/files/a.cc',
      '\n#include "sqlite/a.h"\n',
      'native/files/a.cc:2: files/ must not know sqlite/',
    ],
    [
      'native/parse/a.cc',
      '#include "files/a.h"\n',
      'native/parse/a.cc:1: parse/ must not know files/',
    ],
    [
      'native/sync/a.cc',
      '#include "database/a.h"\n',
      'native/sync/a.cc:1: sync/ must not know database/',
    ],
    [
      'native/sync/a.cc',
      '#include <sqlite3.h>\n',
      'native/sync/a.cc:1: <sqlite3.h> belongs to sqlite/ alone',
    ],
    [
      'native/files/a.cc',
      '#include "simdjson.h"\n',
      'native/files/a.cc:1: <simdjson.h> belongs to parse/ alone',
    ],
    [
      'native/database/a.h',
      '#include <napi.h>\n',
      'native/database/a.h:1: <napi.h> belongs to addon/ alone',
    ],
    [
      'native/base/a.cc',
      '#include "a.h"\n',
      'native/base/a.cc:1: "a.h" is not in a room; write "room/name.h"',
    ],
    ['native/misc/a.cc', '', 'native/misc/a.cc: "misc" is not a room'],
    [
      'test/native/base/a_test.cc',
      '#include "files/a.h"\n',
      'test/native/base/a_test.cc:1: base/ must not know files/',
    ],
    [
      'lib/a.ts',
      "import { x } from '../tools/x.mjs';\n",
      'lib/a.ts:1: lib/ must not reach up to tools/x.mjs',
    ],
    [
      'lib/cli/a.ts',
      "export * from '../../test/js/x';\n",
      'lib/cli/a.ts:1: lib/ must not reach up to test/js/x',
    ],
    [
      'lib/a.ts',
      "const x = require('left-pad');\n",
      'lib/a.ts:1: lib/ has no dependencies, not even left-pad',
    ],
    [
      'lib/a.ts',
      "const x = await import('./cli/main');\n",
      'lib/a.ts:1: only lib/cli/ knows lib/cli/',
    ],
  ];
  for (const [file, text, problem] of refused) {
    it(`refuses ${JSON.stringify(text)} in ${file}`, () => {
      assert.deepEqual(problemsOf(file, text), [problem]);
    });
  }
});
