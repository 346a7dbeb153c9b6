// What roles may do, and who may call what.

import { array, at, object, ofType, resolve, text } from '../template.ts';
import { type Rule, statements, properties, policy, trust } from './rule.ts';

export const PERMISSIONS: Rule[] = [
  {
    name: 'no policy allows an action or a resource that is a wildcard',
    faults: (body) =>
      statements(body)
        .filter(({ effect }) => effect === 'Allow')
        .flatMap(({ where, actions, resources }) => [
          ...actions.filter((action) => action.includes('*')).map((action) => `${where} allows ${action}`),
          // The objects of a bucket and the streams of a log group have names that nobody knows beforehand. So have pipelines, and
          // listing them takes no ARN of one; what only reads may read them all.
          ...resources
            .filter((resource) => {
              const isOfPipelines = PIPELINES.test(resource) && actions.every((action) => /^codepipeline:(Get|List)[A-Za-z]+$/.test(action));
              return !isOfPipelines && resource.replace(/(:log-stream:\*|^[A-Za-z]+\.Arn\/\*)$/, '').includes('*');
            })
            .map((resource) => `${where} allows ${resource}`),
        ]),
    breaks: {
      'a bare resource': (body) => {
        policy(body, 'IngestRole')['Resource'] = '*';
      },
      'all tables': (body) => {
        policy(body, 'ReaderRole')['Resource'] = { 'Fn::Sub': 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*' };
      },
      'all actions of a service': (body) => {
        policy(body, 'ApiRole')['Action'] = 'dynamodb:*';
      },
      "every account's pipelines": (body) => {
        policy(body, 'IngestRole', 4)['Resource'] = 'arn:aws:codepipeline:*:*:*';
      },
      'pipelines that are started': (body) => {
        policy(body, 'IngestRole', 4)['Action'] = ['codepipeline:ListPipelines', 'codepipeline:StartPipelineExecution'];
      },
      'all topics': (body) => {
        object(at(policy(body, 'IngestRole', 5), 'Fn::If', 1))['Resource'] = 'arn:aws:sns:*:*:*';
      },
      'all roles elsewhere': (body) => {
        object(at(policy(body, 'IngestRole', 6), 'Fn::If', 1))['Resource'] = 'arn:aws:iam::*:role/pipelines-dashboard/*';
      },
      'all log groups': (body) => {
        policy(body, 'IngestRole', 2)['Resource'] = 'arn:aws:logs:*:111122223333:log-group:*:log-stream:*';
      },
    },
  },
  {
    name: 'every role may do just what it is for',
    faults: (body) =>
      Object.entries(ALLOWED).flatMap(([role, expected]) => {
        const found = statements(body)
          .filter(({ where }) => where === role)
          .flatMap(({ actions, resources }) => actions.flatMap((action) => resources.map((resource) => `${action} ${resource}`)));
        return [...new Set([...found, ...expected])]
          .filter((line) => found.includes(line) !== expected.includes(line))
          .map((line) => `${role}: ${found.includes(line) ? 'may' : 'may not'} ${line}`);
      }),
    breaks: {
      'one action more': (body) => {
        policy(body, 'IngestRole')['Action'] = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'];
      },
      'one action less': (body) => {
        policy(body, 'IngestRole')['Action'] = ['dynamodb:GetItem'];
      },
      'the table scanned instead of the index': (body) => {
        policy(body, 'ApiRole')['Resource'] = { 'Fn::GetAtt': ['Table', 'Arn'] };
      },
    },
  },
  {
    name: 'roles have no names, no managed policies of ours, and are assumed by one service',
    faults: (body) =>
      ofType(body, 'AWS::IAM::Role').flatMap(([name, role]) => {
        const trust = array(at(role, 'AssumeRolePolicyDocument', 'Statement')).map(object);
        return [
          ...('RoleName' in role ? [`${name} has a name`] : []),
          ...(!(name in ALLOWED) && name !== 'ApiLogRole' ? [`${name} is not known to these rules`] : []),
          ...(name !== 'ApiLogRole' && 'ManagedPolicyArns' in role ? [`${name} has a managed policy`] : []),
          ...(trust.length === 1 && /^\{"Service":"[a-z]+\.amazonaws\.com"\}$/.test(JSON.stringify(trust[0]?.['Principal']))
            ? []
            : [`${name} is assumed by others`]),
          ...(name === 'HeartbeatRole' && at(trust[0], 'Condition', 'StringEquals', 'aws:SourceArn') === undefined
            ? [`${name} is assumed for any schedule`]
            : []),
        ];
      }),
    breaks: {
      'a name': (body) => {
        properties(body, 'IngestRole')['RoleName'] = 'pipelines-dashboard';
      },
      'a managed policy': (body) => {
        properties(body, 'ReaderRole')['ManagedPolicyArns'] = ['arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess'];
      },
      'another account': (body) => {
        trust(body, 'ReaderRole')['Principal'] = { AWS: 'arn:aws:iam::444455556666:root' };
      },
      'any schedule': (body) => {
        delete trust(body, 'HeartbeatRole')['Condition'];
      },
    },
  },
  {
    name: 'whoever invokes a function is bound to one source',
    faults: (body) =>
      ofType(body, 'AWS::Lambda::Permission').flatMap(([name, permission]) => {
        const source = resolve(body, permission['SourceArn'] ?? '');
        // A route with a parameter ends in one.
        const bound = source === 'Rule.Arn' || /^arn:aws:execute-api:[^*]+\/data\/(GET\/[^*]+\*?|POST\/hooks\/\*)$/.test(text(source));
        const service = /^[a-z]+\.amazonaws\.com$/.test(text(permission['Principal']));
        return bound && service ? [] : [`${name} is not bound`];
      }),
    breaks: {
      'any source': (body) => {
        delete properties(body, 'RuleMayInvokeIngest')['SourceArn'];
      },
      'any route': (body) => {
        properties(body, 'ApiMayReadCctray')['SourceArn'] = { 'Fn::Sub': 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*' };
      },
      anybody: (body) => {
        properties(body, 'RuleMayInvokeIngest')['Principal'] = '*';
      },
    },
  },
];

/** All pipelines of one account and Region. */
const PIPELINES = /^arn:aws:codepipeline:[a-z0-9-]+:[0-9]{12}:\*$/;

/** What each role is for. */
const ALLOWED: Record<string, string[]> = {
  IngestRole: [
    'dynamodb:GetItem Table.Arn',
    'dynamodb:PutItem Table.Arn',
    'sqs:SendMessage DeadLetters.Arn',
    'logs:CreateLogStream arn:aws:logs:eu-west-1:111122223333:log-group:IngestLog:log-stream:*',
    'logs:PutLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:IngestLog:log-stream:*',
    'dynamodb:Scan Table.Arn/index/Tiles',
    ...['ListPipelines', 'GetPipeline', 'ListPipelineExecutions', 'GetPipelineState'].map(
      (action) => `codepipeline:${action} arn:aws:codepipeline:eu-west-1:111122223333:*`,
    ),
    'sns:Publish News',
    'sts:AssumeRole arn:aws:iam::222233334444:role/pipelines-dashboard/us-east-1/forwarder-ReaderRole',
  ],
  ReaderRole: [
    'dynamodb:GetItem Table.Arn',
    'dynamodb:Scan Table.Arn/index/Tiles',
    'logs:CreateLogStream arn:aws:logs:eu-west-1:111122223333:log-group:ReaderLog:log-stream:*',
    'logs:PutLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:ReaderLog:log-stream:*',
  ],
  ReceiverRole: [
    'events:PutEvents arn:aws:events:eu-west-1:111122223333:event-bus/default',
    'secretsmanager:GetSecretValue HookSecret.Id',
    'logs:CreateLogStream arn:aws:logs:eu-west-1:111122223333:log-group:ReceiverLog:log-stream:*',
    'logs:PutLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:ReceiverLog:log-stream:*',
  ],
  ApiRole: ['dynamodb:Scan Table.Arn/index/Tiles'],
  HeartbeatRole: ['events:PutEvents arn:aws:events:eu-west-1:111122223333:event-bus/default', 'sqs:SendMessage DeadLetters.Arn'],
};
