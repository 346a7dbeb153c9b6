// What a pipeline's page says and where its bars stand: plain functions, which need no browser.

import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { type Action, parse, type Page, type Run, type State } from '../../public/page/document.mjs';
import { type Shown, waitMs, warning } from '../../public/page/feed.mjs';
import { percent, pieces, place as placeInRun, scaleOf, ticks } from '../../public/page/timeline.mjs';
import { ago, exact, headline, lasted, long, notes, origin, place, rough, said, told, trouble, when } from '../../public/page/words.mjs';

const NOW = 100_000;

/** Seconds as the milliseconds that documents have. */
const at = (seconds: number): number => seconds * 1000;

/** A run that begins at that second; what follows is at its end: run('1', 0).stage('Build', 60).failed() */
function run(id: string, start: number): Builder {
  return new Builder(id, start);
}

class Builder {
  readonly #run: Run;
  #now: number;

  constructor(id: string, start: number) {
    this.#run = {
      id,
      number: undefined,
      status: 'running',
      error: undefined,
      phase: undefined,
      superseded: false,
      skipped: false,
      started: at(start),
      ended: undefined,
      took_s: undefined,
      attempt: 1,
      trigger: undefined,
      change: undefined,
      url: undefined,
      stages: [],
    };
    this.#now = start;
  }

  after(seconds: number): this {
    this.#now += seconds;
    return this;
  }

  /** A stage that passes. */
  stage(name: string, seconds: number): this {
    this.#part(name, 'passed', seconds);
    return this.after(seconds);
  }

  running(stage: string): Run {
    this.#part(stage, 'running');
    return this.#run;
  }

  waiting(stage: string, after: number): Run {
    this.after(after).#part(stage, 'waiting');
    return { ...this.#run, status: 'waiting' };
  }

  passed(): Run {
    return this.#end('passed');
  }

  stopped(): Run {
    return this.#end('stopped');
  }

  /** Fails, and its last stage with it. */
  failed(): Run {
    for (const stage of this.#run.stages.slice(-1)) {
      stage.status = 'failed';
      for (const action of stage.actions) action.status = 'failed';
    }
    return this.#end('failed');
  }

  #end(status: State): Run {
    return { ...this.#run, status, ended: at(this.#now) };
  }

  #part(name: string, status: State, seconds?: number): void {
    const times = { started: at(this.#now), ended: seconds === undefined ? undefined : at(this.#now + seconds) };
    this.#run.stages.push({ name, status, ...times, actions: [{ ...ACTION, name: 'Deploy', status, ...times }] });
  }
}

const ACTION: Action = { name: 'Deploy', status: 'passed', kind: undefined, started: undefined, ended: undefined, took_s: undefined, summary: undefined, error: undefined, url: undefined };

function page(status: State, runs: Run[], more: Partial<Page> = {}): Page {
  return { name: 'shop', status, failing_since: undefined, url: undefined, off: undefined, gone: undefined, runs, ...more };
}

test.describe('words', () => {
  test('spans are said as the wall says them', () => {
    const cases = readFileSync(new URL('../../src/words/spans.txt', import.meta.url), 'utf8').trim().split('\n');
    expect(cases.length).toBeGreaterThan(10);
    for (const line of cases) {
      const seconds = parseInt(line);
      expect([seconds, exact(seconds), long(seconds), rough(seconds), ago(seconds)].join(' | ')).toBe(line);
    }
  });

  test('the headline is about the run that the status is about', () => {
    const passed = run('1', NOW - 1300).after(100).passed();
    const failed = run('2', NOW - 1300).stage('Prod', 100).failed();
    const waiting = run('3', NOW - 500).waiting('Prod', 60);
    const running = run('4', NOW - 65).running('Test');
    const failing = { failing_since: at(NOW - 7800) };
    for (const [document, usual, expected] of [
      [page('passed', [passed]), 100, 'passed 20 min ago · usually takes 1 min 40 s'],
      [page('failed', [failed]), undefined, 'failed'],
      [page('failed', [failed], failing), undefined, 'failing for 2 h 10 min'],
      [page('waiting', [running, waiting]), undefined, 'waits for approval in Prod for 7 min'],
      [page('running', [running, failed], failing), 61, 'running for 1 min 5 s · failing for 2 h 10 min · usually takes 1 min 1 s'],
      [page('running', [{ ...running, phase: 'queued' }]), undefined, 'queued for 1 min 5 s'],
      [page('stopped', [run('5', NOW - 90).stopped()]), undefined, 'stopped 1 min ago'],
      [page('unknown', []), undefined, 'unknown'],
    ] as const) {
      expect(headline(document, usual, at(NOW))).toBe(expected);
    }
  });

  test('a pipeline that is gone or switched off says so', () => {
    expect(notes(page('passed', []), at(NOW))).toEqual([]);
    const off = [
      { stage: 'Prod', since: at(NOW - 60), reason: 'it is Friday' },
      { stage: 'Test', since: at(NOW - 60), reason: undefined },
    ];
    expect(notes(page('passed', [], { gone: at(NOW - 7800), off }), at(NOW))).toEqual([
      "gone for 2 h 10 min: its CI doesn't know it any more",
      'Prod is switched off for 1 min: it is Friday',
      'Test is switched off for 1 min',
    ]);
  });

  test('a run says what is wrong with it', () => {
    for (const [what, expected] of [
      [run('1', 0).stage('Build', 9).passed(), undefined],
      [run('2', 0).stage('Build', 9).stage('Prod', 9).failed(), 'Prod, Deploy failed'],
      [run('3', 0).failed(), undefined],
      [run('4', 0).running('Test'), undefined],
      [run('5', NOW - 70).waiting('Prod', 9), 'waits for approval in Prod for 1 min'],
      [run('6', 0).stopped(), 'stopped'],
      [{ ...run('7', 0).stopped(), superseded: true }, 'a newer run took its place'],
      [{ ...run('9', 0).stopped(), skipped: true }, 'skipped'],
      [{ ...run('8', 0).running('Test'), status: 'unknown' }, 'in an unknown state'],
    ] as const) {
      expect(trouble(what, at(NOW)), what.id).toBe(expected);
    }
  });

  test('a part says how it ended and after how long', () => {
    const [start, end] = [at(NOW - 90), at(NOW - 60)];
    for (const [status, started, ended, expected] of [
      ['passed', start, end, 'took 30 s'],
      ['failed', start, end, 'failed after 30 s'],
      ['stopped', start, end, 'stopped after 30 s'],
      ['unknown', start, end, 'unknown after 30 s'],
      ['running', start, undefined, 'running for 1 min 30 s'],
      ['waiting', start, undefined, 'waits for 1 min 30 s'],
      ['passed', start, undefined, 'passed'],
      ['failed', undefined, end, 'failed'],
      ['unknown', undefined, undefined, 'unknown'],
    ] as const) {
      expect(lasted({ status, started, ended }, at(NOW))).toBe(expected);
    }
  });

  test('a run says where it came from and when', () => {
    const first = run('1', NOW - 700).after(100).passed();
    expect(when(first, at(NOW))).toBe('10 min ago');
    expect(origin(first, '14:02', at(NOW))).toBe('started 11 min ago, at 14:02');
    expect(origin({ ...first, attempt: 2, trigger: 'Webhook' }, '14:02', at(NOW))).toBe('started 11 min ago, at 14:02 by Webhook · attempt 2');
    const open = run('2', NOW).running('Test');
    expect(when(open, at(NOW))).toBe('running');
    expect(when({ ...open, phase: 'queued' }, at(NOW))).toBe('queued');
    expect(when({ ...open, phase: 'stopping' }, at(NOW))).toBe('stopping');
    expect(when({ ...open, phase: 'levitating' }, at(NOW))).toBe('running');
    expect(when({ ...open, status: 'waiting' }, at(NOW))).toBe('waiting');
  });

  test('an error is its code and its words', () => {
    expect(said(ACTION)).toBe('');
    expect(said({ ...ACTION, summary: 'no such image' })).toBe('no such image');
    expect(said({ ...ACTION, error: 'JobFailed' })).toBe('JobFailed');
    expect(said({ ...ACTION, error: 'JobFailed', summary: 'no such image' })).toBe('JobFailed: no such image');
  });

  test('a pipeline is where the address has a name for its account', () => {
    const id = 'codepipeline:eu-west-1:123456789012:shop';
    expect(place(id, null, false)).toBe(undefined);
    expect(place(id, null, true)).toBe('123456789012 eu-west-1');
    expect(place(id, '210987654321:staging', false)).toBe(undefined);
    expect(place(id, '210987654321:staging,123456789012:play:ground', true)).toBe('play:ground eu-west-1');
    expect(place('nonsense', ':x,', false)).toBe(undefined);
  });

  test('told in full is the run of the headline until somebody chooses', () => {
    const document = page('failed', [run('2', 50).running('Test'), run('1', 0).failed()]);
    expect(told({ id: 'shop', pollS: 5 })).toBe(null);
    expect(told({ id: 'shop', pollS: 5, page: document })).toBe('1');
    expect(told({ id: 'shop', pollS: 5, page: page('failed', []) })).toBe(null);
    expect(told({ id: 'shop', pollS: 5, page: document, chosen: '2' })).toBe('2');
    expect(told({ id: 'shop', pollS: 5, page: document, chosen: null })).toBe(null);
  });
});

test.describe('bars', () => {
  const bars = (...runs: Run[]): string[] => {
    const { cut, whole } = scaleOf(runs, at(1_000_000));
    return runs.map((each) =>
      pieces(each, cut, at(1_000_000))
        .map(({ stage, drawn, length }) => `${stage?.name ?? 'run'} ${percent(drawn, whole)}${drawn < length ? ' cut' : ''}`)
        .join(', '),
    );
  };

  test('a piece is as long as its stage on the scale of all', () => {
    const fast = run('a', 0).stage('Build', 60).stage('Prod', 60).passed();
    const slow = run('b', 1000).stage('Build', 60).stage('Prod', 180).passed();
    expect(bars(slow, fast)).toEqual(['Build 25.00%, Prod 75.00%', 'Build 25.00%, Prod 25.00%']);
  });

  test('a stage that waited for days is cut', () => {
    const usual = run('a', 0).stage('Build', 50).stage('Prod', 50).passed();
    const waited = run('b', 1000).stage('Build', 50).stage('Approve', 500_000).failed();
    expect(bars(waited, usual, usual)).toEqual(['Build 14.28%, Approve 85.71% cut', 'Build 14.28%, Prod 14.28%', 'Build 14.28%, Prod 14.28%']);
  });

  test('a run of which nothing is known but itself is one piece', () => {
    expect(bars(run('a', 0).after(30).passed(), run('b', 0).after(60).failed())).toEqual(['run 50.00%', 'run 100.00%']);
  });

  test('what goes on grows, and what is unheard of has no length', () => {
    expect(bars(run('a', 999_900).stage('Build', 40).running('Test'))).toEqual(['Build 40.00%, Test 60.00%']);
    const lost = run('a', 0).stage('Build', 40).stage('Test', 40).passed();
    lost.stages = lost.stages.map((stage, index) => (index === 0 ? { ...stage, ended: undefined } : stage));
    expect(bars(lost)).toEqual(['Build 0.00%, Test 100.00%']);
    expect(bars()).toEqual([]);
  });

  test('half of the runs that passed take longer than usual', () => {
    const runs = [30, 10, 20].map((seconds) => run('a', 0).after(seconds).passed());
    expect(scaleOf(runs, at(99)).usual).toBe(20);
    expect(scaleOf([run('a', 0).after(9).failed()], at(99)).usual).toBe(undefined);
  });

  test('marks of time are round and few', () => {
    for (const [whole, expected] of [
      [0, []],
      [1, [1]],
      [5, [1, 2, 3, 4, 5]],
      [7, [2, 4, 6]],
      [59, [10, 20, 30, 40, 50]],
      [400, [120, 240, 360]],
      [4000, [900, 1800, 2700, 3600]],
      [9_000_000, [9_000_000]],
    ] as const) {
      expect(ticks(whole), `${whole} s`).toEqual(expected);
    }
  });

  test('a part stands in its run', () => {
    for (const [whole, part, left, width] of [
      [[100, 200], [125, 150], '25.00%', '25.00%'],
      [[100, 200], [90, 500], '0.00%', '100.00%'],
      [[100, 100], [100, 100], '0.00%', '0.00%'],
      [[0, 30_000], [1, 2], '0.00%', '0.00%'],
      [[0, 3000], [1, 2], '0.03%', '0.03%'],
    ] as const) {
      expect(placeInRun([at(whole[0]), at(whole[1])], [at(part[0]), at(part[1])])).toEqual({ left, width });
    }
  });
});

test.describe('trust', () => {
  const shown: Shown = { id: 'shop', pollS: 5, page: page('passed', []), made: at(100) };

  test('three missed polls make it late, and what was missed while it was hidden is nobody’s fault', () => {
    for (const [age, pollS, seen, expected] of [
      [-50, 5, 0, ''],
      [17, 5, 0, ''],
      [18, 5, 0, 'This page is 18 s old: the server answers with old data. It tries again by itself.'],
      [5, 1, 0, ''],
      [6, 1, 0, 'This page is 6 s old: the server answers with old data. It tries again by itself.'],
      [900, 300, 0, ''],
      [4901, 5, 5000, ''],
      [4918, 5, 5000, 'This page is 1 h 21 min old: the server answers with old data. It tries again by itself.'],
    ] as const) {
      expect(warning({ ...shown, pollS, seen: at(seen) }, at(100 + age)), `${age} s, polled each ${pollS} s`).toBe(expected);
    }
  });

  test('why there is no good answer is said', () => {
    for (const [failure, expected] of [
      [0, 'the server gives no answer'],
      [200, 'what the server answers is no data; perhaps a login page stands before it'],
      [401, 'the access key is missing or wrong'],
      [403, 'the access key is missing or wrong'],
      [502, 'the server is in trouble (502)'],
    ] as const) {
      expect(warning({ id: 'shop', pollS: 5, failure }, 0)).toBe(`This page can't be shown: ${expected}. It tries again by itself.`);
      expect(warning({ ...shown, failure }, at(200))).toBe(`This page is 1 min old: ${expected}. It tries again by itself.`);
      expect(warning({ ...shown, failure }, at(101))).toBe('');
    }
    expect(warning({ id: 'shop', pollS: 5 }, 0)).toBe('Loading its runs …');
    expect(warning({ id: 'shop', pollS: 5, failure: 404 }, 0)).toBe('There is no such pipeline, or not any more.');
    expect(warning({ ...shown, failure: 404 }, at(101))).toBe('There is no such pipeline any more.');
  });

  test('it waits longer after each failure, but never too long', () => {
    expect([0, 1, 2, 3, 9].map((failures) => waitMs(failures, 5, 0.5))).toEqual([5000, 5000, 10_000, 20_000, 30_000]);
    expect([0, 1e9].map((failures) => waitMs(failures, 60, 0.5))).toEqual([60_000, 60_000]);
    expect(waitMs(1, 5, 0)).toBeLessThan(waitMs(1, 5, 0.9));
  });
});

test.describe('the document', () => {
  /** What the model's own tests say that it writes. */
  const written = readFileSync(new URL('../../model/tests/pipeline/snapshots/pipeline__documents__the_pipelines_page_reads_this.snap', import.meta.url), 'utf8')
    .split('\n---\n')
    .slice(1)
    .join('');

  test('what the model writes is read, times and states in the words of the wall', () => {
    const read = parse(written, true);
    expect(read?.status).toBe('failed');
    expect(read?.failing_since).toBe(Date.parse('2026-11-23T09:02:51Z'));
    const [newest, oldest] = read?.runs ?? [];
    expect(newest?.change).toEqual({ message: 'Cap retries', author: 'Ada', revision: '9f3c1e0', url: 'https://github.com/example/shop/commit/9f3c1e0' });
    expect(newest?.stages.flatMap(({ actions }) => actions).at(-1)).toEqual({
      name: 'Deploy',
      status: 'failed',
      kind: 'Deploy by CodeDeploy',
      started: Date.parse('2026-11-23T09:02:31Z'),
      ended: Date.parse('2026-11-23T09:02:50Z'),
      summary: 'Deployment d-1 failed',
      error: 'JobFailed',
      url: 'https://ci/deployments/d-1',
    });
    expect(oldest?.change).toBe(undefined);
  });

  test('no field that the model writes is forgotten', () => {
    const fields = (file: string, struct: string): string[] => {
      const source = readFileSync(new URL(`../../model/src/${file}.rs`, import.meta.url), 'utf8');
      const body = new RegExp(`^pub struct ${struct} \\{\n(.*?)^\\}`, 'ms').exec(source)?.[1] ?? '';
      return [...body.matchAll(/^ {4}pub (\w+):/gm)].map(([, name]) => name ?? '');
    };
    const off = [{ stage: 'Prod', since: '2026-11-23T09:02:51Z' }];
    const read = parse(JSON.stringify({ ...(JSON.parse(written) as object), off }), true);
    const newest = read?.runs[0];
    for (const [file, struct, known] of [
      // The id is known from the address.
      ['page', 'Page', { id: '', ...read }],
      ['page', 'PageOff', read?.off?.[0]],
      ['page', 'PageRun', newest],
      ['page', 'PageStage', newest?.stages[0]],
      ['page', 'PageAction', newest?.stages[0]?.actions[0]],
      ['tile', 'Change', newest?.change],
    ] as const) {
      expect(Object.keys(known ?? {}), struct).toEqual(fields(file, struct));
    }
  });

  test('authors can be left out', () => {
    expect(parse(written, true)?.runs[0]?.change?.author).toBe('Ada');
    expect(JSON.stringify(parse(written, false))).not.toContain('Ada');
  });

  test('links are https or dropped', () => {
    for (const [url, expected] of [
      ['https://ci/shop', 'https://ci/shop'],
      ['HTTPS://ci/shop', 'HTTPS://ci/shop'],
      ['http://ci/shop', undefined],
      ['javascript:alert(1)//https://ci', undefined],
      [' https://ci/shop', undefined],
      ['', undefined],
    ] as const) {
      expect(parse(JSON.stringify({ name: 'shop', status: 'FAILED', url, runs: [] }), true)?.url, url).toBe(expected);
    }
  });

  test('states of the API are the wall’s, and a word that nobody knows is unknown', () => {
    const states = ['FAILED', 'WAITING', 'STARTED', 'STOPPED', 'SUCCEEDED', 'UNKNOWN', 'LEVITATING', 'constructor', ''];
    const read = states.map((status) => parse(JSON.stringify({ name: 'shop', status, runs: [] }), true)?.status);
    expect(read).toEqual(['failed', 'waiting', 'running', 'stopped', 'passed', 'unknown', 'unknown', 'unknown', 'unknown']);
  });

  test('what is none is refused', () => {
    for (const body of ['', '<!doctype html>', '[]', 'null', '5', '{"id":"a:b:c:d","name":"d","status":"FAILED"}', written.slice(0, -5)]) {
      expect(parse(body, true), body).toBe(undefined);
    }
  });

  test('whatever stands in the place of a value, it is refused or can be told', () => {
    type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
    /** All copies of a document in which one value is another. */
    const changed = (value: Json, other: Json): Json[] => {
      if (typeof value !== 'object' || value === null) return [other];
      if (Array.isArray(value)) return [other, ...value.flatMap((item, index) => changed(item, other).map((copy) => value.with(index, copy)))];
      return [other, ...Object.entries(value).flatMap(([key, item]) => changed(item, other).map((copy) => ({ ...value, [key]: copy })))];
    };
    const good = JSON.parse(written) as Json;
    let read = 0;
    let refused = 0;
    for (const other of [null, true, -1, 1e308, '', '9999-12-31T23:59:60Z', '2026-11-23T09:02:51Z', [], [null], {}, { constructor: null }] satisfies Json[]) {
      for (const copy of changed(good, other)) {
        const document = parse(JSON.stringify(copy), true);
        if (!document) {
          refused++;
          continue;
        }
        read++;
        const now = Date.parse('2026-11-23T10:00:00Z');
        const { whole, cut, usual } = scaleOf(document.runs, now);
        const words = [headline(document, usual, now), ...notes(document, now), ...ticks(whole).map(exact)];
        for (const each of document.runs) {
          words.push(trouble(each, now) ?? '', when(each, now), origin(each, '14:02', now));
          words.push(...pieces(each, cut, now).map(({ drawn, length }) => `${exact(length)} ${percent(drawn, whole)}`));
          for (const part of each.stages.flatMap((stage) => [stage, ...stage.actions])) words.push(lasted(part, now));
        }
        expect(words.join('\n')).not.toMatch(/undefined|NaN|null|Infinity|object/);
      }
    }
    expect(Math.min(read, refused)).toBeGreaterThan(100);
  });
});
