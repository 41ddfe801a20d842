#!/usr/bin/env node
// The command line `filesyncdb`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, parseCommand, UsageError } from './arguments';
import { exitCode } from './exit-code';
import { helpText } from './help';
import { runQuery } from './query';
import { runStatus } from './status';
import { runSync, runWatch } from './sync';
import { Terminal } from './terminal';

async function run(command: Command): Promise<number> {
  switch (command.name) {
    case 'help':
      process.stdout.write(helpText);
      return exitCode.ok;
    case 'version':
      process.stdout.write(`${packageVersion()}\n`);
      return exitCode.ok;
    case 'sync':
      return runSync(command, new Terminal(command));
    case 'watch':
      return runWatch(command, new Terminal(command));
    case 'query':
      return runQuery(command, new Terminal(command));
    case 'status':
      return runStatus(command, new Terminal(command));
  }
}

function packageVersion(): string {
  const path = join(__dirname, '../../package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

async function main(): Promise<void> {
  // `filesyncdb query ... | head` closes the pipe early: nobody reads on, which is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCode.ok : exitCode.failure);
  });
  try {
    process.exitCode = await run(parseCommand(process.argv.slice(2)));
  } catch (error) {
    const usage = error instanceof UsageError;
    process.stderr.write(`filesyncdb: ${error instanceof Error ? error.message : error}\n`);
    if (usage) process.stderr.write('filesyncdb --help shows how\n');
    process.exitCode = usage ? exitCode.usage : exitCode.failure;
  }
}

void main();
