// docs/openapi.yaml is OpenAPI, and what the local server answers is what it says; no more, either.

import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';

import { expect, test } from '@playwright/test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

import { Server } from '../server.ts';
import { type Json, type JsonObject, array, at, object, text } from './template.ts';

const SECRET = 'correct horse battery staple';
const FIXTURES = new URL('../../model/tests/fixtures/', import.meta.url);
const source = readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8');
const api = object(parse(source) as Json);

const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
ajv.addSchema({ ...closed(api), $id: 'api' });

/** The description with objects that may hold nothing that it doesn't name: a reader takes more, but more has to be told. */
function closed(value: Json): JsonObject {
  const close = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(close);
    if (inner === null || typeof inner !== 'object') return inner;
    const own = Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, close(one)]));
    return own['type'] === 'object' && 'properties' in own ? { ...own, additionalProperties: false } : own;
  };
  return object(close(value));
}

/** A pointer into the description, its references followed. */
function find(pointer: string): string {
  const parts = pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const reference = at(api, ...parts, '$ref');
  return reference === undefined ? pointer : find(text(reference).slice(1));
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function schema(pointer: string): ValidateFunction {
  const found = ajv.getSchema(`api#${encodeURI(pointer)}`);
  if (!found) throw new Error(`there is no ${pointer}`);
  return found;
}

const server = new Server('--hook-secret', 'HOOK_SECRET');
const told = new Set<string>();

/** Asks, and holds the answer against what the description says of it. */
async function ask(operation: string, path: string, expected: number, init: RequestInit = {}): Promise<Response> {
  const [method = '', route = ''] = operation.split(' ');
  const answer = await fetch(`${server.url.slice(0, -1)}${path}`, { ...init, method: method.toUpperCase() });
  expect(answer.status, `${operation}: ${path}`).toBe(expected);
  const responses = `/paths/${escaped(route)}/${method}/responses`;
  expect(Object.keys(object(at(api, 'paths', route, method, 'responses'))), operation).toContain(String(expected));
  told.add(`${operation} ${expected}`);
  const response = find(`${responses}/${expected}`);
  const description = response.split('/').slice(1).reduce<Json | undefined>((inner, key) => at(inner, key.replaceAll('~1', '/')), api);

  const body = await answer.clone().text();
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  expect(Object.keys(object(at(description, 'content'))), `${operation} ${expected}`).toEqual([type]);
  check(`${response}/content/${escaped(type)}/schema`, type === 'application/json' ? (JSON.parse(body) as Json) : body);
  for (const name of Object.keys(object(at(description, 'headers') ?? {}))) {
    const value = answer.headers.get(name);
    if (name !== 'Link' || value !== null) check(`${find(`${response}/headers/${name}`)}/schema`, value);
  }
  return answer;
}

function check(pointer: string, value: Json): void {
  const validate = schema(pointer);
  const holds = validate(value);
  expect(validate.errors ?? [], `${pointer}: ${JSON.stringify(value).slice(0, 500)}`).toEqual([]);
  expect(holds).toBe(true);
}

test.beforeAll(async () => {
  process.env['HOOK_SECRET'] = SECRET;
  await server.start();
});

test.afterAll(async () => {
  await server.kill();
});

test('the description is OpenAPI 3.1', async () => {
  const result = await new Validator().validate(source);
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test('each answer is what the description says', async () => {
  const names = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  const events = names.map((name) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as JsonObject);
  const post = async (status: number, body: string): Promise<Response> => ask('post /events', '/events', status, { body });
  await post(202, JSON.stringify(events));
  await post(202, '[5, {"source": "aws.ec2"}]');
  await post(400, 'no JSON');
  await post(413, ' '.repeat(1024 * 1024 + 1));

  const rows = (await (await ask('get /data', '/data', 200)).json()) as Json;
  expect(array(rows).length).toBeGreaterThan(12);
  await ask('get /data', '/data?start=nonsense', 400);
  for (const row of array(rows)) {
    const id = text(at(row, 'id'));
    await ask('get /data/pipelines/{id}', `/data/pipelines/${id}`, 200);
    await ask('get /data/badge/{id}.svg', `/data/badge/${id}.svg`, 200);
  }
  await ask('get /data/pipelines/{id}', '/data/pipelines/a:b:c:d', 404);
  await ask('get /data/pipelines/{id}', '/data/pipelines/nonsense', 400);
  await ask('get /data/badge/{id}.svg', '/data/badge/a:b:c:d.svg', 200);
  await ask('get /data/badge/{id}.svg', '/data/badge/a:b:c:d.svg?label=Depot', 200);
  await ask('get /data/cctray.xml', '/data/cctray.xml', 200);
  await ask('get /data/cctray.xml', '/data/cctray.xml?names=short', 200);
  await ask('get /data/cctray.xml', '/data/cctray.xml?names=long', 400);

  const hook = async (status: number, kind: string, body: string, headers: Record<string, string>, sender = 'github'): Promise<Response> =>
    ask('post /data/hooks/{sender}', `/data/hooks/${sender}`, status, { body, headers: { 'x-github-event': kind, ...headers } });
  const signed = (body: string): Record<string, string> => ({ 'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}` });
  const run = JSON.stringify(at(events[names.indexOf('github/run-completed-failure.json')], 'detail'));
  await hook(202, 'workflow_run', run, signed(run));
  await hook(202, 'ping', '{}', signed('{}'));
  await hook(400, 'workflow_run', '{', signed('{'));
  await hook(401, 'workflow_run', run, {});
  await hook(404, 'workflow_run', run, {}, 'jenkins');
  await hook(202, 'workflow_run', ' '.repeat(6 * 1024 * 1024 + 1), {});
  await hook(202, 'workflow_run', '{}', signed('{}'));
  await hook(415, 'workflow_run', 'payload=', signed('payload='));

  // What is out of order can't be had by asking; infra/backend and infra/local try that.
  const described = Object.entries(object(api['paths'])).flatMap(([route, methods]) =>
    Object.entries(object(methods)).flatMap(([method, one]) => Object.keys(object(at(one, 'responses'))).map((status) => `${method} ${route} ${status}`)),
  );
  expect(described.filter((one) => !/ (503|default)$/.test(one)).sort()).toEqual([...told].sort());
});

test('a next page is linked as the description says', async () => {
  const events = Array.from({ length: 1001 }, (_, index) => ({
    source: 'pipelines-dashboard',
    'detail-type': 'Run',
    account: '111122223333',
    region: 'eu-west-1',
    time: '2026-11-23T09:14:02Z',
    detail: { pipeline: `p${index}`, run: 1, status: 'succeeded' },
  }));
  for (let first = 0; first < events.length; first += 500) await server.post(...events.slice(first, first + 500));
  const answer = await ask('get /data', '/data', 200);
  const link = /^<(.*)>; rel=next$/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
  expect(link).toContain('?start=');
  await ask('get /data', `/data${link}`, 200);
});

test('what is not described is found', () => {
  const [tile, failure] = [schema('/components/schemas/Tile'), schema('/components/schemas/Failure')];
  const good = { id: 'a:b:c:d', name: 'd', status: 'FAILED', run: { id: '1', started: '2026-11-23T09:14:02Z', ended: '2026-11-23T09:14:02Z' } };
  expect(tile(good)).toBe(true);
  for (const more of [{ colour: 'red' }, { status: 'failed' }, { id: 'd' }, { run: { id: '1', started: '2026-11-23T09:14:02Z' } }, { failing_since: 'now' }]) {
    expect(tile({ ...good, ...more }), JSON.stringify(more)).toBe(false);
  }
  expect(failure({ error: '' })).toBe(false);
});
