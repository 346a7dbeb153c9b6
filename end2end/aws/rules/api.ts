// What the API answers.

import { type JsonObject, array, at, object, ofType, text } from '../template.ts';
import { type Rule, isError, distribution, properties, responsesOfTiles } from './rule.ts';

export const API: Rule[] = [
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
      const named = JSON.stringify(at(properties(body, 'ApiDeployment'), 'Description', 'Fn::If', 1) ?? '');
      // What has a condition can't be a dependency by name; the deployment speaks of it on the same condition.
      const held = (name: string): boolean =>
        array(at(body.Resources['ApiDeployment'], 'DependsOn')).includes(name) ||
        (body.Resources[name]?.['Condition'] === at(properties(body, 'ApiDeployment'), 'Description', 'Fn::If', 0) && named.includes(`\${${name}}`));
      return ['AWS::ApiGateway::Method', 'AWS::ApiGateway::GatewayResponse']
        .flatMap((type) => ofType(body, type).map(([name]) => name))
        .filter((name) => !held(name))
        .map((name) => `${name} may be made after the deployment`);
    },
    breaks: {
      'one method less': (body) => {
        array(at(body.Resources['ApiDeployment'], 'DependsOn')).shift();
      },
      'one method less on a condition': (body) => {
        delete properties(body, 'ApiDeployment')['Description'];
      },
      'a method on another condition': (body) => {
        object(body.Resources['TakeHook'])['Condition'] = 'LogsAccess';
      },
    },
  },
];
