// The commands of docs/sources.md, as they stand there: posted to a local server, put onto the emulator's bus.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { Server } from '../server.ts';
import { ACCOUNT, Emulator, REGION } from './emulator.ts';
import { fixture } from './fixtures.ts';
import type { JsonObject } from './template.ts';

const emulator = new Emulator();
const server = new Server();

test.beforeAll(async () => {
  await emulator.start();
  await server.start();
});

test.afterAll(async () => {
  await server.kill();
  await emulator.end();
});

/** What a CI would have sent: in commands that say this, under this name, and whose pipeline comes of it. */
const SENT = [
  { says: '@event.json', file: 'event.json', event: 'codepipeline/pipeline-started.json', pipeline: 'codepipeline:' },
  { says: 'nightly backup', file: 'none.json', event: 'own/run-failed.json', pipeline: 'pipelines-dashboard:eu-west-1:111122223333:nightly~20backup' },
  { says: 'cdevent.json', file: 'cdevent.json', event: 'cdevents/pipelinerun-finished.json', pipeline: `cdevents:${REGION}:${ACCOUNT}:` },
  { says: 'DetailType: "workflow_run"', file: 'hook.json', event: 'github/run-completed-failure.json', pipeline: `github:${REGION}:${ACCOUNT}:` },
  { says: '"detail-type": "workflow_run"', file: 'hook.json', event: 'github/run-completed-failure.json', pipeline: 'github:eu-west-1:111122223333:' },
  { says: '"Pipeline Hook"', file: 'hook.json', event: 'gitlab/pipeline-failed.json', pipeline: 'gitlab:eu-west-1:111122223333:' },
  { says: 'notification.json', file: 'notification.json', event: 'jenkins/build-finalized-unstable.json', pipeline: 'jenkins:eu-west-1:111122223333:' },
];

test('what the documentation tells to type brings events onto the wall', async () => {
  if (['jq', 'curl'].some((program) => spawnSync(program, ['--version']).status !== 0)) {
    console.log('unproven: the commands of docs/sources.md, because jq or curl is not installed');
    return;
  }
  const scripts = snippets();
  expect(SENT.map(({ says }) => scripts.filter((script) => script.includes(says)).length)).toEqual(SENT.map(() => 1));
  for (const script of scripts) {
    const { file = '', event = '', pipeline = 'nothing' } = SENT.find(({ says }) => script.includes(says)) ?? {};
    // The envelope is there already where no command makes one.
    emulator.file(file, JSON.stringify(file === 'event.json' ? fixture(event) : fixture(event)['detail']));
    const { code, stdout, stderr } = await emulator.shell(script.replaceAll('http://127.0.0.1:8080/', server.url));
    expect(code, `${script}\n${stderr}`).toBe(0);
    if (script.includes('curl ')) expect(stdout, script).toContain('{"accepted":1,"ignored":0,"rejected":[]}');
    if (script.includes('put-events')) expect(stdout, script).toContain('"FailedEntryCount": 0');
    if (script.includes('> entries.json')) await server.post(...entries());
    const rows = (await (await fetch(`${server.url}data`)).json()) as { id: string }[];
    expect(rows.map(({ id }) => id).join('\n'), script).toContain(pipeline);
  }
});

/** The blocks for a shell but those that deploy, which are tried elsewhere. */
function snippets(): string[] {
  const text = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, script = '']) => script);
  return blocks.filter((script) => !script.includes('cargo xtask'));
}

/** What was written for the bus, as the bus would deliver it. */
function entries(): JsonObject[] {
  const written = JSON.parse(emulator.read('entries.json')) as { Source: string; DetailType: string; Detail: string }[];
  return written.map(({ Source, DetailType, Detail }) => ({
    source: Source,
    'detail-type': DetailType,
    account: ACCOUNT,
    region: REGION,
    time: new Date().toISOString(),
    detail: JSON.parse(Detail) as JsonObject,
  }));
}
