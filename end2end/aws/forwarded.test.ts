// The stacks that let other accounts' and Regions' events in, as they are deployed by the commands of docs/deploy.md.
//
// The emulator carries events to a bus of the same account and Region and to no other, so that the wall's bus is one of another name
// here.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@playwright/test';

import { ACCOUNT, Emulator, REGION, type Ran } from './emulator.ts';
import { NAMES, checkRule, fixture, wanted } from './fixtures.ts';
import { Stack } from './stack.ts';
import { type JsonObject, at, object, text } from './template.ts';

const ROOT = new URL('../../', import.meta.url);
const NAME = 'pipelines-dashboard-forwarder';
const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/wall`;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:arrivals`;
const SOURCES = 'aws.codepipeline,cdevents,github.com,pipelines-dashboard';

const emulator = new Emulator();
let stack: Stack;
let queueUrl = '';

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  await emulator.start();
  stack = new Stack(emulator, NAME);
  await aws('events', 'create-event-bus', '--name', 'wall');
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: QUEUE }];
  const attributes = JSON.stringify({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  queueUrl = text(object(JSON.parse(await aws('sqs', 'create-queue', '--queue-name', 'arrivals', '--attributes', attributes)) as JsonObject)['QueueUrl']);
  // Whatever comes onto the wall's bus, also what the wall's own rule would not take.
  const all = JSON.stringify({ account: [ACCOUNT] });
  await aws('events', 'put-rule', '--event-bus-name', 'wall', '--name', 'all', '--event-pattern', all);
  await aws('events', 'put-targets', '--event-bus-name', 'wall', '--rule', 'all', '--targets', JSON.stringify([{ Id: 'arrivals', Arn: QUEUE }]));
});

test.afterAll(async () => {
  await emulator.end();
});

test('nothing but accounts is let in, and for that the emulator has no policies of buses', async () => {
  for (const wrong of ['2222', '*']) {
    expect((await deploy('senders', { Accounts: wrong })).stderr, wrong).toContain('must be account numbers of 12 digits');
  }
  // Should it once know them, what is unproven in docs/deploy.md can be tried here.
  const { stderr } = await deploy('senders', { Accounts: '222233334444,333344445555' });
  expect(stderr).toContain('Unrecognized resource types: [AWS::Events::EventBusPolicy]');
});

test('the forwarder sends to a bus, as what the wall takes', async () => {
  const refused = await deploy('forwarder', { BoardBus: 'default' });
  expect(refused.stderr).toContain('must be the ARN of an event bus');
  const created = await deploy('forwarder', { BoardBus: BUS });
  expect(created.code, created.stderr).toBe(0);
  await checkRule(stack, 'aws.codepipeline');
  expect(await stack.takes({ ...fixture('heartbeat/heartbeat.json'), 'detail-type': 'Reconcile' })).toEqual([false]);
  await expect(stack.physical('ReaderRole')).rejects.toThrow();

  const target = object((await stack.targets())[0] as unknown as JsonObject);
  const deadLetters = `arn:aws:sqs:${REGION}:${ACCOUNT}:${(await stack.physical('DeadLetters')).split('/').at(-1) ?? ''}`;
  expect(target).toMatchObject({ Arn: BUS, RetryPolicy: { MaximumEventAgeInSeconds: 86400 }, DeadLetterConfig: { Arn: deadLetters } });
  expect(target['RoleArn']).toBe(`arn:aws:iam::${ACCOUNT}:role/${await stack.physical('RuleRole')}`);

  const group = await stack.physical('HeartbeatGroup');
  expect(group).toMatch(/^pipelines-dashboard-[0-9a-f-]{36}$/);
  const schedule = JSON.parse(await aws('scheduler', 'get-schedule', '--group-name', group, '--name', 'heartbeat')) as JsonObject;
  expect(schedule).toMatchObject({ State: 'ENABLED', ScheduleExpression: 'rate(5 minutes)', Target: { DeadLetterConfig: { Arn: deadLetters } } });
});

test('events go from the account to the wall, each as it was, and no others', async () => {
  const changed = await deploy('forwarder', { BoardBus: BUS }, `Sources=${SOURCES}`);
  expect(changed.code, changed.stderr).toBe(0);
  await checkRule(stack, SOURCES);

  // Nobody but AWS may put AWS's own; what the rule takes of them is checked above.
  const all = NAMES.filter((name) => !text(fixture(name)['source']).startsWith('aws.'));
  await put(...all.map((name) => ({ ...fixture(name), resources: [name] })));
  await put({ ...fixture('heartbeat/heartbeat.json'), 'detail-type': 'Reconcile', resources: ['reconcile'] });
  const followed = wanted(SOURCES).filter((name) => all.includes(name));
  expect(followed.length).toBeGreaterThan(20);
  expect(followed.length).toBeLessThan(all.length);

  const arrived = new Map<string, JsonObject>();
  const arrivals = async (): Promise<string[]> => {
    for (const event of await receive()) arrived.set(text(at(event, 'resources', 0)), event);
    return [...arrived.keys()].sort();
  };
  await expect.poll(arrivals, { timeout: 20_000 }).toEqual(followed.toSorted());
  for (const [name, event] of arrived) {
    const { source, 'detail-type': type, detail } = fixture(name);
    expect(event, name).toMatchObject({ source, 'detail-type': type, detail, account: ACCOUNT, region: REGION });
  }
  expect(await stack.deadLetters()).toBe(0);
});

test('no role of the forwarder has a permission too many', async () => {
  const send = (bus: string): string[] => ['events', 'put-events', '--entries', JSON.stringify([{ Source: 'x', DetailType: 'x', Detail: '{}', EventBusName: bus }])];
  const letter = ['sqs', 'send-message', '--queue-url', await stack.physical('DeadLetters'), '--message-body', 'x'];
  const others = [['s3api', 'list-buckets'], ['sqs', 'receive-message', '--queue-url', queueUrl]];
  for (const [role, policy, action, may, mayNot] of [
    ['RuleRole', 'send', 'events:PutEvents', send('wall'), [send('default'), letter, ...others]],
    ['HeartbeatRole', 'beat', 'sqs:SendMessage', letter, [send('wall'), send('default'), ...others]],
  ] as const) {
    const keys = await stack.keys(role);
    await stack.without(role, policy, action, async () => {
      expect((await emulator.aws(may, keys)).stderr, `${role} without ${action}`).toContain('AccessDenied');
    });
    expect(await emulator.aws(may, keys), `${role} with ${action}`).toMatchObject({ code: 0 });
    for (const more of mayNot) expect((await emulator.aws(more, keys)).stderr, `${role}: ${more.join(' ')}`).toContain('AccessDenied');
  }
  // The emulator doesn't know the condition on a heartbeat's source, and holds it for unmet.
  const keys = await stack.keys('HeartbeatRole');
  await stack.unconditioned('HeartbeatRole', 'beat', async () => {
    expect(await emulator.aws(send('default'), keys)).toMatchObject({ code: 0 });
    expect((await emulator.aws(send('wall'), keys)).stderr).toContain('AccessDenied');
  });
});

test('a role that reads pipelines is made when the wall names its own', async () => {
  const refused = await deploy('forwarder', { Reader: 'anybody' }, '', 1);
  expect(refused.stderr).toContain('must be the ARN of a role');
  const changed = await deploy('forwarder', { Reader: `arn:aws:iam::${ACCOUNT}:role/ingest` }, '', 1);
  expect(changed.code, changed.stderr).toBe(0);
  // What isn't told again stays as it was.
  await checkRule(stack, SOURCES);
  expect(await stack.targets()).toMatchObject([{ Arn: BUS }]);
  expect((await stack.outputs())['ReaderRole']).toMatch(new RegExp(`^arn:aws:iam::${ACCOUNT}:role/pipelines-dashboard/${REGION}/`));
});

test('a deleted forwarder leaves nothing', async () => {
  await aws('cloudformation', 'delete-stack', '--stack-name', NAME);
  await aws('cloudformation', 'wait', 'stack-delete-complete', '--stack-name', NAME);
  await aws('sqs', 'delete-queue', '--queue-url', queueUrl);
  expect(await emulator.leftovers()).toEqual([]);
});

/** Runs the documentation's command for a template, the first one or a later one, with other values for the parameters that it names, and one more. */
async function deploy(template: string, parameters: Record<string, string>, more = '', place = 0): Promise<Ran> {
  const documentation = readFileSync(new URL('docs/deploy.md', ROOT), 'utf8').replaceAll(/ \\\n +/g, ' ');
  const commands = [...documentation.matchAll(/^ {4}aws (cloudformation deploy .*)$/gm)].map(([, command = '']) => command.split(' '));
  const file = `infra/${template}.yaml`;
  const words = commands.filter((command) => command.includes(file))[place] ?? [];
  const values = words.indexOf('--parameter-overrides') + 1;
  expect(words.slice(values).map((word) => word.split('=')[0])).toEqual(Object.keys(parameters));
  const told = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const before = words.slice(0, values).map((word) => (word === file ? fileURLToPath(new URL(file, ROOT)) : word));
  return emulator.aws([...before, ...told, ...(more === '' ? [] : [more])]);
}

async function aws(...command: string[]): Promise<string> {
  const { code, stdout, stderr } = await emulator.aws(command);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Puts events onto the account's own bus, as many at once as it takes. */
async function put(...events: JsonObject[]): Promise<void> {
  const client = new EventBridgeClient(emulator.client);
  const entries = events.map((event) => ({
    Source: text(event['source']),
    DetailType: text(event['detail-type']),
    Detail: JSON.stringify(event['detail']),
    Resources: event['resources'] as string[],
  }));
  for (let first = 0; first < entries.length; first += 10) {
    const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries: entries.slice(first, first + 10) }));
    expect(FailedEntryCount).toBe(0);
  }
}

/** Takes what has come onto the wall's bus out of its queue. */
async function receive(): Promise<JsonObject[]> {
  const client = new SQSClient(emulator.client);
  const events: JsonObject[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return events;
    for (const { Body = '', ReceiptHandle } of Messages) {
      events.push(JSON.parse(Body) as JsonObject);
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}
