// The local server under test: every test has one of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { Run } from './event.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = process.env['PIPELINES_DASHBOARD_LOCAL'] ?? `${root}target/debug/pipelines-dashboard-local`;
const site = process.env['PIPELINES_DASHBOARD_SITE'] ?? `${root}dist`;

export interface Answer {
  accepted: number;
  ignored: number;
  rejected: { index: number; error: string }[];
}

export class Server {
  #process: ChildProcess | undefined;
  #port = 0;
  readonly #arguments: string[];

  /** Keeps events in memory, or in the file `data`. */
  constructor(...more: string[]) {
    this.#arguments = more;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Resolves when the server answers; a second time, at the same address. */
  async start(): Promise<void> {
    const child = spawn(program, ['--bind', '127.0.0.1', '--port', String(this.#port), '--site', site, ...this.#arguments], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const line = await new Promise<string>((resolve, reject) => {
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        if (out.includes('\n')) resolve(out.trim());
      });
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`the server ended with ${code ?? 'a signal'} before it answered:\n${log}`));
      });
    });
    this.#port = Number(new URL(line).port);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Posts whole runs or single events; all of them must be accepted. */
  async post(...what: unknown[]): Promise<void> {
    const events = what.flatMap((one) => (one instanceof Run ? one.events : [one]));
    const answer = await this.offer(JSON.stringify(events));
    if (answer.accepted !== events.length) throw new Error(`not all of ${events.length} events were accepted: ${JSON.stringify(answer)}`);
  }

  /** Posts a body as it is and gives back what the server says of it. */
  async offer(body: string): Promise<Answer> {
    const response = await fetch(`${this.url}events`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    if (response.status !== 202) throw new Error(`status ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }
}
