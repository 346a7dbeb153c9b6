// What a rule is, and the places of the template that rules look at and break.

import { type Json, type JsonObject, type Body, array, at, object, resolve, text } from '../template.ts';

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

const READER = 'arn:aws:iam::222233334444:role/pipelines-dashboard/us-east-1/forwarder-ReaderRole';

export const RESOLVED = { Access: 'key', CodeBucket: 'code', CodeKey: 'zip', AlarmEmail: 'ada@example.com', AccessLogs: 'create-role', Hooks: 'true', NewsTopic: 'true', ReconcileRoles: READER };

/** The statements of all policies but those that say who assumes a role. */
export function statements(body: Body): Statement[] {
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

export function isWithoutTls(condition: JsonObject): boolean {
  return at(condition, 'Bool', 'aws:SecureTransport') === 'false';
}

export function isError(template: Json | undefined): boolean {
  try {
    const error = at(JSON.parse(text(template)) as Json, 'error');
    return typeof error === 'string' && error !== '';
  } catch {
    return false;
  }
}

export function properties(body: Body, name: string): JsonObject {
  const resource = body.Resources[name];
  if (!resource) throw new Error(`there is no ${name}`);
  return resource.Properties;
}

export function policy(body: Body, role: string, index = 0): JsonObject {
  return object(at(properties(body, role), 'Policies', 0, 'PolicyDocument', 'Statement', index));
}

export function trust(body: Body, role: string): JsonObject {
  return object(at(properties(body, role), 'AssumeRolePolicyDocument', 'Statement', 0));
}

export function statement(body: Body, name: string): JsonObject {
  return object(at(properties(body, name), 'PolicyDocument', 'Statement', 0));
}

export function distribution(body: Body): JsonObject {
  return object(properties(body, 'Distribution')['DistributionConfig']);
}

export function behaviour(body: Body, index: number): JsonObject {
  return object(at(distribution(body), 'CacheBehaviors', index));
}

export function cacheKey(body: Body): JsonObject {
  return object(at(properties(body, 'DataCache'), 'CachePolicyConfig', 'ParametersInCacheKeyAndForwardedToOrigin'));
}

export function responsesOfTiles(body: Body): Json[] {
  return array(at(properties(body, 'GetTiles'), 'Integration', 'IntegrationResponses'));
}
