// The examples in README.md and docs/ run as they stand there.
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

const root = dirname(require.resolve('filesyncdb/package.json'));
const timeoutMs = 60_000;

interface Block {
  language: string;
  text: string;
  line: number;
  /** The text of a following ```text block: what the example prints. */
  output: string | undefined;
}

function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const pattern = /^```(\w+)\n([\s\S]*?)^```$/gm;
  const markdown = readFileSync(join(root, page), 'utf8');
  let end = 0;
  for (const match of markdown.matchAll(pattern)) {
    const [whole, language = '', text = ''] = match;
    const last = blocks.at(-1);
    if (language === 'text' && last && markdown.slice(end, match.index).trim() === '') {
      last.output = text;
    }
    const line = markdown.slice(0, match.index).split('\n').length;
    blocks.push({ language, text, line, output: undefined });
    end = match.index + whole.length;
  }
  return blocks;
}

/** A folder like the one that a reader of the pages has: three folders of files and the package. */
function makeProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'fsdb-docs-'));
  cpSync(join(root, 'examples/personas-and-prompts/content'), project, { recursive: true });
  rmSync(join(project, 'personas/drafts'), { recursive: true });
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(root, join(project, 'node_modules/filesyncdb'));
  return project;
}

function run(project: string, program: string, args: string[]): string {
  const options = { cwd: project, encoding: 'utf8', timeout: timeoutMs } as const;
  const { status, signal, stdout, stderr } = spawnSync(program, args, options);
  assert.equal(status, 0, `ended with ${status ?? signal}:\n${stdout}${stderr}`);
  return stdout;
}

function runJavaScript(block: Block): string {
  const project = makeProject();
  try {
    writeFileSync(join(project, 'example.mjs'), block.text);
    return run(project, process.execPath, ['example.mjs']);
  } finally {
    rmSync(project, { recursive: true });
  }
}

/** `npx filesyncdb` is the command line of this checkout; `watch` would not end. */
function runShell(project: string, block: Block): string {
  const command = `"${process.execPath}" "${join(root, 'dist/cli/main.js')}"`;
  return run(project, 'bash', ['-e', '-c', block.text.replaceAll('npx filesyncdb', command)]);
}

function isCommandLine({ language, text }: Block): boolean {
  return (
    language === 'sh' && text.startsWith('npx filesyncdb ') && !text.includes('filesyncdb watch')
  );
}

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].filter((page) => page.endsWith('.md'));

for (const page of pages) {
  describe(page, () => {
    let project: string;
    before(() => {
      project = makeProject();
    });
    after(() => rmSync(project, { recursive: true }));

    for (const block of blocksOf(page)) {
      if (block.language !== 'js' && !isCommandLine(block)) continue;
      it(`runs the example at line ${block.line}`, () => {
        const printed = block.language === 'js' ? runJavaScript(block) : runShell(project, block);

        if (block.output !== undefined) assert.equal(printed, block.output);
      });
    }
  });
}

it('finds the examples', () => {
  const counts = pages.map(
    (page) => blocksOf(page).filter(({ language }) => language === 'js').length,
  );

  assert.ok(counts.reduce((sum, count) => sum + count, 0) >= 8, `${counts}`);
});
