// The stack as it is deployed: events in, rows out, nobody in without a key, nothing left behind.

import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { run } from '../event.ts';
import { Server } from '../server.ts';
import { ACCOUNT, Emulator, REGION } from './emulator.ts';
import { checkRule, fixture } from './fixtures.ts';
import { tryHooks } from './hooks.ts';
import { ENGINES, pages } from './mapping.ts';
import { Stack } from './stack.ts';
import { TEMPLATE, type JsonObject, parse, read } from './template.ts';

const NAME = 'pipelines-dashboard';
const DEFAULT_SOURCES = 'aws.codepipeline,pipelines-dashboard';

const emulator = new Emulator();
let stack: Stack;
let key = '';
let domain = '';

/** The policy that the documentation gives a deployer. */
function deployerPolicy(): string {
  const text = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
  return /```json\n([^]*?)```/.exec(text)?.[1] ?? '';
}

function bearer(value: string): Record<string, string> {
  return { authorization: `Bearer ${value}` };
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  await emulator.start();
  await emulator.employ(deployerPolicy());
  stack = new Stack(emulator, NAME);
  const start = Date.now();
  // The emulator has no CodePipeline that could be asked; infra/backend tries it against one of its own.
  const options = ['--access', 'key', '--parameter', 'ReconcileEveryMinutes=0', '--parameter', 'NewsTopic=true'];
  const { code, stdout, stderr } = await emulator.xtask(NAME, ['deploy', '--no-build', ...options]);
  expect(code, stderr).toBe(0);
  // A figure for whoever reads along: how fast it is depends on what else the machine does.
  console.log(`deployed in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  key = /^Key +([0-9a-f]{40})$/m.exec(stdout)?.[1] ?? '';
  domain = /^Wall +https:\/\/([^/]+)\/#key=/m.exec(stdout)?.[1] ?? '';
  expect([key, domain]).not.toContain('');
});

test.afterAll(async () => {
  await emulator.end();
});

test('the deployed rule takes what is ours and nothing else', async () => {
  const started = fixture('codepipeline/pipeline-started.json');
  await checkRule(stack, DEFAULT_SOURCES);
  expect(await stack.takes({ ...fixture('heartbeat/heartbeat.json'), 'detail-type': 'Reconcile' })).toEqual([true]);

  for (const [what, event] of Object.entries({
    'another source': { ...started, source: 'aws.codebuild' },
    'another type': { ...started, 'detail-type': 'CodePipeline Action Execution Progress' },
    "a heart of somebody else's": { ...fixture('heartbeat/heartbeat.json'), source: 'heart' },
    'a heartbeat of CodePipeline': { ...fixture('heartbeat/heartbeat.json'), source: 'aws.codepipeline' },
  })) {
    expect(await stack.takes(event), what).toEqual([false]);
  }
});

test('other sources are chosen by a parameter, and hooks go by the bus and the rule into the table', async () => {
  const sources = 'aws.codepipeline,aws.codebuild,cdevents,github.com,pipelines-dashboard';
  const deploy = ['deploy', '--no-build', '--parameter'];
  const { code, stdout, stderr } = await emulator.xtask(NAME, [...deploy, `Sources=${sources}`, '--parameter', 'Hooks=true']);
  expect(code, stderr).toBe(0);
  await checkRule(stack, sources);
  expect(stdout).toContain(`https://${domain}/data/hooks/github`);
  await tryHooks(emulator, stack, fixture('github/run-completed-failure.json')['detail'] ?? null);
  // The gate of hooks, not that of the data: it asks for no key.
  expect((await emulator.ask(domain, '/data/hooks/github')).status).toBe(405);
  expect((await emulator.ask(domain, '/data')).status).toBe(401);

  const back = await emulator.xtask(NAME, [...deploy, `Sources=${DEFAULT_SOURCES}`, '--parameter', 'Hooks=false']);
  expect(back.code, back.stderr).toBe(0);
  await checkRule(stack, DEFAULT_SOURCES);
  await expect(stack.physical('Receiver')).rejects.toThrow();
  expect((await emulator.ask(domain, '/data/hooks/github')).status).toBe(401);
});

test('an event becomes a row and a page', async () => {
  for (const event of run('shop').stage('Source').passed().stage('Prod').failed().failed().events) await stack.deliver(event);
  const id = 'codepipeline:eu-west-1:123456789012:shop';
  await expect.poll(async () => (await stack.item(id))?.['PipelineStatus']?.S, { timeout: 20_000 }).toBe('FAILED');

  const { Items } = await stack.scan({ TableName: await stack.physical('Table'), IndexName: 'Tiles' });
  // A directory of GitHub's workflows is an item without a row.
  const tiles = (Items as { Tile?: { S: string } }[]).flatMap(({ Tile }) => (Tile === undefined ? [] : [JSON.parse(Tile.S) as JsonObject]));
  const row = tiles.find((tile) => tile['id'] === id);
  expect(row).toMatchObject({ name: 'shop', status: 'FAILED', stage: 'Prod' });

  const page = await stack.api(`/pipelines/${id}`);
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
  expect(JSON.parse(page.body)).toMatchObject({ id });
  expect((await stack.api('/cctray.xml')).body).toContain('name="shop (eu-west-1, 123456789012)"');
  expect(await stack.api(`/badge/${id}.svg`)).toMatchObject({ status: 200, headers: { 'content-type': 'image/svg+xml' } });
  expect(await stack.api('/pipelines/codepipeline:eu-west-1:123456789012:nothing')).toMatchObject({ status: 404 });
  expect(await stack.api('/pipelines/nonsense')).toMatchObject({ status: 400 });
});

test('a topic is told once that a pipeline failed, and that it is fixed', async () => {
  const { NewsTopic = '' } = await stack.outputs();
  const queue = `arn:aws:sqs:${REGION}:${ACCOUNT}:news`;
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: queue }];
  const attributes = JSON.stringify({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  const made = await emulator.aws(['sqs', 'create-queue', '--queue-name', 'news', '--attributes', attributes]);
  const { QueueUrl } = JSON.parse(made.stdout) as { QueueUrl: string };
  const filter = JSON.stringify({ FilterPolicy: JSON.stringify({ pipeline: ['news'] }), RawMessageDelivery: 'true' });
  const subscribed = await emulator.aws(['sns', 'subscribe', '--topic-arn', NewsTopic, '--protocol', 'sqs', '--notification-endpoint', queue, '--attributes', filter]);
  expect(subscribed.code, subscribed.stderr).toBe(0);
  const heard = async (): Promise<string[]> => {
    const { stdout } = await emulator.aws(['sqs', 'receive-message', '--queue-url', QueueUrl, '--max-number-of-messages', '10', '--visibility-timeout', '0']);
    const { Messages = [] } = JSON.parse(stdout.trim() === '' ? '{}' : stdout) as { Messages?: { Body: string }[] };
    return Messages.map(({ Body }) => (JSON.parse(Body) as { became: string }).became).sort();
  };

  const failed = run('news').failed().events.at(-1);
  for (let again = 0; again < 3; again += 1) expect(await stack.call('Ingest', failed)).toBeNull();
  expect(await stack.call('Ingest', run('other').failed().events.at(-1))).toBeNull();
  await expect.poll(heard, { timeout: 20_000 }).toEqual(['failed']);
  const passed = { ...failed, time: '2099-01-01T00:00:00Z', detail: { ...failed?.detail, 'execution-id': 'later', state: 'SUCCEEDED', 'start-time': '2099-01-01T00:00:00Z' } };
  for (let again = 0; again < 2; again += 1) expect(await stack.call('Ingest', passed)).toBeNull();
  await expect.poll(heard, { timeout: 20_000 }).toEqual(['failed', 'fixed']);
  await emulator.aws(['sqs', 'delete-queue', '--queue-url', QueueUrl]);
});

test('a heartbeat goes from the bus by the rule into the table', async () => {
  await stack.put('pipelines-dashboard', 'Heartbeat');
  const scan = { TableName: await stack.physical('Table'), IndexName: 'Tiles' };
  await expect
    .poll(async () => JSON.stringify(await stack.scan(scan)), { timeout: 20_000 })
    .toMatch(/"pipelines-dashboard:eu-west-1:\d{12}:heartbeat"/);
});

test('no role has a permission too many', async () => {
  const event = run('least').failed().events[0];
  const id = 'codepipeline:eu-west-1:123456789012:least';
  for (const action of ['dynamodb:GetItem', 'dynamodb:PutItem']) {
    await stack.without('IngestRole', 'ingest', action, async () => {
      expect(await stack.call('Ingest', event), action).toBeUndefined();
      expect(await stack.item(id), action).toBeUndefined();
    });
  }
  expect(await stack.call('Ingest', event)).toBeNull();
  expect(await stack.item(id)).toBeDefined();

  for (const [action, path] of [
    ['dynamodb:GetItem', `/pipelines/${id}`],
    ['dynamodb:Scan', '/cctray.xml'],
  ] as const) {
    await stack.without('ReaderRole', 'read', action, async () => {
      expect(await stack.api(path), action).toMatchObject({ status: 503, body: '{"error":"the store is out of order, try again"}' });
    });
    expect(await stack.api(path), action).toMatchObject({ status: 200 });
  }
});

test('what services do with roles is allowed, and nothing else', async () => {
  const table = await stack.physical('Table');
  const queue = ['sqs', 'send-message', '--queue-url', await stack.physical('DeadLetters'), '--message-body', 'x'];
  const scan = ['dynamodb', 'scan', '--table-name', table, '--index-name', 'Tiles'];
  const put = (source: string): string[] => ['events', 'put-events', '--entries', JSON.stringify([{ Source: source, DetailType: 'Test', Detail: '{}' }])];
  for (const [role, policy, permissions] of [
    ['IngestRole', 'ingest', { 'sqs:SendMessage': queue }],
    ['ReaderRole', 'read', {}],
    ['ApiRole', 'tiles', { 'dynamodb:Scan': scan }],
    // That it may put a heartbeat hangs on the event's source, which the emulator doesn't look at.
    ['HeartbeatRole', 'beat', { 'sqs:SendMessage': queue }],
  ] as const) {
    const keys = await stack.keys(role);
    for (const [action, command] of Object.entries(permissions)) {
      await stack.without(role, policy, action, async () => {
        expect((await emulator.aws(command, keys)).stderr, `${role} without ${action}`).toContain('AccessDenied');
      });
      expect(await emulator.aws(command, keys), `${role} with ${action}`).toMatchObject({ code: 0 });
    }
    // What no role may: the table instead of its index, others' events, what would hurt.
    for (const more of [scan.slice(0, 4), put('shop'), ['dynamodb', 'delete-table', '--table-name', table], ['s3api', 'list-buckets']]) {
      expect((await emulator.aws(more, keys)).stderr, `${role}: ${more.join(' ')}`).toContain('AccessDenied');
    }
  }
  await stack.purge();
});

test('what fails waits in the queue and comes back by redrive', async () => {
  const [event] = run('late').failed().events;
  const id = 'codepipeline:eu-west-1:123456789012:late';
  const poison = { ...fixture('codepipeline/pipeline-started.json'), detail: { pipeline: 'poison' } };
  await stack.without('IngestRole', 'ingest', 'dynamodb:PutItem', async () => {
    await stack.deliver(event);
    await expect.poll(() => stack.deadLetters(), { timeout: 60_000 }).toBe(1);
  });
  expect(await stack.deadLetter()).toMatchObject({ requestPayload: { id: event?.id } });
  await stack.deliver(poison);
  await expect.poll(() => stack.deadLetters(), { timeout: 60_000 }).toBe(2);

  const first = await emulator.xtask(NAME, ['redrive']);
  expect(first.code, first.stderr).toBe(0);
  expect(first.stderr).toContain('1 stored');
  expect(first.stderr).toMatch(/1 left in the queue: .*detail\.execution-id/);
  expect(await stack.item(id)).toBeDefined();
  expect(await stack.deadLetters()).toBe(1);

  const second = await emulator.xtask(NAME, ['redrive', '--drop']);
  expect(second.stderr).toMatch(/1 dropped: /);
  expect(await stack.deadLetters()).toBe(0);
});

test('the site comes with the headers that the local server sends', async () => {
  const local = new Server();
  await local.start();
  const agents = {
    today: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    television: 'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36',
  };
  for (const [name, agent] of Object.entries(agents)) {
    const headers = { accept: 'text/html', 'user-agent': agent };
    const served = await fetch(local.url, { headers });
    const distributed = await emulator.ask(domain, '/', headers);
    expect(distributed.body.toString()).toBe(await served.text());
    for (const header of ['content-security-policy', 'x-content-type-options', 'referrer-policy', 'permissions-policy', 'cache-control']) {
      expect(distributed.headers[header], `${header} for ${name}`).toBe(served.headers.get(header));
    }
  }
  await local.kill();

  const answer = await emulator.ask(domain, '/', { accept: 'text/html' });
  expect(answer.status).toBe(200);
  expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');

  const wasm = /[\w-]+\.wasm/.exec(answer.body.toString())?.[0] ?? '';
  const asset = await emulator.ask(domain, `/${wasm}`);
  expect(asset).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/wasm', 'cache-control': 'public, max-age=31536000, immutable' },
  });
  expect((await emulator.ask(domain, '/a-route', { accept: 'text/html' })).body.toString()).toBe(answer.body.toString());
  expect((await emulator.ask(domain, '/missing.js')).status).toBe(403);
});

/** The emulator goes no further than the gate: it has no API Gateway behind its CloudFront, and says so by 502. */
const ADMITTED = 502;

test('the gate admits whoever has the key', async () => {
  for (const path of ['/data', '/data/', '/data/cctray.xml', '/data/pipelines/a:b:c:d', '/data/badge/a:b:c:d.svg']) {
    expect((await emulator.ask(domain, path)).status, path).toBe(401);
    expect((await emulator.ask(domain, path, bearer(`${key}0`))).status, path).toBe(401);
    expect((await emulator.ask(domain, path, bearer(key))).status, path).toBe(ADMITTED);
  }
  const basic = Buffer.from(`ada:${key}`).toString('base64');
  expect((await emulator.ask(domain, '/data/cctray.xml', { authorization: `Basic ${basic}` })).status).toBe(ADMITTED);
  expect((await emulator.ask(domain, '/data?start=%22', bearer(key))).status).toBe(400);
});

test('a key is changed while the old one works', async () => {
  const rotated = await emulator.xtask(NAME, ['key', 'rotate']);
  expect(rotated.code, rotated.stderr).toBe(0);
  const next = /^Key +([0-9a-f]{40})$/m.exec(rotated.stdout)?.[1] ?? '';
  const status = async (value: string): Promise<number> => (await emulator.ask(domain, '/data', bearer(value))).status;
  expect([await status(key), await status(next)]).toEqual([ADMITTED, ADMITTED]);

  expect((await emulator.xtask(NAME, ['key', 'retire'])).code).toBe(0);
  expect([await status(key), await status(next)]).toEqual([401, ADMITTED]);

  const leaked = await emulator.xtask(NAME, ['key', 'rotate', '--leaked']);
  key = /^Key +([0-9a-f]{40})$/m.exec(leaked.stdout)?.[1] ?? '';
  expect([await status(key), await status(next)]).toEqual([ADMITTED, 401]);
});

test('what is sent is the template, without what is for its readers', () => {
  // Comments in the code of functions go, too, and empty lines.
  const plain = (value: unknown): string => JSON.stringify(value).replaceAll(/(?<=\\n|") *\/\/ .*?\\n/g, '').replaceAll(/(\\n)+/g, '$1').replaceAll('"\\n', '"');
  const sent = readFileSync(new URL(`../../target/deploy/${NAME}.yaml`, import.meta.url), 'utf8').replaceAll(/ApiDeployment[0-9a-f]{16}/g, 'ApiDeployment');
  expect(plain(parse(sent))).toBe(plain(read()));
});

test('a second deployment changes nothing', async () => {
  const before = [await stack.history(), await stack.deployment()];
  const dry = await emulator.xtask(NAME, ['deploy', '--no-build', '--dry-run']);
  expect(dry.stderr).toContain('nothing would change in the stack');
  const { code, stdout, stderr } = await emulator.xtask(NAME, ['deploy', '--no-build', '--access', 'key']);
  expect(code, stderr).toBe(0);
  expect(stdout).not.toContain('Key ');
  expect(stderr.match(/nothing changed/g)).toHaveLength(2);
  expect([await stack.history(), await stack.deployment()]).toEqual(before);
  expect((await emulator.ask(domain, '/data', bearer(key))).status).toBe(ADMITTED);
});

test('an update that changes the API deploys it anew', async () => {
  const before = await stack.deployment();
  expect(await stack.integration()).toMatchObject({ cacheControl: "'max-age=4, stale-if-error=86400'" });
  const change = ['deploy', '--no-build', '--parameter', 'EdgeSeconds=9'];
  const dry = await emulator.xtask(NAME, [...change, '--dry-run']);
  expect(dry.stderr).toMatch(/Add ApiDeployment[0-9a-f]{16} /);
  expect(await stack.deployment()).toBe(before);

  const { code, stderr } = await emulator.xtask(NAME, change);
  expect(code, stderr).toBe(0);
  expect(await stack.integration()).toMatchObject({ cacheControl: "'max-age=9, stale-if-error=86400'" });
  expect(await stack.deployment()).not.toBe(before);
});

test('a changed template is what the API serves from then on', async () => {
  const api = await stack.physical('Api');
  const nowhere = async (): Promise<string> => (await emulator.served(api, '/nowhere')).body.toString();
  expect(await nowhere()).toBe('{"error":"there is no such route"}');
  const [before, { request }] = [await stack.deployment(), await stack.integration()];
  const changed = emulator.file(
    'changed.yaml',
    readFileSync(TEMPLATE, 'utf8').replace('"Limit":1000', '"Limit":500').replace('there is no such route', 'there is no such way'),
  );
  const { code, stderr } = await emulator.xtask(NAME, ['deploy', '--no-build', '--template', changed]);
  expect(code, stderr).toBe(0);
  expect(await stack.deployment()).not.toBe(before);
  expect((await stack.integration()).request).toBe(request.replace('"Limit":1000', '"Limit":500'));
  // The emulator keeps these with the deployment that a stage serves, as AWS keeps all of it.
  expect(await nowhere()).toBe('{"error":"there is no such way"}');

  const back = await emulator.xtask(NAME, ['deploy', '--no-build']);
  expect(back.code, back.stderr).toBe(0);
  expect(await nowhere()).toBe('{"error":"there is no such route"}');
  expect((await stack.integration()).request).toBe(request);
});

test('the deployed templates give the rows that the local server gives', async () => {
  const local = new Server();
  await local.start();
  const engines = Object.entries(ENGINES).map(([name, make]) => [name, make()] as const);
  const { request, response } = await stack.integration();
  await stack.clear();
  const stored = new Set<string>();
  for (const rows of [0, 1, 999, 1000, 1001, 2500]) {
    const events = Array.from({ length: rows - stored.size }, (_, index) => started(stored.size + index));
    for (let first = 0; first < events.length; first += 250) await local.post(...events.slice(first, first + 250));
    const expected = await localRows(local);
    await stack.rows(expected.filter((row) => !stored.has(row)));
    for (const row of expected) stored.add(row);
    for (const [name, engine] of engines) {
      const all = await pages(engine, { request, response }, (parameters) => stack.scan(parameters));
      const found = all.flatMap(({ body }) => split(body));
      // Two stores keep their rows in orders of their own.
      expect(found.toSorted().join('\n') === expected.toSorted().join('\n'), `${rows} rows in ${name}`).toBe(true);
      expect(all.length, `pages of ${rows} rows`).toBeGreaterThanOrEqual(Math.ceil(rows / 1000));
      const [first] = all;
      const joined = (first?.scanned['Items'] as { Tile: { S: string } }[]).map(({ Tile }) => Tile.S).join(',');
      expect(first?.body === `[${joined}]`, `the first page of ${rows} rows in ${name}`).toBe(true);
    }
  }
  for (const [, engine] of engines) engine.end();
  await local.kill();
});

test('a deployment asks CodePipeline at its end, and what fails there is a dead letter', async () => {
  await stack.purge();
  const { code, stderr } = await emulator.xtask(NAME, ['deploy', '--no-build', '--parameter', 'ReconcileEveryMinutes=15']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('let it read all pipelines');
  expect(await stack.physical('Reconciliation')).not.toBe('');
  // There is nobody here who could answer.
  await expect.poll(() => stack.deadLetters(), { timeout: 60_000 }).toBe(1);
  expect(await stack.deadLetter()).toMatchObject({ requestPayload: { source: NAME, 'detail-type': 'Reconcile' } });
  const redriven = await emulator.xtask(NAME, ['redrive', '--drop']);
  expect(redriven.stderr).toMatch(/1 dropped: no list of pipelines: ListPipelines failed: /);
});

test('what cannot be is said', async () => {
  const without = await emulator.xtask(`${NAME}-2`, ['deploy', '--no-build']);
  expect(without).toMatchObject({ code: 1 });
  expect(without.stderr).toContain('choose who may read the wall');

  const stranger = await emulator.xtask('other', ['destroy', '--yes']);
  expect(stranger).toMatchObject({ code: 1 });
  expect(stranger.stderr).toContain('docs/deploy.md lists the permissions');

  const nobody = await emulator.xtask(NAME, ['redrive'], { environment: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' } });
  expect(nobody).toMatchObject({ code: 1 });
  expect(nobody.stderr).toContain('Unable to locate credentials');

  const nothing = await emulator.xtask(`${NAME}-2`, ['key', 'rotate']);
  expect(nothing.stderr).toContain(`there is no stack called ${NAME}-2`);

  const unknown = await emulator.xtask(NAME, ['deploy', '--no-build', '--parameter', 'Colour=red']);
  expect(unknown.stderr).toContain('the template has no parameter Colour');

  const refused = await emulator.xtask(NAME, ['destroy'], { input: 'no\n' });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('nothing was removed');
  expect(await stack.outputs()).toHaveProperty('Wall');
});

test('destroy leaves nothing', async () => {
  const { code, stderr } = await emulator.xtask(NAME, ['destroy'], { input: `${NAME}\n` });
  expect(code, stderr).toBe(0);
  expect(await emulator.leftovers()).toEqual([]);
  const again = await emulator.xtask(NAME, ['destroy', '--yes']);
  expect(again).toMatchObject({ code: 0 });
});

const HOSTILE = ['it\'s "quoted"', '$name ${name} $!x', '#set($x = 1) #end', '\\ \\" \\u0041', '🚀 ünïcödé', '<b>&amp;</b>'];

/** A run of a pipeline whose name is as bad as its commit's message. */
function started(index: number): unknown {
  const [event] = run(`${HOSTILE[index % HOSTILE.length] ?? ''} ${index}`).failed().events;
  return { ...event, detail: { ...event?.detail, 'execution-trigger': { 'commit-message': HOSTILE.join(' '), 'author-display-name': HOSTILE[index % 6] } } };
}

/** The rows of all pages of the local server, as they stand. */
async function localRows(local: Server): Promise<string[]> {
  const rows: string[] = [];
  let path = 'data';
  while (path !== '') {
    const answer = await fetch(`${local.url}${path}`);
    rows.push(...split(await answer.text()));
    const next = /^<(.*)>; rel=next$/.exec(answer.headers.get('link') ?? '')?.[1];
    path = next === undefined ? '' : `data${next}`;
  }
  return rows;
}

/** The rows of an answer, each byte by byte; told apart without being read, for that would make other bytes of them. */
function split(body: string): string[] {
  expect(body.startsWith('[') && body.endsWith(']')).toBe(true);
  if (body === '[]') return [];
  const rows = body.slice(1, -1).split(/,(?=\{"id":)/);
  for (const row of rows) JSON.parse(row);
  return rows;
}
