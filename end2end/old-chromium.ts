// Chromium 83 of May 2020: older than every television the wall is meant for.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

import { type Browser, type Page, chromium } from '@playwright/test';

export class OldChromium {
  readonly browser: Browser;
  readonly #process: ChildProcess;
  readonly #profile: string;

  private constructor(browser: Browser, process: ChildProcess, profile: string) {
    this.browser = browser;
    this.#process = process;
    this.#profile = profile;
  }

  static async start(): Promise<OldChromium> {
    const profile = mkdtempSync(join(tmpdir(), 'chromium-83-'));
    const child = spawn(
      unpacked(),
      [
        // Made for a sandbox without processes and devices; it starts only so.
        '--headless',
        '--single-process',
        '--no-zygote',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--no-first-run',
        '--window-size=1920,1080',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const address = await new Promise<string>((resolve, reject) => {
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        const found = /DevTools listening on ws:\/\/([^/]+)\//.exec(log);
        if (found?.[1] !== undefined) resolve(`http://${found[1]}`);
      });
      child.once('error', reject);
      child.once('exit', () => {
        reject(new Error(`Chromium 83 ended at once:\n${log}`));
      });
    });
    return new OldChromium(await chromium.connectOverCDP(address), child, profile);
  }

  /** A page, and of what it complains from now on. */
  async page(): Promise<{ page: Page; problems: string[] }> {
    const context = this.browser.contexts()[0];
    if (!context) throw new Error('Chromium 83 has no window');
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    return { page, problems };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** The program, unpacked once beside the packages. */
function unpacked(): string {
  const folder = fileURLToPath(new URL('../node_modules/.cache/chromium-83', import.meta.url));
  const program = join(folder, 'chromium');
  if (!existsSync(program)) {
    const packed = join(dirname(createRequire(import.meta.url).resolve('chrome-aws-lambda/package.json')), 'bin', 'chromium.br');
    mkdirSync(folder, { recursive: true });
    const unfinished = `${program}.${process.pid}`;
    writeFileSync(unfinished, brotliDecompressSync(readFileSync(packed)), { mode: 0o755 });
    renameSync(unfinished, program);
  }
  return program;
}
