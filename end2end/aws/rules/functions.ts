// The functions.

import { type Json, at, object, ofType, resolve, text } from '../template.ts';
import { type Rule, statements, properties } from './rule.ts';

export const FUNCTIONS: Rule[] = [
  {
    name: 'every function logs into a group of its own that forgets',
    faults: (body) => [
      ...ofType(body, 'AWS::Lambda::Function').flatMap(([name, lambda]) => {
        const group = text(at(lambda, 'LoggingConfig', 'LogGroup', 'Ref') ?? '');
        const role = text(resolve(body, lambda['Role'] ?? '')).replace('.Arn', '');
        const logs = statements(body).filter(({ where, actions }) => where === role && actions.includes('logs:PutLogEvents'));
        return logs.length === 1 && logs[0]?.resources.every((resource) => resource.endsWith(`:log-group:${group}:log-stream:*`)) === true
          ? []
          : [`${name} logs elsewhere than into ${group}`];
      }),
      ...ofType(body, 'AWS::Logs::LogGroup')
        .filter(([, group]) => group['RetentionInDays'] !== 14)
        .map(([name]) => `${name} never forgets`),
    ],
    breaks: {
      'no retention': (body) => {
        delete properties(body, 'ReaderLog')['RetentionInDays'];
      },
      "another function's group": (body) => {
        properties(body, 'Reader')['LoggingConfig'] = { LogGroup: { Ref: 'IngestLog' } };
      },
    },
  },
  {
    name: 'news is told to a topic where somebody wants it, and to none else',
    faults: (body) => {
      const told = (NewsTopic: string): Json => resolve(body, at(properties(body, 'Ingest'), 'Environment', 'Variables', 'TOPIC_ARN') ?? null, { NewsTopic });
      return [
        ...(told('true') === 'News' ? [] : ['nobody is told']),
        ...(told('false') === '' ? [] : ['somebody is told who did not ask']),
        ...(body.Resources['News']?.['Condition'] === 'TellsNews' && at(body.Parameters['NewsTopic'], 'Default') === 'false' ? [] : ['there is a topic that nobody wants']),
      ];
    },
    breaks: {
      'a topic for all': (body) => {
        delete object(body.Resources['News'])['Condition'];
      },
      'no address': (body) => {
        delete object(at(properties(body, 'Ingest'), 'Environment', 'Variables'))['TOPIC_ARN'];
      },
    },
  },
  {
    name: 'all functions are one zip',
    faults: (body) => {
      const functions = ofType(body, 'AWS::Lambda::Function');
      const same = (property: string): boolean => new Set(functions.map(([, lambda]) => JSON.stringify(lambda[property]))).size === 1;
      return [
        ...['Code', 'Runtime', 'Architectures'].filter((property) => !same(property)).map((property) => `${property} differs`),
        ...(JSON.stringify(functions.map(([, lambda]) => lambda['Handler'])) === '["ingest","api","hooks"]' ? [] : ['the handlers are other ones']),
      ];
    },
    breaks: {
      'another zip': (body) => {
        properties(body, 'Reader')['Code'] = { S3Bucket: { Ref: 'CodeBucket' }, S3Key: 'other.zip' };
      },
    },
  },
];
