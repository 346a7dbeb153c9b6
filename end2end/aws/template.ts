// The CloudFormation template as data, and what CloudFormation would make of its functions.

import { readFileSync } from 'node:fs';

import { isAlias, isMap, isScalar, isSeq, parseDocument, type ParsedNode } from 'yaml';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

export interface Resource {
  Type: string;
  Properties: JsonObject;
  [attribute: string]: Json;
}

export interface Body {
  Parameters: Record<string, JsonObject>;
  Conditions: Record<string, Json>;
  Mappings: JsonObject;
  Resources: Record<string, Resource>;
  Outputs: Record<string, JsonObject>;
}

export const TEMPLATE = new URL('../../infra/template.yaml', import.meta.url);

/** A template with the short forms (`!Ref x`) written out (`{"Ref": "x"}`). */
export function read(file: URL = TEMPLATE): Body {
  return parse(readFileSync(file, 'utf8'));
}

/** The same of a text. */
export function parse(source: string): Body {
  const document = parseDocument(source, { logLevel: 'error' });
  if (document.errors.length > 0 || document.contents === null) throw new Error(document.errors.join('\n'));
  return plain(document.contents) as unknown as Body;
}

/** What the template's JSON value is once its functions are carried out. Attributes of resources become `Resource.Attribute`. */
export function resolve(body: Body, value: Json, parameters: Record<string, string> = {}): Json {
  const go = (inner: Json): Json => resolve(body, inner, parameters);
  if (Array.isArray(value)) return value.map(go).filter((item) => item !== NOTHING);
  if (value === null || typeof value !== 'object') return value;
  const [name, argument] = only(value);
  if (name !== '') {
    const list = Array.isArray(argument) ? argument : [argument];
    switch (name) {
      case 'Ref':
        return reference(body, text(argument), parameters);
      case 'Fn::GetAtt':
        return list.map(text).join('.');
      case 'Fn::Sub':
        return substitute(body, text(list[0]), object(go(list[1] ?? {})), parameters);
      case 'Fn::Select':
        return array(go(list[1] ?? []))[Number(list[0])] ?? null;
      case 'Fn::Split':
        return text(go(list[1] ?? '')).split(text(list[0]));
      case 'Fn::Join':
        return array(go(list[1] ?? [])).map(text).join(text(list[0]));
      case 'Fn::FindInMap':
        return list.reduce<Json>((map, key) => object(map)[text(key)] ?? null, body.Mappings);
      case 'Fn::If':
        return go((holds(body, { Condition: list[0] ?? null }, parameters) ? list[1] : list[2]) ?? null);
      default:
        if (name.startsWith('Fn::')) throw new Error(`${name} is not known here`);
    }
  }
  const entries = Object.entries(value).map(([key, inner]) => [key, go(inner)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== NOTHING));
}

/** Whether a condition holds. */
export function holds(body: Body, condition: Json, parameters: Record<string, string> = {}): boolean {
  const [name, argument] = only(object(condition));
  const list = Array.isArray(argument) ? argument : [argument];
  switch (name) {
    case 'Condition':
      return holds(body, body.Conditions[text(argument)] ?? null, parameters);
    case 'Fn::Equals':
      return resolve(body, list[0] ?? null, parameters) === resolve(body, list[1] ?? null, parameters);
    case 'Fn::Not':
      return !holds(body, list[0] ?? null, parameters);
    default:
      throw new Error(`the condition ${name} is not known here`);
  }
}

/** The resources of one type. */
export function ofType(body: Body, type: string): [string, JsonObject][] {
  return Object.entries(body.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([name, resource]) => [name, resource.Properties]);
}

export function object(value: Json | undefined): JsonObject {
  if (value === null || value === undefined || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`not an object: ${JSON.stringify(value)}`);
  }
  return value;
}

/** A list, also where one thing stands for a list of one and nothing for an empty one. */
export function array(value: Json | undefined): Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function text(value: Json | undefined): string {
  if (typeof value === 'object' || value === undefined) throw new Error(`not a text: ${JSON.stringify(value)}`);
  return String(value);
}

/** The value at a path of keys, `undefined` where the path ends early. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (inner === null || typeof inner !== 'object') return undefined;
    return Array.isArray(inner) ? inner[Number(key)] : inner[key];
  }, value);
}

const NOTHING = '\u0000AWS::NoValue';

const PSEUDO = new Map(Object.entries({
  'AWS::AccountId': '111122223333',
  'AWS::NoValue': NOTHING,
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::StackId': 'arn:aws:cloudformation:eu-west-1:111122223333:stack/wall/6f1c8f0e-2d0b-4c39-9d3e-5a0a3c1f7b11',
  'AWS::StackName': 'wall',
  'AWS::URLSuffix': 'amazonaws.com',
}));

/** An object's one key and its value; no key where there are more or none. */
function only(value: JsonObject): [string, Json] {
  const [first, ...others] = Object.entries(value);
  return first && others.length === 0 ? first : ['', null];
}

function reference(body: Body, name: string, parameters: Record<string, string>): Json {
  const pseudo = PSEUDO.get(name);
  if (pseudo !== undefined) return parameters[name] ?? pseudo;
  const parameter = body.Parameters[name];
  if (parameter !== undefined) {
    const value = parameters[name] ?? parameter['Default'];
    if (value === undefined) throw new Error(`the parameter ${name} has no value`);
    return parameter['Type'] === 'CommaDelimitedList' ? text(value).split(',') : value;
  }
  if (!(name in body.Resources)) throw new Error(`there is no ${name}`);
  return name;
}

function substitute(body: Body, pattern: string, own: JsonObject, parameters: Record<string, string>): string {
  return pattern.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    const value = own[name] ?? (name.includes('.') ? name : reference(body, name, parameters));
    return text(value);
  });
}

function plain(node: ParsedNode): Json {
  if (isAlias(node)) throw new Error('CloudFormation knows no aliases');
  const value = isMap(node)
    ? Object.fromEntries(node.items.map(({ key, value: inner }) => [text(plain(key)), inner === null ? null : plain(inner)]))
    : isSeq(node)
      ? node.items.map(plain)
      : scalar(node);
  const tag = node.tag;
  if (tag === undefined || !tag.startsWith('!')) return value;
  const name = tag.slice(1);
  if (name === 'GetAtt' && typeof value === 'string') return { 'Fn::GetAtt': value.split('.') };
  return { [['Ref', 'Condition'].includes(name) ? name : `Fn::${name}`]: value };
}

function scalar(node: ParsedNode): Json {
  if (!isScalar(node)) throw new Error('a node of another kind');
  const { value } = node;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`a scalar of another type: ${node.source}`);
}
