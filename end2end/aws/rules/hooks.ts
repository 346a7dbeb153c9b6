// Who may post hooks, and what comes of being able to.

import { type Body, type JsonObject, array, at, object, resolve, text } from '../template.ts';
import { type Rule, RESOLVED, distribution, properties, statements } from './rule.ts';

/** What is there only for hooks. */
const OWN = [
  ...['Receiver', 'ReceiverRole', 'ReceiverLog', 'HookSecret', 'TakeHook', 'HooksPath', 'HookPath', 'ApiMayTakeHooks'],
  ...['HookHeaders', 'HookGate'],
];
const HEADERS = [
  ...['webhook-id', 'webhook-signature', 'webhook-timestamp'],
  ...['x-github-event', 'x-gitlab-event', 'x-gitlab-token', 'x-hub-signature-256'],
];

export const HOOKS: Rule[] = [
  {
    name: 'there are no hooks unless somebody asks for them',
    faults: (body) => [
      ...(at(body.Parameters['Hooks'], 'Default') === 'false' ? [] : ['hooks are on by themselves']),
      ...OWN.filter((name) => body.Resources[name]?.['Condition'] !== 'TakesHooks').map((name) => `${name} is there without hooks`),
      ...Object.entries(body.Resources)
        .filter(([name, { Properties }]) => !OWN.includes(name) && OWN.some((own) => JSON.stringify(resolve(body, Properties, off)).includes(own)))
        .map(([name]) => `${name} speaks of hooks when there are none`),
      ...(at(properties(body, 'TakeHook'), 'HttpMethod') === 'POST' ? [] : ['hooks come by another method']),
    ],
    breaks: {
      'hooks for everybody': (body) => {
        object(body.Parameters['Hooks'])['Default'] = 'true';
      },
      'a secret that nobody needs': (body) => {
        delete object(body.Resources['HookSecret'])['Condition'];
      },
      'a behaviour without its policy': (body) => {
        const behaviours = array(distribution(body)['CacheBehaviors']);
        behaviours[1] = at(behaviours[1], 'Fn::If', 1) ?? null;
      },
      'any method': (body) => {
        properties(body, 'TakeHook')['HttpMethod'] = 'ANY';
      },
    },
  },
  {
    name: 'hooks have a way of their own, before that of the data, which passes what signs them and nothing else',
    faults: (body) => {
      const behaviours = array(resolve(body, distribution(body)['CacheBehaviors'] ?? null, RESOLVED)).map(object);
      const paths = behaviours.map(({ PathPattern }) => text(PathPattern));
      const own = behaviours[1] ?? {};
      const policy = at(properties(body, 'HookHeaders'), 'OriginRequestPolicyConfig');
      return [
        ...(JSON.stringify(paths) === '["/data","/data/hooks/*","/data/*"]' ? [] : [`the ways are ${paths.join(', ')}`]),
        ...behaviours
          .filter(({ AllowedMethods, PathPattern }) => array(AllowedMethods).includes('POST') && PathPattern !== '/data/hooks/*')
          .map(({ PathPattern }) => `${text(PathPattern)} takes what writes`),
        ...(at(own, 'FunctionAssociations', 0, 'FunctionARN') === 'HookGate.FunctionARN' && at(own, 'FunctionAssociations', 0, 'EventType') === 'viewer-request'
          ? []
          : ['hooks have no gate']),
        ...(own['TargetOriginId'] === 'api' && own['ViewerProtocolPolicy'] === 'https-only' ? [] : ['hooks come in plain http']),
        ...(own['CachePolicyId'] === CACHING_DISABLED && own['OriginRequestPolicyId'] === 'HookHeaders' ? [] : ['hooks have other policies']),
        ...(JSON.stringify(at(policy, 'HeadersConfig')) === JSON.stringify({ HeaderBehavior: 'whitelist', Headers: HEADERS }) ? [] : ['other headers go on']),
        ...(at(policy, 'CookiesConfig', 'CookieBehavior') === 'none' ? [] : ['cookies go on']),
        ...(at(policy, 'QueryStringsConfig', 'QueryStringBehavior') === 'none' ? [] : ['queries go on']),
      ];
    },
    breaks: {
      'after the data': (body) => {
        array(distribution(body)['CacheBehaviors']).reverse();
      },
      'no gate': (body) => {
        delete hooks(body)['FunctionAssociations'];
      },
      'the gate of the data': (body) => {
        object(array(hooks(body)['FunctionAssociations'])[0])['FunctionARN'] = { 'Fn::GetAtt': ['DataGate', 'FunctionARN'] };
      },
      'posts to the data': (body) => {
        object(array(distribution(body)['CacheBehaviors'])[2])['AllowedMethods'] = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
      },
      'all headers': (body) => {
        object(at(properties(body, 'HookHeaders'), 'OriginRequestPolicyConfig'))['HeadersConfig'] = { HeaderBehavior: 'allViewer' };
      },
      'plain http': (body) => {
        hooks(body)['ViewerProtocolPolicy'] = 'allow-all';
      },
      'kept answers': (body) => {
        hooks(body)['CachePolicyId'] = { Ref: 'DataCache' };
      },
    },
  },
  {
    name: 'whoever takes hooks may tell of nothing else, is slowed down, and its secret is told to nobody',
    faults: (body) => {
      const [put] = statements(body).filter(({ where, actions }) => where === 'ReceiverRole' && actions.includes('events:PutEvents'));
      const settings = array(resolve(body, properties(body, 'ApiStage')['MethodSettings'] ?? null, RESOLVED)).map(object);
      const [all, own] = [settings.find(({ ResourcePath }) => ResourcePath === '/*'), settings.find(({ ResourcePath }) => ResourcePath === '/~1hooks~1{sender}')];
      const told = JSON.stringify([body.Outputs, body.Parameters, ...Object.values(body.Resources).map(({ Properties }) => Properties)]);
      return [
        ...(JSON.stringify(put?.condition) === '{"StringEquals":{"events:source":["github.com","gitlab.com"]}}' ? [] : ["others' events may be put"]),
        ...(own?.['HttpMethod'] === 'POST' && Number(own['ThrottlingRateLimit']) * 2 < Number(all?.['ThrottlingRateLimit']) ? [] : ['hooks starve the wall']),
        ...(told.includes('resolve:secretsmanager:${HookSecret}') ? ['the secret stands where it can be read'] : []),
        ...('GenerateSecretString' in properties(body, 'HookSecret') ? [] : ['the secret is not made by Secrets Manager']),
      ];
    },
    breaks: {
      'any source': (body) => {
        delete object(at(properties(body, 'ReceiverRole'), 'Policies', 0, 'PolicyDocument', 'Statement', 0))['Condition'];
      },
      'no throttle': (body) => {
        array(properties(body, 'ApiStage')['MethodSettings']).pop();
      },
      'a secret in the environment': (body) => {
        object(at(properties(body, 'Receiver'), 'Environment', 'Variables'))['SECRET'] = { 'Fn::Sub': '{{resolve:secretsmanager:${HookSecret}:SecretString}}' };
      },
      'a secret in the template': (body) => {
        body.Resources['HookSecret'] = { Type: 'AWS::SecretsManager::Secret', Condition: 'TakesHooks', Properties: { SecretString: 'swordfish' } };
      },
    },
  },
];

/** AWS's own policy.
 * Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html> */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

const off: Record<string, string> = { ...RESOLVED, Hooks: 'false' };

function hooks(body: Body): JsonObject {
  return object(at(distribution(body), 'CacheBehaviors', 1, 'Fn::If', 1));
}
