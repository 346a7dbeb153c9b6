// The CloudFront Functions of the template: who may read, what form ids have, which paths are routes.

import { createHash } from 'node:crypto';

import { expect, test } from '@playwright/test';

import { ENGINES, type Event, type Refusal, type Request, answer, beyondRuntime, event } from './edge.ts';
import { read, resolve, text } from './template.ts';

const template = read();

/** A function's code, as it is deployed with these parameters. */
function code(name: 'DataGate' | 'HookGate' | 'SiteGate' | 'SiteAnswer', parameters: Record<string, string>): string {
  const properties = template.Resources[name]?.Properties ?? {};
  return text(resolve(template, properties['FunctionCode'] ?? null, parameters));
}

function hash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** What a function does in one word: the status of a refusal, or the path and query that go on, as far as the API gets it. */
function outcome(result: Request | Refusal): string {
  if ('statusCode' in result) return `${result.statusCode}`;
  const query = ['start', 'names', 'label'].flatMap((name) => {
    const value = result.querystring[name];
    return value ? [`${name}=${value.value}`] : [];
  });
  return query.length > 0 ? `${result.uri}?${query.join('&')}` : result.uri;
}

const ID = 'codepipeline:eu-west-1:111122223333:shop';
const KEY = 'cXVpdGUgYSBsb25nIGtleSBvZiAxMjggYml0cw';
const OLD_KEY = 'dGhlIGtleSBiZWZvcmUgdGhpcyBvbmUsIGFzIGxvbmc';
const WITH_KEY = { Access: 'key', KeyHash: hash(KEY) };
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const basic = (pair: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

type Case = [what: string, event: Event, expected: string];

const TABLES: [what: string, name: 'DataGate' | 'SiteGate', parameters: Record<string, string>, cases: Case[]][] = [
  [
    'public data: ids are checked and written anew',
    'DataGate',
    { Access: 'public' },
    [
      ['the rows', event('/data'), '/data'],
      ['the rows with a slash', event('/data/'), '/data/'],
      ['a next page', event(`/data?start=${ID}`), `/data?start=${ID}`],
      ['an escaped next page', event(`/data?start=${encodeURIComponent(ID)}`), `/data?start=${ID}`],
      ['an empty start', event('/data?start='), '400'],
      ['two starts', event('/data?start=a&start=b'), '400'],
      ['a start with a quote', event('/data?start=a%22b'), '400'],
      ['a start with a blank', event('/data?start=a%20b'), '400'],
      ['a start with a plus', event('/data?start=a+b'), '400'],
      ['a start with a line break', event('/data?start=a%0Ab'), '400'],
      ['a start that ends in a line break', event('/data?start=a%0A'), '400'],
      ['a start escaped twice', event('/data?start=a%253Ab'), '400'],
      ['a broken escape', event('/data?start=%'), '400'],
      ['a broken character', event('/data?start=%ff'), '400'],
      ['the longest start', event(`/data?start=${'a'.repeat(512)}`), `/data?start=${'a'.repeat(512)}`],
      ['a start too long', event(`/data?start=${'a'.repeat(513)}`), '400'],
      ['a start where it means nothing', event('/data/cctray.xml?start=$x'), '400'],
      ['another query', event('/data?cache=buster'), '/data'],
      ['a pipeline', event(`/data/pipelines/${ID}`), `/data/pipelines/${ID}`],
      ['an escaped pipeline', event(`/data/pipelines/${encodeURIComponent(ID)}`), `/data/pipelines/${ID}`],
      ['every character of an id', event('/data/pipelines/Az09._@~:-'), '/data/pipelines/Az09._@~:-'],
      ['a slash inside an id', event('/data/pipelines/a%2Fb'), '400'],
      ['a pipeline too long', event(`/data/pipelines/${'a'.repeat(513)}`), '400'],
      ['a template', event('/data/pipelines/$input.body'), '400'],
      ['a pipeline with a broken escape', event('/data/pipelines/%zz'), '400'],
      ['a way up', event('/data/pipelines/..'), '400'],
      ['an escaped way up', event('/data/pipelines/%2e%2e'), '400'],
      ['a badge without its ending', event(`/data/badge/${ID}`), `/data/badge/${ID}`],
      ['an emoji', event('/data/pipelines/%F0%9F%9A%80'), '400'],
      ['no pipeline', event('/data/pipelines/'), '/data/pipelines/'],
      ['a badge', event(`/data/badge/${encodeURIComponent(ID)}.svg`), `/data/badge/${ID}.svg`],
      ['a badge of a long id', event(`/data/badge/${'a'.repeat(512)}.svg`), `/data/badge/${'a'.repeat(512)}.svg`],
      ['a badge too long', event(`/data/badge/${'a'.repeat(513)}.svg`), '400'],
      ['a badge with a quote', event('/data/badge/a%22.svg'), '400'],
      ['a badge with a label', event(`/data/badge/${ID}.svg?label=Web%20shop`), `/data/badge/${ID}.svg?label=Web%20shop`],
      ['a badge with names', event(`/data/badge/${ID}.svg?names=short`), `/data/badge/${ID}.svg`],
      ['cctray', event('/data/cctray.xml'), '/data/cctray.xml'],
      ['cctray by short names', event('/data/cctray.xml?names=short&cache=buster'), '/data/cctray.xml?names=short'],
      ['cctray with a label', event('/data/cctray.xml?label=x'), '/data/cctray.xml'],
      ['rows with names and a label', event('/data?names=short&label=x'), '/data'],
      ['a pipeline with names and a label', event(`/data/pipelines/${ID}?names=short&label=x`), `/data/pipelines/${ID}`],
      ['no route', event('/data/else'), '/data/else'],
      ['a key that nobody asked for', event('/data', bearer('x')), '/data'],
    ],
  ],
  [
    'data with a key: two keys, two ways to show them',
    'DataGate',
    { ...WITH_KEY, PreviousKeyHash: hash(OLD_KEY) },
    [
      ['no key', event('/data'), '401'],
      ['the key', event('/data', bearer(KEY)), '/data'],
      ['the key before', event('/data', bearer(OLD_KEY)), '/data'],
      ['any case of the scheme', event('/data', { authorization: `bEARER ${KEY}` }), '/data'],
      ['a wrong key', event('/data', bearer(`${KEY}x`)), '401'],
      ['a part of the key', event('/data', bearer(KEY.slice(1))), '401'],
      ['an empty key', event('/data', bearer('')), '401'],
      ['the hash itself', event('/data', bearer(hash(KEY))), '401'],
      ['the key without a scheme', event('/data', { authorization: KEY }), '401'],
      ['another scheme', event('/data', { authorization: `Digest ${KEY}` }), '401'],
      ['more than a key', event('/data', { authorization: `Bearer ${KEY} ${KEY}` }), '401'],
      ['an empty header', event('/data', { authorization: '' }), '401'],
      ['the key as a password', event('/data/cctray.xml', basic(`ada:${KEY}`)), '/data/cctray.xml'],
      ['the key as a password of nobody', event('/data/cctray.xml', basic(`:${KEY}`)), '/data/cctray.xml'],
      ['the key as a name', event('/data/cctray.xml', basic(`${KEY}:`)), '401'],
      ['a wrong password', event('/data/cctray.xml', basic('ada:lovelace')), '401'],
      ['no base64', event('/data/cctray.xml', { authorization: 'Basic %%%' }), '401'],
      ['the key in the query', event(`/data?key=${KEY}`), '401'],
      ['a pipeline without a key', event(`/data/pipelines/${ID}`), '401'],
      ['a pipeline with the key', event(`/data/pipelines/${ID}`, bearer(KEY)), `/data/pipelines/${ID}`],
      ['a badge without a key', event(`/data/badge/${ID}.svg`), '401'],
      ['no id, without a key', event('/data/pipelines/%zz'), '401'],
      ['no id, with the key', event('/data/pipelines/%zz', bearer(KEY)), '400'],
    ],
  ],
  [
    'data with one key: an empty second hash opens nothing',
    'DataGate',
    WITH_KEY,
    [
      ['the key', event('/data', bearer(KEY)), '/data'],
      ['the key before', event('/data', bearer(OLD_KEY)), '401'],
      ['no key', event('/data', basic('ada:')), '401'],
    ],
  ],
  [
    'public badges are badges only',
    'DataGate',
    { ...WITH_KEY, PublicBadges: 'true' },
    [
      ['a badge', event(`/data/badge/${ID}.svg`), `/data/badge/${ID}.svg`],
      ['no badge', event(`/data/pipelines/${ID}`), '401'],
      ['the rows', event('/data'), '401'],
      ['a way out of the folder', event(`/data/badge/../pipelines/${ID}`), '401'],
      ['an escaped way out of the folder', event(`/data/badge/..%2Fpipelines%2F${ID}`), '401'],
      ['a broken badge', event('/data/badge/%zz'), '401'],
      ['a way out by dots', event('/data/badge/..'), '401'],
    ],
  ],
  [
    'data by address',
    'DataGate',
    { Access: 'ip', AllowedCidrs: '203.0.113.0/24,198.51.100.7/32,2001:db8:1::/48,2001:db8:2::1/128' },
    [
      ['inside', event('/data', {}, '203.0.113.255'), '/data'],
      ['just below', event('/data', {}, '203.0.112.255'), '403'],
      ['just above', event('/data', {}, '203.0.114.0'), '403'],
      ['one address', event('/data', {}, '198.51.100.7'), '/data'],
      ['its neighbour', event('/data', {}, '198.51.100.6'), '403'],
      ['inside, version 6', event('/data', {}, '2001:db8:1:ffff::1'), '/data'],
      ['inside, written out', event('/data', {}, '2001:0DB8:0001:0000:0000:0000:0000:0001'), '/data'],
      ['outside, version 6', event('/data', {}, '2001:db8:3::1'), '403'],
      ['one address, version 6', event('/data', {}, '2001:db8:2::1'), '/data'],
      ['its neighbour, version 6', event('/data', {}, '2001:db8:2::2'), '403'],
      ['a key is no address', event('/data', bearer(KEY), '192.0.2.1'), '403'],
      ['a header is no address', event('/data', { 'x-forwarded-for': '203.0.113.1' }, '192.0.2.1'), '403'],
      ['a badge', event(`/data/badge/${ID}.svg`, {}, '192.0.2.1'), '403'],
    ],
  ],
  [
    'no range admits nobody, and no number of bits nobody but one',
    'DataGate',
    { Access: 'ip', AllowedCidrs: '' },
    [
      ['version 4', event('/data', {}, '0.0.0.0'), '403'],
      ['version 6', event('/data', {}, '::'), '403'],
    ],
  ],
  [
    'the site: pages of plain words are routes',
    'SiteGate',
    { Access: 'key' },
    [
      ['the wall', event('/', { accept: 'text/html,*/*' }), '/index.html'],
      ['a route', event('/teams/a-b_c', { accept: 'text/html' }), '/index.html'],
      ['a file', event('/wall-1a2b3c4d5e6f7a8b_bg.wasm', { accept: '*/*' }), '/wall-1a2b3c4d5e6f7a8b_bg.wasm'],
      ['a file that begins like the data', event('/database.css', { accept: '*/*' }), '/database.css'],
      ['a page that is a file', event('/about.html', { accept: 'text/html' }), '/about.html'],
      ['no page, no file', event('/teams/data', { accept: 'application/json' }), '/teams/data'],
      ['no Accept', event('/teams'), '/teams'],
      ['a route with an escape', event('/a%2Fb', { accept: 'text/html' }), '/a%2Fb'],
    ],
  ],
  [
    'the site by address',
    'SiteGate',
    { Access: 'ip', AllowedCidrs: '0.0.0.0/0' },
    [
      ['inside', event('/app.js', {}, '192.0.2.1'), '/app.js'],
      ['outside', event('/app.js', {}, '2001:db8::1'), '403'],
      ['outside, a route', event('/', { accept: 'text/html' }, '2001:db8::1'), '403'],
    ],
  ],
];

for (const [engine, run] of Object.entries(ENGINES)) {
  for (const [what, name, parameters, cases] of TABLES) {
    test(`${what}, in ${engine}`, () => {
      const answers = run(code(name, parameters), structuredClone(cases.map(([, one]) => one)));
      const told = answers.map((result, index) => [cases[index]?.[0], outcome(result)]);
      expect(told).toEqual(cases.map(([of, , expected]) => [of, expected]));
    });
  }

  test(`the key goes no further than the gate, in ${engine}`, () => {
    for (const Access of ['public', 'key']) {
      const [result] = run(code('DataGate', { ...WITH_KEY, Access }), [event('/data', { ...bearer(KEY), host: 'wall.example' })]);
      expect(result).toMatchObject({ headers: { host: { value: 'wall.example' } } });
      expect(result?.headers['authorization']).toBeUndefined();
    }
  });

  test(`only the gate says where the wall is, and only to cctray.xml, in ${engine}`, () => {
    const headers = { host: 'wall.example', 'x-wall-host': 'evil.example' };
    const urls = ['/data/cctray.xml', '/data', '/data/', `/data/pipelines/${ID}`, `/data/badge/${ID}.svg`, '/data/cctray.xml/', '/data/else'];
    const answers = run(code('DataGate', { Access: 'public' }), urls.map((url) => event(url, headers)));
    expect(answers.map((result, index) => [urls[index], result.headers['x-wall-host']?.value])).toEqual(
      urls.map((url) => [url, url === '/data/cctray.xml' ? 'wall.example' : undefined]),
    );
    const [without] = run(code('DataGate', { Access: 'public' }), [event('/data/cctray.xml', { 'x-wall-host': 'evil.example' })]);
    expect(without).toMatchObject({ uri: '/data/cctray.xml', headers: {} });
  });

  test(`a refusal is JSON that nobody keeps and that opens no dialog over the wall, in ${engine}`, () => {
    const [rows, cctray] = run(code('DataGate', WITH_KEY), [event('/data'), event('/data/cctray.xml')]);
    expect(rows).toEqual({
      statusCode: 401,
      statusDescription: 'Unauthorized',
      headers: {
        'content-type': { value: 'application/json' },
        'cache-control': { value: 'no-store' },
        'x-content-type-options': { value: 'nosniff' },
        'www-authenticate': { value: 'Bearer realm="pipelines-dashboard"' },
      },
      body: '{"error":"the access key is missing or wrong"}',
    });
    // Readers of cctray.xml show a password only when they are asked for one.
    expect(cctray?.headers['www-authenticate']).toEqual({ value: 'Basic realm="pipelines-dashboard"' });
  });

  test(`hooks pass and nothing else does, in ${engine}`, () => {
    const cases: [url: string, method: string, expected: string][] = [
      ['/data/hooks/github', 'POST', '/data/hooks/github'],
      ['/data/hooks/gitlab', 'POST', '/data/hooks/gitlab'],
      ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'post'].map((method): [string, string, string] => ['/data/hooks/github', method, '405']),
      ...['/data/hooks/', '/data/hooks/jenkins', '/data/hooks/github/', '/data/hooks/github%0A', '/data/hooks/../data', '/data/hooks/GitHub', '/data']
        .map((url): [string, string, string] => [url, 'POST', '404']),
    ];
    for (const Access of ['public', 'key', 'ip']) {
      const events = cases.map(([url, method]) => {
        const one = event(url, { ...bearer(KEY), 'x-gitlab-token': 'swordfish' });
        return { ...one, request: { ...one.request, method } };
      });
      const answers = run(code('HookGate', { ...WITH_KEY, Access, AllowedCidrs: '203.0.113.0/24', Hooks: 'true' }), events);
      expect(answers.map((result, index) => [...(cases[index] ?? []).slice(0, 2), outcome(result)])).toEqual(cases);
      expect(answers[0]).toMatchObject({ headers: { 'x-gitlab-token': { value: 'swordfish' } } });
      expect(answers[0]?.headers['authorization']).toBeUndefined();
      expect(answers[2]?.headers['allow']).toEqual({ value: 'POST' });
    }
  });

  test(`televisions that know no wasm-unsafe-eval get the older word, in ${engine}`, () => {
    const csp = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'";
    const old = csp.replace('wasm-unsafe-eval', 'unsafe-eval');
    const agents: [agent: string | undefined, expected: string][] = [
      ['Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36', old],
      ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.0.0 Safari/537.36', old],
      ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/97.0.0.0 Safari/537.36', csp],
      ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', csp],
      ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', csp],
      ['Chrome/', csp],
      [undefined, csp],
    ];
    const events = agents.map(([agent]) => answer(agent, { 'content-security-policy': csp }));
    const answers = run(code('SiteAnswer', {}), events);
    expect(answers.map(({ headers }, index) => [agents[index]?.[0], headers['content-security-policy']?.value])).toEqual(agents);
    const [without] = run(code('SiteAnswer', {}), [answer('Chrome/83.0', {})]);
    expect(without?.headers).toEqual({});
  });
}

test('the functions keep to what the runtime has', () => {
  const biggest = { Access: 'ip', KeyHash: hash(KEY), PreviousKeyHash: hash(OLD_KEY), AllowedCidrs: '203.0.113.0/24,'.repeat(273) };
  for (const name of ['DataGate', 'HookGate', 'SiteGate', 'SiteAnswer'] as const) {
    expect(beyondRuntime(code(name, biggest))).toEqual([]);
    expect(Buffer.byteLength(code(name, biggest)), 'CloudFront takes 10 KB').toBeLessThanOrEqual(10_240);
  }
  expect(beyondRuntime('const {a} = b; for (const c of a) {} f(...a); a?.b; a.at(1); class D {}')).toEqual(
    expect.arrayContaining(['ObjectPattern', 'ForOfStatement', 'SpreadElement', 'ChainExpression', '.at', 'ClassDeclaration']),
  );
});

test('the parameter takes ranges and nothing that is code', () => {
  const pattern = new RegExp(text(template.Parameters['AllowedCidrs']?.['AllowedPattern']));
  for (const good of ['', '203.0.113.0/24', '::/0', '2001:db8::/32', '203.0.113.0/24,2001:db8:1:2:3:4:5:6/128']) expect(good).toMatch(pattern);
  for (const bad of ['203.0.113.0', "1.2.3.4/8'", '1.2.3.4/8, 5.6.7.8/8', '::', 'a/8', "','", '1.2.3.4/8\n']) expect(bad).not.toMatch(pattern);
});
