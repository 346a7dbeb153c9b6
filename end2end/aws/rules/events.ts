// That no event is lost, and that somebody hears when one might be.

import { array, at, object, ofType, resolve, text } from '../template.ts';
import { type Rule, statements, isWithoutTls, properties, statement } from './rule.ts';

export const EVENTS: Rule[] = [
  {
    name: 'no event is lost without a dead letter',
    faults: (body) => {
      const targets = [
        ...ofType(body, 'AWS::Events::Rule').flatMap(([name, rule]) => array(rule['Targets']).map((target) => [name, object(target)] as const)),
        ...ofType(body, 'AWS::Scheduler::Schedule').map(([name, schedule]) => [name, object(schedule['Target'])] as const),
      ];
      const queue = 'DeadLetters.Arn';
      return [
        ...targets.flatMap(([name, target]) => [
          ...(resolve(body, at(target, 'DeadLetterConfig', 'Arn') ?? null) === queue ? [] : [`${name} has no dead-letter queue`]),
          ...(at(target, 'RetryPolicy') === undefined ? [`${name} has no retry policy`] : []),
        ]),
        ...ofType(body, 'AWS::Events::Rule')
          .flatMap(([, rule]) => array(rule['Targets']))
          .map((target) => text(resolve(body, at(target, 'Arn') ?? null)).replace('.Arn', ''))
          .filter((called) =>
            ofType(body, 'AWS::Lambda::EventInvokeConfig').every(
              ([, config]) =>
                at(config, 'FunctionName', 'Ref') !== called ||
                resolve(body, at(config, 'DestinationConfig', 'OnFailure', 'Destination') ?? null) !== queue,
            ),
          )
          .map((called) => `what ${called} fails on is lost`),
        ...(text(at(properties(body, 'DeadLetters'), 'MessageRetentionPeriod')) === '1209600' ? [] : ['dead letters are not kept for 14 days']),
      ];
    },
    breaks: {
      'a rule without a queue': (body) => {
        delete object(array(properties(body, 'Rule')['Targets'])[0])['DeadLetterConfig'];
      },
      'a schedule without a queue': (body) => {
        delete object(properties(body, 'Heartbeat')['Target'])['DeadLetterConfig'];
      },
      'a function without a destination': (body) => {
        delete body.Resources['IngestInvocations'];
      },
      'a second target without a queue': (body) => {
        array(properties(body, 'Rule')['Targets']).push({ Id: 'other', Arn: { 'Fn::GetAtt': ['Reader', 'Arn'] } });
      },
      'an hour': (body) => {
        properties(body, 'DeadLetters')['MessageRetentionPeriod'] = 3600;
      },
    },
  },
  {
    name: 'what a schedule puts on the bus is taken by the rule',
    faults: (body) => {
      const taken = array(at(properties(body, 'Rule'), 'EventPattern', '$or')).map(object);
      return ofType(body, 'AWS::Scheduler::Schedule').flatMap(([name, schedule]) => {
        const { Source, DetailType } = object(at(schedule, 'Target', 'EventBridgeParameters') ?? {});
        const isTaken = taken.some(
          ({ source, 'detail-type': types }) => array(source).includes(Source ?? null) && array(types).includes(DetailType ?? null),
        );
        return isTaken ? [] : [`${name} puts what nobody takes`];
      });
    },
    breaks: {
      'another word': (body) => {
        object(at(properties(body, 'Reconciliation'), 'Target', 'EventBridgeParameters'))['DetailType'] = 'Reconciliation';
      },
      'a narrower rule': (body) => {
        object(array(at(properties(body, 'Rule'), 'EventPattern', '$or'))[0])['detail-type'] = ['Heartbeat'];
      },
    },
  },
  {
    name: 'the queue takes messages from the rule alone, by TLS alone',
    faults: (body) => {
      const own = statements(body).filter(({ where }) => where === 'DeadLettersPolicy');
      return [
        ...own
          .filter(({ effect, condition, principal }) => {
            const source = at(condition, 'ArnEquals', 'aws:SourceArn');
            return effect === 'Allow' && !(source === 'Rule.Arn' && JSON.stringify(principal) === '{"Service":"events.amazonaws.com"}');
          })
          .map(() => 'others may send'),
        ...(own.some(({ effect, condition }) => effect === 'Deny' && isWithoutTls(condition)) ? [] : ['messages come without TLS']),
        ...(at(properties(body, 'DeadLetters'), 'SqsManagedSseEnabled') === true ? [] : ['messages are not encrypted']),
      ];
    },
    breaks: {
      'any rule': (body) => {
        delete statement(body, 'DeadLettersPolicy')['Condition'];
      },
      everybody: (body) => {
        statement(body, 'DeadLettersPolicy')['Principal'] = '*';
      },
      'plain http': (body) => {
        array(at(properties(body, 'DeadLettersPolicy'), 'PolicyDocument', 'Statement')).pop();
      },
    },
  },
  {
    name: 'every alarm says what silence means',
    faults: (body) =>
      ofType(body, 'AWS::CloudWatch::Alarm').flatMap(([name, alarm]) => [
        ...('TreatMissingData' in alarm ? [] : [`${name} does not`]),
        ...(name === 'HeartbeatAlarm' && alarm['TreatMissingData'] !== 'breaching' ? [`${name} sleeps through silence`] : []),
      ]),
    breaks: {
      nothing: (body) => {
        delete properties(body, 'DeadLettersAlarm')['TreatMissingData'];
      },
      'silence is fine': (body) => {
        properties(body, 'HeartbeatAlarm')['TreatMissingData'] = 'notBreaching';
      },
    },
  },
];
