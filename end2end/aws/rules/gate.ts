// Who may read the data.

import { type Json, type JsonObject, array, at, object, ofType, resolve, text } from '../template.ts';
import { type Rule, properties, distribution, behaviour, cacheKey, RESOLVED } from './rule.ts';

export const GATE: Rule[] = [
  {
    name: 'every way to the API has the gate, and nothing but the site is without',
    faults: (body) => {
      const distribution = resolve(body, at(properties(body, 'Distribution'), 'DistributionConfig') ?? null, { ...RESOLVED, Hooks: 'false' });
      const behaviours = array(at(distribution, 'CacheBehaviors')).map(object);
      const api = behaviours.filter(({ TargetOriginId }) => TargetOriginId !== 'site');
      const gate = (behaviour: JsonObject): Json | undefined =>
        array(behaviour['FunctionAssociations'])
          .filter((one) => at(one, 'EventType') === 'viewer-request')
          .map((one) => at(one, 'FunctionARN'))[0];
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
            ...(behaviour['CachePolicyId'] === 'DataCache' ? [] : [`${where} has another cache policy`]),
          ];
        }),
        ...(at(cache, 'MinTTL') === 0 ? [] : ['no-store is overridden']),
        ...(at(key, 'CookiesConfig', 'CookieBehavior') === 'none' ? [] : ['cookies are sent on']),
        // The gate sets it itself; as a part of the key it keeps an answer with a host in it from who asked another one.
        ...(JSON.stringify(at(key, 'HeadersConfig')) === '{"HeaderBehavior":"whitelist","Headers":["x-wall-host"]}'
          ? []
          : ['other headers than x-wall-host are sent on, or it is not in the key']),
        ...(JSON.stringify(at(key, 'QueryStringsConfig')) === '{"QueryStringBehavior":"whitelist","QueryStrings":["label","names","start"]}'
          ? []
          : ['other queries than label, names and start are sent on']),
      ];
    },
    breaks: {
      'a behaviour without the gate': (body) => {
        delete behaviour(body, 2)['FunctionAssociations'];
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
        behaviour(body, 2)['ViewerProtocolPolicy'] = 'allow-all';
      },
      'viewer headers forwarded': (body) => {
        behaviour(body, 2)['OriginRequestPolicyId'] = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
      },
      'cookies forwarded': (body) => {
        cacheKey(body)['CookiesConfig'] = { CookieBehavior: 'all' };
      },
      'a header forwarded that viewers set': (body) => {
        array(at(cacheKey(body), 'HeadersConfig', 'Headers')).push('Host');
      },
      'the host out of the key': (body) => {
        cacheKey(body)['HeadersConfig'] = { HeaderBehavior: 'none' };
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
    name: 'who may read has to be chosen',
    faults: (body) => ('Default' in object(body.Parameters['Access']) ? ['Access has a default'] : []),
    breaks: {
      'a default': (body) => {
        object(body.Parameters['Access'])['Default'] = 'public';
      },
    },
  },
];
