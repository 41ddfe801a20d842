// The package as its users meet it: packed, installed into a project of its own, loaded by require
// and import, compiled against, bundled, and run from the command line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
const timeoutMs = 120_000;

// Uses the package as a program would: a folder, its documents, an end.
const useIt = `
  const db = await FileSyncDatabase.open('content.sqlite', {
    sources: { note: { directory: 'notes' } },
  });
  console.log(db.collection('note').get('hello').document.title);
  await db.close();
`;

describe('the package', () => {
  let project;
  let installOutput;

  before(() => {
    run(root, process.execPath, ['tools/pack.mjs']);
    project = mkdtempSync(join(tmpdir(), 'fsdb-consumer-'));
    mkdirSync(join(project, 'notes'));
    writeFileSync(join(project, 'notes/hello.json'), '{"title":"Hello from a file"}');
    writeFileSync(join(project, 'package.json'), '{"name":"consumer","private":true}');
    const tarball = join(root, 'build', `filesyncdb-${version}.tgz`);
    // Scripts are allowed here: it must be the package that has none to run. Offline: it has no
    // dependencies to fetch.
    const args = [
      'install',
      '--offline',
      '--ignore-scripts=false',
      '--foreground-scripts',
      tarball,
    ];
    installOutput = run(project, 'npm', args);
  });
  after(() => rmSync(project, { recursive: true }));

  function run(cwd, program, args) {
    const options = { cwd, encoding: 'utf8', timeout: timeoutMs };
    const { status, signal, error, stdout, stderr } = spawnSync(program, args, options);
    assert.equal(status, 0, `${error ?? status ?? signal}: ${program}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Writes a program into the project and runs it there; returns what it prints. */
  function runProgram(name, text) {
    writeFileSync(join(project, name), text);
    return run(project, process.execPath, [name]);
  }

  const installed = () => join(project, 'node_modules/filesyncdb');
  const manifest = () => JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'));

  it('brings nothing along and runs nothing when it is installed', () => {
    assert.match(installOutput, /^added 1 package/m);
    assert.doesNotMatch(installOutput, /^> /m); // How npm announces a script.
    assert.deepEqual(
      readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.')),
      ['filesyncdb'],
    );
    const fields = ['scripts', 'dependencies', 'optionalDependencies', 'devDependencies', 'binary'];
    assert.deepEqual(
      fields.filter((field) => field in manifest()),
      [],
    );
  });

  it('contains what it is used by, and nothing else', () => {
    const allowed = [
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|binding\.d\.ts)$/,
      /^docs\/[\w-]+\.md$/,
      /^dist\/(cli\/)?[\w-]+(\.js|\.d\.ts)$/,
      /^prebuilds\/[a-z]+-[a-z0-9]+\/filesyncdb\.node$/,
    ];
    const files = readdirSync(installed(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .map((path) => path.slice(installed().length + 1));

    const unexpected = files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
    const withOurPaths = files.filter((file) =>
      readFileSync(join(installed(), file)).includes(`${root}/`),
    );

    assert.deepEqual(unexpected, []);
    assert.deepEqual(withOurPaths, []);
    assert.equal(files.filter((file) => file.endsWith('.node')).length, 1);
    assert.ok(files.includes('dist/index.js') && files.includes('dist/index.d.ts'));
  });

  it('loads with require', () => {
    const text = `const { FileSyncDatabase } = require('filesyncdb');\n(async () => {${useIt}})();\n`;

    assert.equal(runProgram('required.cjs', text), 'Hello from a file\n');
  });

  it('loads with import', () => {
    const text = `import { FileSyncDatabase } from 'filesyncdb';\n${useIt}`;

    assert.equal(runProgram('imported.mjs', text), 'Hello from a file\n');
  });

  it('is one package, not two, for a program that has both', () => {
    const text = `
      import { createRequire } from 'node:module';
      import * as imported from 'filesyncdb';
      const required = createRequire(import.meta.url)('filesyncdb');
      console.log(imported.FileSyncDatabase === required.FileSyncDatabase);
      console.log(imported.SqliteError === required.SqliteError);
    `;

    assert.equal(runProgram('both.mjs', text), 'true\ntrue\n');
  });

  it('gives its types to TypeScript as a CommonJS and as an ES module, and to a bundler', () => {
    const text = `
      import { FileSyncDatabase, type FileSyncOptions } from 'filesyncdb';
      const options: FileSyncOptions = { sources: { note: { directory: 'notes' } } };
      export async function title(): Promise<string> {
        await using db = await FileSyncDatabase.open('content.sqlite', options);
        const row = db.collection('note').get('hello');
        // @ts-expect-error: there is no such option.
        const wrong: FileSyncOptions = { sources: {}, polling: true };
        return \`\${row?.filePath} \${row?.version.toFixed()} \${wrong}\`;
      }
    `;
    for (const name of ['types.cts', 'types.mts', 'types.ts']) {
      writeFileSync(join(project, name), text);
    }
    mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) {
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--types', 'node'];
    const options = [...strict, '--target', 'es2022', '--lib', 'es2022,esnext.disposable'];

    const asNode = ['--module', 'node16', 'types.cts', 'types.mts'];
    run(project, process.execPath, [tsc, ...options, ...asNode]);
    const asBundler = ['--module', 'esnext', '--moduleResolution', 'bundler', 'types.ts'];
    run(project, process.execPath, [tsc, ...options, ...asBundler]);
  });

  it('runs as npx filesyncdb', () => {
    assert.equal(run(project, 'npx', ['filesyncdb', '--version']), `${version}\n`);

    run(project, 'npx', ['filesyncdb', 'sync', 'notes', '--db', 'cli.sqlite']);
    const sql = 'SELECT name FROM documents';
    const rows = run(project, 'npx', ['filesyncdb', 'query', sql, '--db', 'cli.sqlite', '--json']);

    assert.deepEqual(JSON.parse(rows), { name: 'Hello from a file' });
  });

  describe('in a bundle', () => {
    const entry = `import { FileSyncDatabase } from 'filesyncdb';\n(async () => {${useIt}})();\n`;

    async function bundle(options) {
      writeFileSync(join(project, 'entry.js'), entry);
      const outfile = join(project, 'out/bundle.cjs');
      await build({
        absWorkingDir: project,
        entryPoints: ['entry.js'],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        logLevel: 'silent',
        ...options,
      });
      return outfile;
    }

    const ways = [
      ['that leaves the package outside', { external: ['filesyncdb'] }],
      ['that takes the package in', {}],
      [
        // As Turbopack does: https://github.com/vercel/next.js server bundles.
        'that replaces __dirname by a place that does not exist',
        { define: { __dirname: '"/ROOT/node_modules/filesyncdb/dist"' } },
      ],
      ['that is minified', { minify: true }],
    ];
    for (const [way, options] of ways) {
      it(`works in one ${way}`, async () => {
        const outfile = await bundle(options);

        assert.equal(run(project, process.execPath, [outfile]), 'Hello from a file\n');
      });
    }

    it('is found beside the program when that is started from elsewhere', async () => {
      const outfile = await bundle({});
      const elsewhere = mkdtempSync(join(tmpdir(), 'fsdb-elsewhere-'));
      cpSync(join(project, 'notes'), join(elsewhere, 'notes'), { recursive: true });

      const output = run(elsewhere, process.execPath, [outfile]);

      rmSync(elsewhere, { recursive: true });
      assert.equal(output, 'Hello from a file\n');
    });
  });

  describe('when the addon does not load', () => {
    /** What is said by a copy of the package whose addon is `change`d. */
    function messageAfter(change) {
      const elsewhere = mkdtempSync(join(tmpdir(), 'fsdb-elsewhere-'));
      const copy = join(elsewhere, 'node_modules/filesyncdb');
      cpSync(installed(), copy, { recursive: true });
      const [platform] = readdirSync(join(copy, 'prebuilds'));
      change(join(copy, 'prebuilds', platform, 'filesyncdb.node'));
      const text = `try { require('filesyncdb'); } catch (error) { console.log(error.message); }`;
      writeFileSync(join(elsewhere, 'program.cjs'), text);
      const output = run(elsewhere, process.execPath, ['program.cjs']);
      rmSync(elsewhere, { recursive: true });
      return output;
    }

    it('says where it looked if there is none for the machine', () => {
      const message = messageAfter((file) => rmSync(file));

      assert.match(
        message,
        /^filesyncdb has no native addon that works on \w+-\w+\. It was looked/,
      );
      assert.match(message, /prebuilds\/\w+-\w+\/filesyncdb\.node/);
    });

    it('names the package to install if the machine lacks libfyaml', () => {
      const message = messageAfter((file) => {
        const addon = readFileSync(file);
        const at = addon.indexOf('libfyaml.so.0');
        assert.ok(at > 0, 'this addon does not need libfyaml');
        addon.write('libfyaml.so.X', at);
        writeFileSync(file, addon);
      });

      assert.match(message, /needs the library libfyaml .*: sudo apt-get install libfyaml0\n$/);
    });
  });
});
