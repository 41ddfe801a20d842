import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'node:test';

const root = dirname(require.resolve('filesyncdb/package.json'));
const main = join(root, 'dist/cli/main.js');
const exampleContent = join(root, 'examples/personas-and-prompts/content');

// Longer than anything here takes; a command that hangs fails its test instead of the whole run.
const timeoutMs = 30_000;

/** Some of what --json prints. */
interface JsonLine {
  event?: string;
  reason?: string;
  added?: { type: string; id: string }[];
  documents?: Record<string, number>;
  errors?: unknown[];
  path?: string;
  line?: number;
  code?: string;
}

describe('filesyncdb', () => {
  let folder: string;
  let running: ChildProcess[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fsdb-cli-'));
    mkdirSync(join(folder, 'personas'));
    running = [];
    write('personas/ada.json', '{"name": "Ada", "age": 36}');
    write('personas/grace.json', '{"name": "Grace", "age": 85}');
  });

  afterEach(async () => {
    for (const child of running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  });

  function write(path: string, text: string): void {
    writeFileSync(join(folder, path), text);
  }

  function run(...args: string[]) {
    const options = { cwd: folder, encoding: 'utf8', timeout: timeoutMs } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
    return { status, stdout, stderr };
  }

  /** A command that goes on running; `line(pattern)` waits for a line of its output. */
  function start(...args: string[]) {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder });
    running.push(child);
    const seen: string[] = [];
    const waiting: { pattern: RegExp; resolve: (line: string) => void }[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        const index = waiting.findIndex(({ pattern }) => pattern.test(line));
        if (index < 0) seen.push(line);
        else waiting.splice(index, 1)[0]?.resolve(line);
      });
    }
    const line = (pattern: RegExp): Promise<string> => {
      const index = seen.findIndex((text) => pattern.test(text));
      if (index >= 0) return Promise.resolve(seen.splice(index, 1)[0] ?? '');
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`no line like ${pattern}; there were:\n${seen.join('\n')}`));
        }, timeoutMs);
        waiting.push({
          pattern,
          resolve: (text) => {
            clearTimeout(timer);
            resolve(text);
          },
        });
      });
    };
    const end = async (signal: NodeJS.Signals) => {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code] = await exited;
      return code as number | null;
    };
    return { line, end };
  }

  function jsonLines(text: string): JsonLine[] {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  describe('sync', () => {
    it('fills the database and says how much in one line', () => {
      const { status, stdout, stderr } = run('sync', 'personas', '--db', 'a.sqlite');

      assert.match(stdout, /^2 added; 2 files in \d+(\.\d+)? m?s\n$/);
      assert.equal(stderr, '');
      assert.equal(status, 0);
      assert.equal(
        run('query', 'SELECT count(*) AS n FROM documents', '--db', 'a.sqlite').stdout,
        'n\n2\n',
      );
    });

    it('says that nothing changed when nothing did', () => {
      run('sync', 'personas', '--db', 'a.sqlite');

      const { status, stdout } = run('sync', 'personas', '--db', 'a.sqlite');

      assert.match(stdout, /^nothing changed; 2 files in /);
      assert.equal(status, 0);
    });

    it('prints a broken file as path:line:column: message and ends with 1', () => {
      write('personas/broken.json', '{\n  "name": "Broken",\n  "age": oops\n}\n');

      const { status, stdout, stderr } = run('sync', 'personas', '--db', 'a.sqlite');

      assert.match(stderr, /^personas\/broken\.json:3:10: \S.*\n$/);
      assert.match(stdout, /^2 added, 1 failed; 3 files in /);
      assert.equal(status, 1);
    });

    it('takes the type from type=DIR', () => {
      run('sync', 'people=personas', '--db', 'a.sqlite');

      const { stdout } = run('query', 'SELECT DISTINCT type FROM documents', '--db', 'a.sqlite');

      assert.equal(stdout, 'type\npeople\n');
    });

    it('leaves out what --exclude matches', () => {
      run('sync', 'personas', '--exclude', 'ada.*', '--db', 'a.sqlite');

      const { stdout } = run('query', 'SELECT id FROM documents', '--db', 'a.sqlite');

      assert.equal(stdout, 'id\ngrace\n');
    });

    it('prints the report as one JSON object per line with --json', () => {
      write('personas/broken.json', '{');

      const { status, stdout, stderr } = run('sync', 'personas', '--json', '--db', 'a.sqlite');

      const [report, error] = jsonLines(stdout);
      assert.equal(report?.event, 'sync');
      assert.equal(report?.added?.length, 2);
      assert.equal(error?.event, 'file-error');
      assert.equal(error?.path, join('personas', 'broken.json'));
      assert.equal(error?.code, 'FSDB_PARSE');
      assert.equal(stderr, '');
      assert.equal(status, 1);
    });

    it('hashes every file again with --full', () => {
      run('sync', 'personas', '--db', 'a.sqlite');

      const { status, stdout } = run('sync', 'personas', '--full', '--json', '--db', 'a.sqlite');

      assert.equal(jsonLines(stdout)[0]?.reason, 'call');
      assert.equal(status, 0);
    });

    it('reads the example content but for the file that is broken on purpose', () => {
      cpSync(exampleContent, join(folder, 'content'), { recursive: true });
      const folders = ['personas', 'prompts', 'notes'].map((name) => `${name}=content/${name}`);

      const { status, stderr } = run('sync', ...folders, '--db', 'a.sqlite');

      assert.match(stderr, /^content\/personas\/drafts\/night-porter\.json:\d+:\d+: [^\n]+\n$/);
      assert.equal(status, 1);
    });
  });

  describe('watch', () => {
    it('prints a change as it arrives and ends with 0 at SIGTERM', async () => {
      const watch = start('watch', 'personas', '--debounce-ms', '10', '--db', 'a.sqlite');
      await watch.line(/^watching/);

      write('personas/ada.json', '{"name": "Ada", "age": 37}');

      assert.equal(await watch.line(/ada/), '~ personas ada');
      assert.equal(await watch.end('SIGTERM'), 0);
    });

    it('prints changes and errors as JSON lines with --json and ends with 0 at SIGINT', async () => {
      const watch = start('watch', 'personas', '--debounce-ms', '10', '--json', '--db', 'a.sqlite');
      await watch.line(/"reason":"start"/);

      write('personas/new.json', '{"name": "New"}');
      const added = JSON.parse(await watch.line(/"id":"new"/));
      write('personas/new.json', '{"name": }');
      const error = JSON.parse(await watch.line(/"file-error"/));

      assert.equal(added.event, 'sync');
      assert.equal(added.added[0].type, 'personas');
      assert.deepEqual([error.path, error.line], [join('personas', 'new.json'), 1]);
      assert.equal(await watch.end('SIGINT'), 0);
    });

    it('leaves no log behind when it is ended', async () => {
      const watch = start('watch', 'personas', '--db', 'a.sqlite');
      await watch.line(/^watching/);

      await watch.end('SIGTERM');

      assert.throws(() => readFileSync(join(folder, 'a.sqlite-wal')), { code: 'ENOENT' });
    });
  });

  describe('query', () => {
    beforeEach(() => {
      run('sync', 'personas', '--db', 'a.sqlite');
    });

    const names = "SELECT name, document ->> 'age' AS age FROM documents ORDER BY name";

    it('prints rows with tabs between columns', () => {
      const { status, stdout } = run('query', names, '--db', 'a.sqlite');

      assert.equal(stdout, 'name\tage\nAda\t36\nGrace\t85\n');
      assert.equal(status, 0);
    });

    it('prints one JSON object per row with --json, all digits kept', () => {
      const { stdout } = run(
        'query',
        'SELECT 9007199254740993 AS n, NULL AS x',
        '--json',
        '--db',
        'a.sqlite',
      );

      assert.equal(stdout, '{"n":9007199254740993,"x":null}\n');
    });

    it('binds further words to the parameters', () => {
      const { stdout } = run(
        'query',
        'SELECT id FROM documents WHERE name = ?',
        'Grace',
        '--db',
        'a.sqlite',
      );

      assert.equal(stdout, 'id\ngrace\n');
    });

    it('escapes what would break a line', () => {
      const { stdout } = run(
        'query',
        "SELECT 'a' || char(10) || 'b' || char(9) AS x",
        '--db',
        'a.sqlite',
      );

      assert.equal(stdout, 'x\na\\nb\\t\n');
    });

    it('cannot write', () => {
      const { status, stderr } = run('query', 'DELETE FROM documents', '--db', 'a.sqlite');

      assert.match(stderr, /^filesyncdb: /);
      assert.equal(status, 3);
      assert.equal(
        run('query', 'SELECT count(*) AS n FROM documents', '--db', 'a.sqlite').stdout,
        'n\n2\n',
      );
    });

    it('ends quietly when nobody reads on', async () => {
      const endless =
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT i FROM n';
      const child = spawn(process.execPath, [main, 'query', endless, '--db', 'a.sqlite'], {
        cwd: folder,
      });
      running.push(child);
      let stderr = '';
      child.stderr.on('data', (text) => {
        stderr += text;
      });
      const closed = once(child, 'close');
      await once(child.stdout, 'data');

      child.stdout.destroy();

      assert.deepEqual(await closed, [0, null]);
      assert.equal(stderr, '');
    });
  });

  describe('status', () => {
    it('counts documents and lists errors with line and column', () => {
      write('personas/broken.json', '{\n  "name": oops\n}');
      run('sync', 'personas', '--db', 'a.sqlite');

      const { status, stdout, stderr } = run('status', '--db', 'a.sqlite');

      assert.match(stdout, /^personas {2}2$/m);
      assert.match(stdout, /^files: 3, with errors: 1$/m);
      assert.match(stdout, /^last change: \d{4}-\d\d-\d\dT[\d:.]+Z, sync number 1$/m);
      assert.match(stderr, /^broken\.json:2:11: \S.* \[personas\]\n$/);
      assert.equal(status, 1);
    });

    it('answers while another process watches', async () => {
      const watch = start('watch', 'personas', '--db', 'a.sqlite');
      await watch.line(/^watching/);

      const { status, stdout } = run('status', '--json', '--db', 'a.sqlite');

      const [answer] = jsonLines(stdout);
      assert.deepEqual(answer?.documents, { personas: 2 });
      assert.deepEqual(answer?.errors, []);
      assert.equal(status, 0);
      assert.equal(await watch.end('SIGTERM'), 0);
    });

    it('ends with 3 and creates nothing where there is no database', () => {
      const { status, stderr } = run('status', '--db', 'missing.sqlite');

      assert.match(stderr, /^filesyncdb: .*\n$/);
      assert.equal(status, 3);
      assert.throws(() => readFileSync(join(folder, 'missing.sqlite')), { code: 'ENOENT' });
    });
  });

  describe('usage', () => {
    const mistakes: [string, string[], RegExp][] = [
      ['no command', [], /which command/],
      ['an unknown command', ['sink', 'personas', '--db', 'a.sqlite'], /no command "sink"/],
      ['no database', ['sync', 'personas'], /--db FILE/],
      ['no folder', ['sync', '--db', 'a.sqlite'], /which folder/],
      [
        'a folder that is not there',
        ['sync', 'missing', '--db', 'a.sqlite'],
        /no folder "missing"/,
      ],
      [
        'two folders of one type',
        ['sync', 'personas', './personas', '--db', 'a.sqlite'],
        /two folders/,
      ],
      ['an unknown option', ['sync', 'personas', '--bd', 'a.sqlite'], /--bd/],
      [
        'an option of another command',
        ['query', 'SELECT 1', '--poll', '--db', 'a.sqlite'],
        /--poll/,
      ],
      [
        'a number that is none',
        ['watch', 'personas', '--debounce-ms', 'x', '--db', 'a.sqlite'],
        /"x"/,
      ],
      ['no SQL', ['query', '--db', 'a.sqlite'], /needs the SQL/],
    ];
    for (const [what, args, message] of mistakes) {
      it(`ends with 2 for ${what}`, () => {
        const { status, stdout, stderr } = run(...args);

        assert.match(stderr, message);
        assert.match(stderr, /filesyncdb --help shows how/);
        assert.equal(stdout, '');
        assert.equal(status, 2);
      });
    }

    it('ends with 3 when the database is not one', () => {
      write('a.sqlite', 'this is a text that is long enough to be taken for a header of a file');

      const { status, stderr } = run('query', 'SELECT 1 FROM documents', '--db', 'a.sqlite');

      assert.match(stderr, /^filesyncdb: /);
      assert.equal(status, 3);
    });

    it('explains itself with --help', () => {
      const { status, stdout } = run('--help');

      for (const word of ['sync DIR', 'watch DIR', 'query SQL', 'status', '--json', 'Exit codes']) {
        assert.ok(stdout.includes(word), word);
      }
      assert.equal(status, 0);
    });

    it('prints the version of the package', () => {
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

      assert.equal(run('--version').stdout, `${version}\n`);
    });
  });
});
