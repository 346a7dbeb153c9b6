// A television's day in about a minute: in the page stand a clock that goes on as soon as the wall has nothing left to do, and a
// server whose pipelines live on. What is asked and drawn is real; only nobody waits.

import type { CDPSession, Page } from '@playwright/test';

export const POLL_S = 5;
export const POLLS_AN_HOUR = 3600 / POLL_S;
const PIPELINES = 24;

/**
 * For the browser: its engine compiles nothing again, faster. What it compiles comes when it likes, and counts as heap: in a day of
 * twenty minutes some 50 KB of 1,850, in two steps in the second and third hour. With that left out, what grows is the wall's.
 */
export const UNCOMPILED = '--js-flags=--no-sparkplug --no-maglev --no-turbofan';

/** What a page holds on to: bytes and counts, when all rubbish is gone. */
export interface Held {
  heap: number;
  wasm: number;
  nodes: number;
  listeners: number;
}

/** What the page knows of its day. */
interface Standing {
  polls: number;
  wasm: () => number;
  /** Lets so many polls go by; after the last one the pipelines are at what they were at in the morning. */
  live: (polls: number) => Promise<void>;
}

export class Day {
  readonly #page: Page;
  readonly #session: CDPSession;

  private constructor(page: Page, session: CDPSession) {
    this.#page = page;
    this.#session = session;
  }

  /** Opens the wall as a television does, but a small one on which nothing glides: drawing that takes longest, and nobody looks. */
  static async begin(page: Page, url: string): Promise<Day> {
    await page.setViewportSize({ width: 640, height: 360 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.addInitScript(standIn, { pipelines: PIPELINES, pollMs: POLL_S * 1000 });
    await page.goto(`${url}?kiosk&poll=${POLL_S}`);
    await page.waitForFunction((count) => document.querySelectorAll('[data-pipeline]').length === count, PIPELINES);
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.enable');
    return new Day(page, session);
  }

  async live(polls: number): Promise<void> {
    // Not in one call: a test's end must not wait for the day's.
    for (let left = polls; left > 0; left -= POLLS_AN_HOUR) {
      await this.#page.evaluate((polls) => (window as unknown as { day: Standing }).day.live(polls), Math.min(left, POLLS_AN_HOUR));
    }
  }

  /** How many polls there were. */
  async polls(): Promise<number> {
    return await this.#page.evaluate(() => (window as unknown as { day: Standing }).day.polls);
  }

  async held(): Promise<Held> {
    const wasm = await this.#page.evaluate(() => (window as unknown as { day: Standing }).day.wasm());
    // What a first collection frees may have held on to more, by way of finalizers.
    for (let times = 0; times < 3; times++) {
      await this.#session.send('HeapProfiler.collectGarbage');
      await this.#page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(resolve); }));
    }
    const { usedSize } = await this.#session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await this.#session.send('Memory.getDOMCounters');
    return { heap: usedSize, wasm, nodes, listeners: jsEventListeners };
  }
}

/** Runs in the page before anything else does. */
function standIn({ pipelines, pollMs }: { pipelines: number; pollMs: number }): void {
  // The clock. Timers are called in order, and nothing else happens at the same time.
  interface Timer {
    at: number;
    every: number | undefined;
    call: () => void;
  }
  const morning = Date.parse('2026-03-02T06:00:00Z');
  const timers = new Map<number, Timer>();
  let now = 0;
  let lastTimer = 0;
  // Whether the wall waits for an answer or has not yet read it: then it hasn't set the clock for the next.
  let asking = false;
  const wind = (call: () => void, ms: number, every?: number): number => {
    if (ms === pollMs) asking = false;
    timers.set(++lastTimer, { at: now + ms, every, call });
    return lastTimer;
  };
  const RealDate = Date;
  class DayDate extends RealDate {
    constructor(...parts: unknown[]) {
      super(...((parts.length > 0 ? parts : [morning + now]) as [number]));
    }
    static override now(): number {
      return morning + now;
    }
  }
  const stop = (id?: number): void => {
    if (id !== undefined) timers.delete(id);
  };
  const realFetch = window.fetch.bind(window);
  Object.assign(window, {
    Date: DayDate,
    setTimeout: (call: () => void, ms = 0) => wind(call, ms),
    setInterval: (call: () => void, ms: number) => wind(call, ms, ms),
    clearTimeout: stop,
    clearInterval: stop,
    fetch: (what: string | Request, options?: RequestInit) => {
      const url = typeof what === 'string' ? what : what.url;
      if (!/data$/.test(url)) return realFetch(what, options);
      asking = true;
      standing.polls++;
      return Promise.resolve(answer());
    },
  });
  performance.now = () => now;
  const channel = new MessageChannel();
  let settled: () => void = () => undefined;
  channel.port1.onmessage = () => {
    settled();
  };
  const settle = (): Promise<void> =>
    new Promise((resolve) => {
      settled = resolve;
      channel.port2.postMessage(0);
    });

  // The program, for its memory.
  let memory: WebAssembly.Memory | undefined;
  for (const name of ['instantiate', 'instantiateStreaming'] as const) {
    const real = WebAssembly[name] as (...parts: unknown[]) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;
    Object.assign(WebAssembly, {
      [name]: async (...parts: unknown[]) => {
        const made = await real.apply(WebAssembly, parts);
        memory = made.instance.exports['memory'] as WebAssembly.Memory;
        return made;
      },
    });
  }

  // The server. Each pipeline goes from run to run; what comes next is drawn by lot, the same each day.
  let lot = 1;
  const drawn = (below: number): number => {
    lot = (Math.imul(lot, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((lot / 2 ** 32) * below);
  };
  const time = (ms: number): string => new RealDate(morning + ms).toISOString();
  interface Pipeline {
    row: string;
    isOpen: boolean;
    step: number;
    began: number;
    history: { status?: string; seconds?: number }[];
    failing: number | undefined;
  }
  const STAGES = ['Source', 'Build', 'Test', 'Prod'];
  const AUTHORS = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Kofi Mensah', 'Priya Raghavan'];
  const MESSAGES = ['Cap retries of the payment provider', 'Say units', 'Round half to even', 'Index names, and the places that they are in'];
  const all: Pipeline[] = Array.from({ length: pipelines }, () => ({ row: '', isOpen: false, step: 0, began: 0, history: [], failing: undefined }));
  /** Brings a pipeline to a step of a run: four stages, then an end, good or bad. */
  const write = (index: number, pipeline: Pipeline, step: number, status: string): void => {
    const isOpen = (pipeline.isOpen = status === 'STARTED' || status === 'WAITING');
    const reached = Math.min(step, STAGES.length - 1);
    pipeline.step = step;
    pipeline.row = JSON.stringify({
      id: `codepipeline:eu-west-1:123456789012:service-${index}`,
      name: `service-${index}`,
      status,
      stage: STAGES[reached],
      stages: STAGES.map((name, place) => {
        if (place > reached) return { name };
        if (place < reached || status === 'SUCCEEDED') return { name, status: 'SUCCEEDED' };
        return { name, status, action: 'Deploy', since: time(now), typical_s: 40 };
      }),
      run: { id: `${index}-${pipeline.began}`, started: time(pipeline.began), typical_s: 160, ...(isOpen ? { updated: time(now) } : { ended: time(now) }) },
      change: { message: MESSAGES[(index + step) % MESSAGES.length], author: AUTHORS[index % AUTHORS.length] },
      history: [...pipeline.history, isOpen ? { status } : { status, seconds: (now - pipeline.began) / 1000 }].slice(-10),
      ...(pipeline.failing === undefined ? {} : { failing_since: time(pipeline.failing) }),
    });
  };
  const advance = (index: number, pipeline: Pipeline): void => {
    if (!pipeline.isOpen) {
      pipeline.began = now;
      write(index, pipeline, 0, 'STARTED');
    } else if (drawn(8) === 0) {
      pipeline.failing = pipeline.failing ?? now;
      write(index, pipeline, pipeline.step, 'FAILED');
      pipeline.history = [...pipeline.history, { status: 'FAILED', seconds: (now - pipeline.began) / 1000 }].slice(-9);
    } else if (pipeline.step < STAGES.length - 1) {
      write(index, pipeline, pipeline.step + 1, pipeline.step === 2 && drawn(3) === 0 ? 'WAITING' : 'STARTED');
    } else {
      pipeline.failing = undefined;
      write(index, pipeline, pipeline.step, 'SUCCEEDED');
      pipeline.history = [...pipeline.history, { seconds: (now - pipeline.began) / 1000 }].slice(-9);
    }
  };
  /** The same picture each time: some of each state, with ten runs behind them. */
  const pose = (): void => {
    all.forEach((pipeline, index) => {
      const status = (['FAILED', 'WAITING', 'STARTED'] as const)[index] ?? 'SUCCEEDED';
      pipeline.began = now - 100_000;
      pipeline.failing = status === 'FAILED' ? pipeline.began : undefined;
      pipeline.history = Array.from({ length: 9 }, (_, run) => (run % 4 === 3 ? { status: 'FAILED', seconds: 30 + run } : { seconds: 30 + run }));
      write(index, pipeline, 3, status);
    });
  };
  let changes = 0;
  let last = 1;
  const answer = (): Response => {
    if (standing.polls === last) pose();
    else {
      // A tenth of the pipelines is at something else at each poll.
      for (changes += pipelines / 10; changes >= 1; changes--) {
        const index = drawn(pipelines);
        advance(index, all[index] as Pipeline);
      }
    }
    const rows = all.map(({ row }) => row).join(',\n');
    return new Response(`[${rows}\n]`, { headers: { date: new RealDate(morning + now).toUTCString(), 'content-type': 'application/json' } });
  };

  const standing: Standing = {
    polls: 0,
    wasm: () => memory?.buffer.byteLength ?? NaN,
    live: async (polls) => {
      last = standing.polls + polls;
      for (;;) {
        while (asking) await settle();
        if (standing.polls >= last) break;
        let next: [number, Timer] | undefined;
        for (const timer of timers) if (!next || timer[1].at < next[1].at) next = timer;
        if (!next) throw new Error('the wall waits for nothing');
        const [id, timer] = next;
        if (timer.every === undefined) timers.delete(id);
        else timer.at += timer.every;
        now = Math.max(now, timer.at - (timer.every ?? 0));
        timer.call();
        await settle();
      }
    },
  };
  Object.assign(window, { day: standing });
}
