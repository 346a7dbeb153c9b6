// What must hold of the template, each rule with ways to break it that it has to find.

import { type Body, type Json, type JsonObject, array, at, object, ofType, resolve, text } from './template.ts';

export interface Rule {
  name: string;
  /** What is wrong, in words; nothing when all is well. */
  faults: (body: Body) => string[];
  /** Ways to break it, by what was done. */
  breaks: Record<string, (body: Body) => void>;
}

interface Statement {
  where: string;
  effect: string;
  principal: Json | undefined;
  actions: string[];
  resources: string[];
  condition: JsonObject;
}

const RESOLVED = { Access: 'key', CodeBucket: 'code', CodeKey: 'zip', AlarmEmail: 'ada@example.com', AccessLogs: 'create-role' };

export const RULES: Rule[] = [
  {
    name: 'no policy allows an action or a resource that is a wildcard',
    faults: (body) =>
      statements(body)
        .filter(({ effect }) => effect === 'Allow')
        .flatMap(({ where, actions, resources }) => [
          ...actions.filter((action) => action.includes('*')).map((action) => `${where} allows ${action}`),
          // The objects of a bucket and the streams of a log group have names that nobody knows beforehand.
          ...resources
            .filter((resource) => resource.replace(/(:log-stream:\*|^[A-Za-z]+\.Arn\/\*)$/, '').includes('*'))
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
    name: 'every bucket is private, encrypted and reached by TLS only',
    faults: (body) =>
      ofType(body, 'AWS::S3::Bucket').flatMap(([name, bucket]) => {
        const blocked = at(bucket, 'PublicAccessBlockConfiguration');
        const own = statements(body).filter(({ resources }) => resources.some((resource) => resource.startsWith(`${name}.Arn`)));
        const denied = own.find(({ effect, condition }) => effect === 'Deny' && isWithoutTls(condition));
        return [
          ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets']
            .filter((what) => at(blocked, what) !== true)
            .map((what) => `${name}: ${what} is not set`),
          ...(at(bucket, 'OwnershipControls', 'Rules', 0, 'ObjectOwnership') === 'BucketOwnerEnforced' ? [] : [`${name} has ACLs`]),
          ...(at(bucket, 'BucketEncryption', 'ServerSideEncryptionConfiguration', 0) === undefined ? [`${name} is not encrypted`] : []),
          ...(denied?.principal === '*' && denied.actions.includes('s3:*') && denied.resources.length === 2
            ? []
            : [`${name} is reached without TLS`]),
          ...own
            .filter(({ effect, principal, condition }) => {
              const source = at(condition, 'StringEquals', 'aws:SourceArn');
              const isDistribution = JSON.stringify(principal) === '{"Service":"cloudfront.amazonaws.com"}';
              return effect === 'Allow' && !(isDistribution && typeof source === 'string' && source.endsWith(':distribution/Distribution'));
            })
            .map(({ where }) => `${where} lets others than the distribution read ${name}`),
        ];
      }),
    breaks: {
      'public access allowed': (body) => {
        object(properties(body, 'Site')['PublicAccessBlockConfiguration'])['RestrictPublicBuckets'] = false;
      },
      'a public policy': (body) => {
        statement(body, 'SitePolicy')['Principal'] = '*';
      },
      'any distribution': (body) => {
        delete statement(body, 'SitePolicy')['Condition'];
      },
      'plain http': (body) => {
        array(at(properties(body, 'SitePolicy'), 'PolicyDocument', 'Statement')).pop();
      },
      'no encryption': (body) => {
        delete properties(body, 'Site')['BucketEncryption'];
      },
    },
  },
  {
    name: 'every way to the API has the gate, and nothing but the site is without',
    faults: (body) => {
      const distribution = at(properties(body, 'Distribution'), 'DistributionConfig');
      const behaviours = array(at(distribution, 'CacheBehaviors')).map(object);
      const api = behaviours.filter(({ TargetOriginId }) => TargetOriginId !== 'site');
      const gate = (behaviour: JsonObject): Json | undefined =>
        array(behaviour['FunctionAssociations'])
          .filter((one) => at(one, 'EventType') === 'viewer-request')
          .map((one) => resolve(body, at(one, 'FunctionARN') ?? null, RESOLVED))[0];
      const cache = at(properties(body, 'DataCache'), 'CachePolicyConfig');
      const key = at(cache, 'ParametersInCacheKeyAndForwardedToOrigin');
      const usual = object(at(distribution, 'DefaultCacheBehavior'));
      const paths = api.map(({ PathPattern }) => text(PathPattern));
      return [
        ...(JSON.stringify(paths) === '["/data","/data/*"]' ? [] : [`the API is found at ${paths.join(' and ')}`]),
        ...(usual['TargetOriginId'] === 'site' && gate(usual) === 'SiteGate.FunctionARN' ? [] : ['everything else is not the site behind its gate']),
        ...api.flatMap((behaviour) => {
          const where = text(behaviour['PathPattern']);
          return [
            ...(gate(behaviour) === 'DataGate.FunctionARN' ? [] : [`${where} has no gate`]),
            ...(behaviour['ViewerProtocolPolicy'] === 'https-only' ? [] : [`${where} takes keys in plain http`]),
            ...('OriginRequestPolicyId' in behaviour ? [`${where} sends on what viewers send`] : []),
            ...(JSON.stringify(behaviour['CachePolicyId']) === '{"Ref":"DataCache"}' ? [] : [`${where} has another cache policy`]),
          ];
        }),
        ...(at(cache, 'MinTTL') === 0 ? [] : ['no-store is overridden']),
        ...(at(key, 'CookiesConfig', 'CookieBehavior') === 'none' ? [] : ['cookies are sent on']),
        ...(at(key, 'HeadersConfig', 'HeaderBehavior') === 'none' ? [] : ['headers are sent on']),
        ...(JSON.stringify(at(key, 'QueryStringsConfig')) === '{"QueryStringBehavior":"whitelist","QueryStrings":["start"]}'
          ? []
          : ['other queries than start are sent on']),
      ];
    },
    breaks: {
      'a behaviour without the gate': (body) => {
        delete behaviour(body, 1)['FunctionAssociations'];
      },
      'the gate after the cache': (body) => {
        object(array(behaviour(body, 0)['FunctionAssociations'])[0])['EventType'] = 'viewer-response';
      },
      'the wrong gate': (body) => {
        object(array(behaviour(body, 0)['FunctionAssociations'])[0])['FunctionARN'] = { 'Fn::GetAtt': ['SiteGate', 'FunctionARN'] };
      },
      'a pattern that takes files, too': (body) => {
        behaviour(body, 0)['PathPattern'] = '/data*';
      },
      'plain http': (body) => {
        behaviour(body, 1)['ViewerProtocolPolicy'] = 'allow-all';
      },
      'viewer headers forwarded': (body) => {
        behaviour(body, 1)['OriginRequestPolicyId'] = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
      },
      'cookies forwarded': (body) => {
        cacheKey(body)['CookiesConfig'] = { CookieBehavior: 'all' };
      },
      'all queries forwarded': (body) => {
        cacheKey(body)['QueryStringsConfig'] = { QueryStringBehavior: 'all' };
      },
      'a second way to the API': (body) => {
        array(distribution(body)['CacheBehaviors']).push({ ...behaviour(body, 0), PathPattern: '/raw/*', FunctionAssociations: [] });
      },
    },
  },
  {
    name: 'around the distribution the API answers nobody, and its key is told to nobody',
    faults: (body) => {
      const secret = '{{resolve:secretsmanager:OriginKey:SecretString}}';
      const origins = array(at(distribution(body), 'Origins')).map(object);
      const header = resolve(body, at(origins.find(({ Id }) => Id === 'api'), 'OriginCustomHeaders', 0) ?? null);
      const told = JSON.stringify([body.Outputs, body.Parameters]);
      return [
        ...ofType(body, 'AWS::ApiGateway::Method')
          .filter(([, method]) => method['ApiKeyRequired'] !== true)
          .map(([name]) => `${name} wants no key`),
        ...(JSON.stringify(header) === JSON.stringify({ HeaderName: 'x-api-key', HeaderValue: secret }) ? [] : ['CloudFront shows no key']),
        ...(resolve(body, properties(body, 'ApiKey')['Value'] ?? null) === secret ? [] : ['the key is not made by Secrets Manager']),
        ...(/OriginKey|ApiKey|resolve:/.test(told) ? ['the key stands in an output or a parameter'] : []),
        ...(at(properties(body, 'ApiUsagePlanKey'), 'KeyId', 'Ref') === 'ApiKey' ? [] : ['the key is of no use']),
      ];
    },
    breaks: {
      'a method without a key': (body) => {
        delete properties(body, 'GetBadge')['ApiKeyRequired'];
      },
      'no header': (body) => {
        delete object(array(distribution(body)['Origins'])[1])['OriginCustomHeaders'];
      },
      'a key in the template': (body) => {
        properties(body, 'ApiKey')['Value'] = 'correct-horse-battery-staple';
      },
      'a key in an output': (body) => {
        body.Outputs['Key'] = { Value: { 'Fn::Sub': '{{resolve:secretsmanager:${OriginKey}:SecretString}}' } };
      },
    },
  },
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
    name: 'whoever invokes a function is bound to one source',
    faults: (body) =>
      ofType(body, 'AWS::Lambda::Permission').flatMap(([name, permission]) => {
        const source = resolve(body, permission['SourceArn'] ?? '');
        // A route with a parameter ends in one.
        const bound = source === 'Rule.Arn' || /^arn:aws:execute-api:[^*]+\/data\/GET\/[^*]+\*?$/.test(text(source));
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
  {
    name: 'a failed request is never a good answer',
    faults: (body) => [
      ...ofType(body, 'AWS::ApiGateway::Method')
        .filter(([, method]) => at(method, 'Integration', 'Type') === 'AWS')
        .flatMap(([name, method]) => {
          const responses = array(at(method, 'Integration', 'IntegrationResponses')).map(object);
          const statuses = responses.map(({ StatusCode }) => text(StatusCode));
          const answer = (status: string): JsonObject | undefined =>
            responses.find(({ SelectionPattern }) => SelectionPattern !== undefined && new RegExp(`^(${text(SelectionPattern)})$`).test(status));
          return [
            // API Gateway keeps one integration response for each status code.
            ...(new Set(statuses).size === statuses.length ? [] : [`${name} has two answers for one status`]),
            ...['400', '403', '429', '500', '503']
              .filter((status) => !text(answer(status)?.['StatusCode'] ?? '').startsWith('5'))
              .map((status) => `${name} tells ${status} of the store as something else than its own fault`),
            ...['400', '500']
              .filter((status) => !isError(at(answer(status), 'ResponseTemplates', 'application/json')))
              .map((status) => `${name} says nothing about ${status}`),
            ...(at(method, 'Integration', 'PassthroughBehavior') === 'NEVER' ? [] : [`${name} passes bodies through`]),
          ];
        }),
      ...['DEFAULT_4XX', 'DEFAULT_5XX', 'MISSING_AUTHENTICATION_TOKEN', 'THROTTLED'].filter(
        (type) =>
          !ofType(body, 'AWS::ApiGateway::GatewayResponse').some(
            ([, response]) => response['ResponseType'] === type && isError(at(response, 'ResponseTemplates', 'application/json')),
          ),
      ),
      ...array(at(distribution(body), 'CustomErrorResponses'))
        .map(object)
        .filter((response) => 'ResponsePagePath' in response || Number(response['ErrorCachingMinTTL']) > 1)
        .map(({ ErrorCode }) => `CloudFront makes something else of ${text(ErrorCode)}`),
      ...[400, 403, 404, 500, 502, 503, 504]
        .filter((code) => !array(at(distribution(body), 'CustomErrorResponses')).some((response) => at(response, 'ErrorCode') === code))
        .map((code) => `CloudFront keeps ${code} for ten seconds`),
    ],
    breaks: {
      'one pattern less': (body) => {
        responsesOfTiles(body).pop();
      },
      'a pattern that misses throttling': (body) => {
        object(responsesOfTiles(body)[1])['SelectionPattern'] = '5\\d{2}';
      },
      'two answers for one status': (body) => {
        responsesOfTiles(body).push({ ...object(responsesOfTiles(body)[1]), SelectionPattern: '4\\d{2}' });
      },
      'an empty error': (body) => {
        object(responsesOfTiles(body)[1])['ResponseTemplates'] = { 'application/json': '' };
      },
      'an error page': (body) => {
        object(array(distribution(body)['CustomErrorResponses'])[1])['ResponsePagePath'] = '/index.html';
      },
      'errors kept': (body) => {
        object(array(distribution(body)['CustomErrorResponses'])[8])['ErrorCachingMinTTL'] = 10;
      },
      "API Gateway's own words": (body) => {
        delete body.Resources['OutOfOrder'];
      },
    },
  },
  {
    name: 'a deployment holds every method and every response',
    faults: (body) => {
      const held = array(at(body.Resources['ApiDeployment'], 'DependsOn'));
      return ['AWS::ApiGateway::Method', 'AWS::ApiGateway::GatewayResponse']
        .flatMap((type) => ofType(body, type).map(([name]) => name))
        .filter((name) => !held.includes(name))
        .map((name) => `${name} may be made after the deployment`);
    },
    breaks: {
      'one method less': (body) => {
        array(at(body.Resources['ApiDeployment'], 'DependsOn')).shift();
      },
    },
  },
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
  {
    name: 'who may read has to be chosen',
    faults: (body) => ('Default' in object(body.Parameters['Access']) ? ['Access has a default'] : []),
    breaks: {
      'a default': (body) => {
        object(body.Parameters['Access'])['Default'] = 'public';
      },
    },
  },
  {
    name: 'both functions are one zip',
    faults: (body) => {
      const functions = ofType(body, 'AWS::Lambda::Function');
      const same = (property: string): boolean => new Set(functions.map(([, lambda]) => JSON.stringify(lambda[property]))).size === 1;
      return [
        ...['Code', 'Runtime', 'Architectures'].filter((property) => !same(property)).map((property) => `${property} differs`),
        ...(JSON.stringify(functions.map(([, lambda]) => lambda['Handler'])) === '["ingest","api"]' ? [] : ['the handlers are other ones']),
      ];
    },
    breaks: {
      'another zip': (body) => {
        properties(body, 'Reader')['Code'] = { S3Bucket: { Ref: 'CodeBucket' }, S3Key: 'other.zip' };
      },
    },
  },
];

/** What each role is for. */
const ALLOWED: Record<string, string[]> = {
  IngestRole: [
    'dynamodb:GetItem Table.Arn',
    'dynamodb:PutItem Table.Arn',
    'sqs:SendMessage DeadLetters.Arn',
    'logs:CreateLogStream arn:aws:logs:eu-west-1:111122223333:log-group:IngestLog:log-stream:*',
    'logs:PutLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:IngestLog:log-stream:*',
  ],
  ReaderRole: [
    'dynamodb:GetItem Table.Arn',
    'dynamodb:Scan Table.Arn/index/Tiles',
    'logs:CreateLogStream arn:aws:logs:eu-west-1:111122223333:log-group:ReaderLog:log-stream:*',
    'logs:PutLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:ReaderLog:log-stream:*',
  ],
  ApiRole: ['dynamodb:Scan Table.Arn/index/Tiles'],
  HeartbeatRole: ['events:PutEvents arn:aws:events:eu-west-1:111122223333:event-bus/default', 'sqs:SendMessage DeadLetters.Arn'],
};

/** The statements of all policies but those that say who assumes a role. */
function statements(body: Body): Statement[] {
  return Object.entries(body.Resources).flatMap(([where, { Properties }]) => {
    const own = array(Properties['Policies']).map((one) => at(one, 'PolicyDocument'));
    return [...own, ...array(Properties['PolicyDocument'])].flatMap((document) =>
      array(at(document, 'Statement')).map((one) => {
        const { Effect, Principal, Action, Resource, Condition } = object(resolve(body, one, RESOLVED));
        return {
          where,
          effect: text(Effect),
          principal: Principal,
          actions: array(Action).map(text),
          resources: array(Resource).map(text),
          condition: object(Condition ?? {}),
        };
      }),
    );
  });
}

function isWithoutTls(condition: JsonObject): boolean {
  return at(condition, 'Bool', 'aws:SecureTransport') === 'false';
}

function isError(template: Json | undefined): boolean {
  try {
    const error = at(JSON.parse(text(template)) as Json, 'error');
    return typeof error === 'string' && error !== '';
  } catch {
    return false;
  }
}

function properties(body: Body, name: string): JsonObject {
  const resource = body.Resources[name];
  if (!resource) throw new Error(`there is no ${name}`);
  return resource.Properties;
}

function policy(body: Body, role: string, index = 0): JsonObject {
  return object(at(properties(body, role), 'Policies', 0, 'PolicyDocument', 'Statement', index));
}

function trust(body: Body, role: string): JsonObject {
  return object(at(properties(body, role), 'AssumeRolePolicyDocument', 'Statement', 0));
}

function statement(body: Body, name: string): JsonObject {
  return object(at(properties(body, name), 'PolicyDocument', 'Statement', 0));
}

function distribution(body: Body): JsonObject {
  return object(properties(body, 'Distribution')['DistributionConfig']);
}

function behaviour(body: Body, index: number): JsonObject {
  return object(at(distribution(body), 'CacheBehaviors', index));
}

function cacheKey(body: Body): JsonObject {
  return object(at(properties(body, 'DataCache'), 'CachePolicyConfig', 'ParametersInCacheKeyAndForwardedToOrigin'));
}

function responsesOfTiles(body: Body): Json[] {
  return array(at(properties(body, 'GetTiles'), 'Integration', 'IntegrationResponses'));
}
