// The mapping templates of `GET /`, carried out by template engines over Scan answers.
//
// API Gateway runs Apache Velocity 1.7. Where Java and Debian's package `velocity` are installed it is tried, everywhere an npm package that
// means the same. The engines differ in much; the templates keep to what they agree on, and the tests show it.

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import velocity from 'amplify-velocity-template';

import type { Json, JsonObject } from './template.ts';

export interface Rendered {
  body: string;
  headers: Record<string, string>;
}

export interface Engine {
  /** Renders a template as API Gateway does it for these parameters and this body. */
  render: (template: string, parameters: Record<string, string>, body: Json) => Promise<Rendered>;
  end: () => void;
}

/** The two templates, and where they are from. */
export interface Templates {
  request: string;
  response: string;
}

/** Answers a Scan, given its parameters. */
export type Scan = (parameters: JsonObject) => Promise<JsonObject>;

/** One answer of `GET /`. */
export interface Page {
  body: string;
  /** Where the next page starts, told by `Link`. */
  next: string | undefined;
  /** What DynamoDB answered. */
  scanned: JsonObject;
}

const JARS = ['velocity', 'commons-collections3', 'commons-lang'].map((name) => `/usr/share/java/${name}.jar`);

/** The engines of this machine. */
export const ENGINES: Record<string, () => Engine> = {
  'amplify-velocity-template': inNode,
  ...(hasJava() ? { 'Velocity 1.7': inJava } : {}),
};

/** Whether Java can compile and run `Render.java`. */
function hasJava(): boolean {
  const { stdout } = spawnSync('java', ['--list-modules'], { encoding: 'utf8' }) as { stdout: string | null };
  return stdout?.includes('jdk.compiler@') === true && JARS.every((jar) => existsSync(jar));
}

/** Asks for one page as a viewer does: the request's template, the store, the response's template. */
export async function page(engine: Engine, { request, response }: Templates, scan: Scan, start?: string): Promise<Page> {
  const { body } = await engine.render(request, start === undefined ? {} : { start }, {});
  const scanned = await scan(JSON.parse(body) as JsonObject);
  const rendered = await engine.render(response, {}, scanned);
  const link = rendered.headers['Link'];
  const next = link === undefined ? undefined : /^<\?start=([A-Za-z0-9._@~:-]{1,512})>; rel=next$/.exec(link)?.[1];
  if (link !== undefined && next === undefined) throw new Error(`not a link: ${link}`);
  return { body: rendered.body, next, scanned };
}

/** Follows all pages. */
export async function pages(engine: Engine, templates: Templates, scan: Scan): Promise<Page[]> {
  const all: Page[] = [];
  let start: string | undefined;
  do {
    const one = await page(engine, templates, scan, start);
    all.push(one);
    start = one.next;
  } while (start !== undefined);
  return all;
}

function inNode(): Engine {
  return {
    render: (template, parameters, body) => {
      const headers: Record<string, string> = {};
      const context = {
        input: { params: (name: string) => parameters[name] ?? '', path: () => body },
        util: { urlDecode: (text: string) => decodeURIComponent(text.replaceAll('+', ' ')), escapeJavaScript },
        context: { responseOverride: { header: headers } },
      };
      return Promise.resolve({ body: new velocity.Compile(velocity.parse(template), { escape: false }).render(context), headers });
    },
    end: () => undefined,
  };
}

/** As Apache Commons Lang does it. */
function escapeJavaScript(text: string): string {
  return text.replaceAll(/["'\\/]|[^ -~]/g, (character) => {
    const short = { '\b': 'b', '\n': 'n', '\t': 't', '\f': 'f', '\r': 'r' }[character];
    if (short !== undefined) return `\\${short}`;
    if (/["'\\/]/.test(character)) return `\\${character}`;
    return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

function inJava(): Engine {
  const program = fileURLToPath(new URL('Render.java', import.meta.url));
  const java = spawn('java', ['-Xshare:auto', '-cp', JARS.join(':'), program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const reader = new Frames(java);
  return {
    render: async (template, parameters, body) => {
      java.stdin.write(Buffer.concat([encode(template), encode(parameters), encode(body)]));
      const rendered = await reader.text();
      const headers: Record<string, string> = {};
      for (let left = await reader.number(); left > 0; left -= 1) headers[await reader.text()] = await reader.text();
      return { body: rendered, headers };
    },
    end: () => java.stdin.end(),
  };
}

/** Reads what the Java program answers. */
class Frames {
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(program: ChildProcessByStdio<Writable, Readable, null>) {
    this.#chunks = program.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  async number(): Promise<number> {
    return (await this.#bytes(4)).readInt32BE();
  }

  async text(): Promise<string> {
    return (await this.#bytes(await this.number())).toString('utf8');
  }

  async #bytes(count: number): Promise<Buffer> {
    const parts = [this.#rest];
    let length = this.#rest.length;
    while (length < count) {
      const chunk = await this.#chunks.next();
      if (chunk.done === true) throw new Error('the program that renders templates has ended');
      parts.push(chunk.value);
      length += chunk.value.length;
    }
    const all = Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }
}

function encode(value: Json): Buffer {
  const frame = (tag: string, size: number, parts: Buffer[]): Buffer => {
    const head = Buffer.alloc(5, tag);
    head.writeInt32BE(size, 1);
    return Buffer.concat([head, ...parts]);
  };
  if (Array.isArray(value)) return frame('l', value.length, value.map(encode));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    return frame('m', entries.length, entries.flat().map(encode));
  }
  const bytes = Buffer.from(String(value), 'utf8');
  return frame('t', bytes.length, [bytes]);
}
