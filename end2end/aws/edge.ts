// CloudFront Functions, carried out in node and, where it is installed, in njs.
//
// CloudFront's runtime 2.0 is ECMAScript 5.1 with a list of newer things. What isn't on the list is refused here by syntax and by name, so
// that a function can't come to depend on what only node has.
// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html>

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

import { parse, type Node } from 'acorn';

export interface Request {
  method: string;
  uri: string;
  querystring: Record<string, Value>;
  headers: Record<string, Value>;
  cookies: Record<string, Value>;
}

export interface Value {
  value: string;
  multiValue?: { value: string }[];
}

export interface Refusal {
  statusCode: number;
  statusDescription: string;
  headers: Record<string, Value>;
  body: string;
}

export interface Event {
  version: string;
  context: { eventType: 'viewer-request' | 'viewer-response' };
  viewer: { ip: string };
  request: Request;
  response?: { statusCode: number; headers: Record<string, Value> };
}

export type Engine = (code: string, events: Event[]) => (Request | Refusal)[];

/** What CloudFront would hand over for a viewer's request. */
export function event(url: string, headers: Record<string, string> = {}, ip = '198.51.100.7'): Event {
  const [uri = '', query = ''] = url.split('?');
  const querystring: Record<string, Value> = {};
  for (const [name = '', value = ''] of query.split('&').map((pair) => pair.split('=')).filter(([name]) => name !== '')) {
    const known = querystring[name];
    const multiValue = [...(known?.multiValue ?? (known ? [{ value: known.value }] : [])), { value }];
    querystring[name] = known ? { value, multiValue } : { value };
  }
  return {
    version: '1.0',
    context: { eventType: 'viewer-request' },
    viewer: { ip },
    request: {
      method: 'GET',
      uri,
      querystring,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }])),
      cookies: {},
    },
  };
}

/** What CloudFront would hand over with the answer that a viewer gets, its headers' policy carried out. */
export function answer(agent: string | undefined, headers: Record<string, string>): Event {
  const asked = event('/', agent === undefined ? {} : { 'user-agent': agent });
  const values = Object.entries(headers).map(([name, value]) => [name, { value }]);
  return { ...asked, context: { eventType: 'viewer-response' }, response: { statusCode: 200, headers: Object.fromEntries(values) as Record<string, Value> } };
}

/** The engines of this machine. */
export const ENGINES: Record<string, Engine> = { node: inNode, ...(spawnSync('njs', ['-v']).status === 0 ? { njs: inNjs } : {}) };

/** Names and syntax that the runtime does not have, as far as they can be told. */
export function beyondRuntime(code: string): string[] {
  const found: string[] = [];
  walk(parse(code, { ecmaVersion: 2020, sourceType: 'script' }), (node) => {
    if (!SYNTAX.has(node.type)) found.push(node.type);
    if (node.type === 'MemberExpression' && 'property' in node && 'computed' in node && node.computed === false) {
      const { name } = node.property as { name: string };
      if (!NAMES.has(name)) found.push(`.${name}`);
    }
    if (node.type === 'LogicalExpression' && 'operator' in node && node.operator === '??') found.push('??');
  });
  return found;
}

// All statements, operators and literals of ES 5.1, and of what is newer let, const, arrow functions and template literals.
const SYNTAX = new Set(
  `Program ExpressionStatement BlockStatement EmptyStatement ReturnStatement LabeledStatement BreakStatement ContinueStatement IfStatement
  SwitchStatement SwitchCase ThrowStatement TryStatement CatchClause WhileStatement DoWhileStatement ForStatement ForInStatement
  FunctionDeclaration VariableDeclaration VariableDeclarator FunctionExpression ArrowFunctionExpression ThisExpression ArrayExpression
  ObjectExpression Property UnaryExpression UpdateExpression BinaryExpression AssignmentExpression LogicalExpression MemberExpression
  ConditionalExpression CallExpression NewExpression SequenceExpression Identifier Literal TemplateLiteral TemplateElement`.split(/\s+/),
);

// Methods and properties that the runtime's page lists, as far as they are used, and the fields of events.
const NAMES = new Set(
  `concat createHash digest exec from indexOf join length map multiValue padStart push replace slice some split startsWith stringify test
  toLowerCase toString update
  accept allow authorization headers host ip label method names querystring request response start uri value viewer`.split(/\s+/),
);

function inNode(code: string, events: Event[]): (Request | Refusal)[] {
  const modules: Record<string, unknown> = { crypto: { createHash } };
  const context = createContext(
    { require: (name: string) => modules[name], Buffer: { from: (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding) } },
    { codeGeneration: { strings: false, wasm: false } },
  );
  // Nothing of these is on the runtime's list.
  const missing = ['Map', 'Set', 'WeakMap', 'WeakSet', 'Proxy', 'Reflect', 'BigInt', 'Intl', 'WebAssembly', 'SharedArrayBuffer', 'Atomics'];
  runInContext(missing.map((name) => `delete globalThis.${name};`).join(''), context);
  return JSON.parse(String(runInContext(script(code, events), context, { timeout: 10_000 }))) as (Request | Refusal)[];
}

function inNjs(code: string, events: Event[]): (Request | Refusal)[] {
  const folder = mkdtempSync(join(tmpdir(), 'edge-'));
  try {
    const file = join(folder, 'function.js');
    const result = join(folder, 'result.json');
    writeFileSync(file, `${code}\nrequire('fs').writeFileSync(${JSON.stringify(result)}, ${expression(events)});`);
    execFileSync('njs', [file]);
    return JSON.parse(readFileSync(result, 'utf8')) as (Request | Refusal)[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function script(code: string, events: Event[]): string {
  return `${code}\n${expression(events)};`;
}

function expression(events: Event[]): string {
  return `JSON.stringify(${JSON.stringify(events)}.map(handler))`;
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of Object.values(node).flat() as unknown[]) {
    if (child !== null && typeof child === 'object' && 'type' in child) walk(child as Node, visit);
  }
}
