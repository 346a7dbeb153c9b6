// Which events the rule passes on.

import { readFileSync, readdirSync } from 'node:fs';

import { takes } from '../pattern.ts';
import { type Json, type JsonObject, array, at, object, resolve, text } from '../template.ts';
import { type Rule, RESOLVED, properties } from './rule.ts';

const FIXTURES = new URL('../../../model/tests/fixtures/', import.meta.url);
const HEARTBEAT = 'heartbeat/heartbeat';

/** All events that the adapters are tried with, by their names. */
const EVENTS: [string, JsonObject][] = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json'))
  .map((path) => [path.replace('.json', ''), object(JSON.parse(readFileSync(new URL(path, FIXTURES), 'utf8')) as Json)]);

/** What has no business in the function, though its source is followed. */
const NOISE = ['codebuild/ignored-of-a-pipeline', 'codedeploy/ignored-instance', 'github/ignored-check-run', 'gitlab/ignored-deployment'];

export const SOURCES: Rule[] = [
  {
    name: 'the rule passes the heartbeat and what is chosen, and nothing else',
    faults: (body) => {
      const known = [...new Set(EVENTS.map(([, event]) => text(event['source'])))].sort();
      // CloudFormation holds each name of the list against the pattern.
      const allowed = /^\^\((.*)\)\$$/.exec(text(at(body.Parameters['Sources'], 'AllowedPattern')))?.[1]?.replaceAll('\\', '').split('|') ?? [];
      const passed = (chosen: string[]): string[] => {
        const pattern = object(resolve(body, properties(body, 'Rule')['EventPattern'] ?? null, { ...RESOLVED, Sources: chosen.join(',') }));
        return EVENTS.filter(([, event]) => takes(pattern, event)).map(([name]) => name);
      };
      const wanted = (chosen: string[]): string[] =>
        EVENTS.filter(([name, event]) => name === HEARTBEAT || (chosen.includes(text(event['source'])) && !NOISE.includes(name))).map(([name]) => name);
      const differing = (chosen: string[]): string[] => {
        const [found, expected] = [passed(chosen), wanted(chosen)];
        return [...new Set([...found, ...expected])]
          .filter((name) => found.includes(name) !== expected.includes(name))
          .map((name) => `${chosen.join(' and ')}: ${name} is ${found.includes(name) ? 'passed' : 'kept out'}`);
      };
      return [
        ...(JSON.stringify([...allowed].sort()) === JSON.stringify(known) ? [] : [`${allowed.join(', ')} can be chosen, ${known.join(', ')} are known`]),
        ...(at(body.Parameters['Sources'], 'Default') === 'aws.codepipeline,pipelines-dashboard' ? [] : ['others are followed than were chosen']),
        ...[...known.map((source) => [source]), known].flatMap(differing),
      ];
    },
    breaks: {
      'a source that nobody chose': (body) => {
        pattern(body, 1)['source'] = ['aws.codepipeline', 'jenkins'];
      },
      'any source': (body) => {
        delete pattern(body, 1)['source'];
      },
      'no heartbeat where pipelines-dashboard is not chosen': (body) => {
        pattern(body, 0)['source'] = { Ref: 'Sources' };
      },
      'a type less': (body) => {
        array(pattern(body, 1)['detail-type']).shift();
      },
      'any type': (body) => {
        delete pattern(body, 1)['detail-type'];
      },
      "a pipeline's builds": (body) => {
        delete pattern(body, 2)['detail'];
      },
      'a source that has no adapter': (body) => {
        object(body.Parameters['Sources'])['AllowedPattern'] = '^(aws\\.codepipeline|aws\\.ec2)$';
      },
    },
  },
];

function pattern(body: Parameters<Rule['faults']>[0], index: number): JsonObject {
  return object(at(properties(body, 'Rule'), 'EventPattern', '$or', index));
}
