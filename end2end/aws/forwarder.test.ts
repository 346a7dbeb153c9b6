// The stacks that let other accounts' and Regions' events in: the same rules as the wall's, and that both sides agree.

import { expect, test } from '@playwright/test';

import { type Json, type Body, array, at, object, ofType, read, resolve, text } from './template.ts';
import { isWithoutTls, properties, statements } from './rules/rule.ts';

const wall = read();
const forwarder = read(new URL('../../infra/forwarder.yaml', import.meta.url));
const senders = read(new URL('../../infra/senders.yaml', import.meta.url));
const BUS = 'arn:aws:events:us-east-1:444455556666:event-bus/default';
const READER = 'arn:aws:iam::444455556666:role/wall-IngestRole-1A2B';
const HERE = 'arn:aws:events:eu-west-1:111122223333:event-bus/default';

/** What the wall's rule takes, but for the call to reconcile, which concerns its own account alone. */
function forwarded(): string {
  return JSON.stringify(properties(wall, 'Rule')['EventPattern']).replace('["Heartbeat","Reconcile"]', '["Heartbeat"]');
}

function faults(body: Body): string[] {
  const rule = properties(body, 'Rule');
  const target = object(array(rule['Targets'])[0]);
  const given = statements({ ...body, Parameters: { ...body.Parameters, BoardBus: { Default: BUS }, Reader: { Default: READER } } });
  const granted = given
    .filter(({ where }) => where.endsWith('Role'))
    .map(({ where, actions, resources, condition }) => `${where}: ${actions.join()} ${resources.join()} ${JSON.stringify(condition)}`);
  const queue = given.filter(({ where }) => where === 'DeadLettersPolicy');
  const targets = [target, object(properties(body, 'Heartbeat')['Target'])];
  return [
    ...(JSON.stringify(rule['EventPattern']) === forwarded() ? [] : ['it sends what the wall does not take, or less']),
    ...(at(body.Parameters['Sources'], 'AllowedPattern') === at(wall.Parameters['Sources'], 'AllowedPattern') ? [] : ['other sources can be chosen']),
    ...(JSON.stringify(target['Arn']) === '{"Ref":"BoardBus"}' ? [] : ['it sends elsewhere']),
    ...targets.filter((one) => at(one, 'RetryPolicy') === undefined || resolve(body, at(one, 'DeadLetterConfig', 'Arn') ?? null) !== 'DeadLetters.Arn').map(() => 'an event is lost'),
    ...(JSON.stringify(granted) === JSON.stringify(GRANTED) ? [] : granted),
    ...queue
      .filter(({ effect, condition }) => effect === 'Allow' && at(condition, 'ArnEquals', 'aws:SourceArn') !== 'Rule.Arn')
      .map(() => 'others may send dead letters'),
    ...(queue.some(({ effect, condition }) => effect === 'Deny' && isWithoutTls(condition)) ? [] : ['dead letters come without TLS']),
    ...(body.Resources['ReaderRole']?.['Condition'] === 'IsRead' && at(body.Parameters['Reader'], 'Default') === '' ? [] : ['strangers read']),
    ...(JSON.stringify(properties(body, 'ReaderRole')['AssumeRolePolicyDocument']) === TRUSTED ? [] : ['others read']),
    ...(JSON.stringify(properties(body, 'ReaderRole')['Path']) === '{"Fn::Sub":"/pipelines-dashboard/${AWS::Region}/"}' ? [] : ['the wall cannot tell the Region']),
    ...ofType(body, 'AWS::IAM::Role').filter(([, role]) => 'RoleName' in role).map(([name]) => `${name} has a name`),
    ...Object.entries(body.Resources)
      .filter(([, { Properties }]) => text(resolve(body, Properties['Name'] ?? '', IN_A_STACK_SET)).length > LONGEST_NAME)
      .map(([name]) => `${name} has a name too long for a StackSet`),
  ];
}

/** Of a schedule's group, a schedule and a rule. */
const LONGEST_NAME = 64;

/** What a stack of a StackSet is called. */
const STACK = 'StackSet-pipelines-dashboard-forwarder-0d9a5c64-7a3f-4a0e-9f52-6d1be0a4c7e8';
const IN_A_STACK_SET = {
  'AWS::StackName': STACK,
  'AWS::StackId': `arn:aws:cloudformation:eu-west-1:111122223333:stack/${STACK}/6f1c8f0e-2d0b-4c39-9d3e-5a0a3c1f7b11`,
};

/** What each role is for, and nothing else. */
const GRANTED = [
  `RuleRole: events:PutEvents ${BUS} {}`,
  `HeartbeatRole: events:PutEvents ${HERE} {"StringEquals":{"events:source":"pipelines-dashboard"}}`,
  'HeartbeatRole: sqs:SendMessage DeadLetters.Arn {}',
  `ReaderRole: ${['ListPipelines', 'GetPipeline', 'ListPipelineExecutions', 'GetPipelineState'].map((action) => `codepipeline:${action}`).join()} arn:aws:codepipeline:eu-west-1:111122223333:* {}`,
];

/** The wall's account, and in it one role. */
const TRUSTED = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: { 'Fn::Select': [4, { 'Fn::Split': [':', { Ref: 'Reader' }] }] } },
      Action: 'sts:AssumeRole',
      Condition: { ArnEquals: { 'aws:PrincipalArn': { Ref: 'Reader' } } },
    },
  ],
});

const BREAKS: Record<string, (body: Body) => void> = {
  'more than the wall takes': (body) => {
    delete object(at(properties(body, 'Rule'), 'EventPattern', '$or', 1))['detail-type'];
  },
  'any bus': (body) => {
    object(at(properties(body, 'RuleRole'), 'Policies', 0, 'PolicyDocument', 'Statement', 0))['Resource'] = '*';
  },
  'any heartbeat': (body) => {
    delete object(at(properties(body, 'HeartbeatRole'), 'Policies', 0, 'PolicyDocument', 'Statement', 0))['Condition'];
  },
  'anybody in the account reads': (body) => {
    delete object(at(properties(body, 'ReaderRole'), 'AssumeRolePolicyDocument', 'Statement', 0))['Condition'];
  },
  'pipelines are started': (body) => {
    object(at(properties(body, 'ReaderRole'), 'Policies', 0, 'PolicyDocument', 'Statement', 0))['Action'] = 'codepipeline:StartPipelineExecution';
  },
  'no queue': (body) => {
    delete object(array(properties(body, 'Rule')['Targets'])[0])['DeadLetterConfig'];
  },
  'a queue for all': (body) => {
    delete object(at(properties(body, 'DeadLettersPolicy'), 'PolicyDocument', 'Statement', 0))['Condition'];
  },
  'a name of its own length': (body) => {
    properties(body, 'HeartbeatGroup')['Name'] = { Ref: 'AWS::StackName' };
  },
  'another bus': (body) => {
    object(array(properties(body, 'Rule')['Targets'])[0])['Arn'] = BUS;
  },
};

test('the forwarder sends what the wall takes, by roles that may do just that, and loses nothing', () => {
  expect(faults(forwarder)).toEqual([]);
  for (const [how, breaking] of Object.entries(BREAKS)) {
    const broken = structuredClone(forwarder);
    breaking(broken);
    expect(faults(broken), how).not.toEqual([]);
  }
});

test('nobody may send unless somebody says so, and then nothing but what a wall follows', () => {
  for (const name of ['Accounts', 'Organization']) expect(at(senders.Parameters[name], 'Default')).toBe('');
  const known = /^\^\((.*)\)\$$/.exec(text(at(wall.Parameters['Sources'], 'AllowedPattern')))?.[1]?.replaceAll('\\', '').split('|');
  const told = { Accounts: '222233334444,333344445555', Organization: 'o-abcdefghij' };
  const policies = ofType(senders, 'AWS::Events::EventBusPolicy').map(([name, policy]) => [
    senders.Resources[name]?.['Condition'],
    resolve(senders, policy['Statement'] ?? null, told),
  ]);
  const statement = (Principal: Json, more: Record<string, Json>): Json => ({
    Effect: 'Allow',
    Principal,
    Action: 'events:PutEvents',
    Resource: HERE,
    Condition: { StringEquals: { ...more, 'events:source': known ?? [] } },
  });
  expect(policies).toEqual([
    ['HasAccounts', statement({ AWS: ['222233334444', '333344445555'] }, {})],
    ['HasOrganization', statement('*', { 'aws:PrincipalOrgID': 'o-abcdefghij' })],
  ]);
});
