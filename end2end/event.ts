// CodePipeline's events, said in sentences: run('shop').stage('Source').passed().stage('Prod').failed()

import { randomUUID } from 'node:crypto';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';

/** What EventBridge hands to the Lambda. Times have whole seconds there. */
export interface Event {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
}

/** The key of a pipeline of CodePipeline, for names that need no escaping. */
export function id(name: string): string {
  return `codepipeline:${REGION}:${ACCOUNT}:${name}`;
}

/** A run that began `secondsAgo`, before `now` in milliseconds. Each part of it takes 20 seconds. */
export function run(name: string, secondsAgo = 600, now = Date.now()): Run {
  return new Run(name, secondsAgo, now);
}

export class Run {
  readonly events: Event[] = [];
  readonly #name: string;
  readonly #id = randomUUID();
  readonly #start: number;
  #now: number;
  #commit: { message: string; author: string } | undefined;

  constructor(name: string, secondsAgo: number, now: number) {
    this.#name = name;
    this.#start = now - secondsAgo * 1000;
    this.#now = this.#start;
    this.#push('Pipeline', 'STARTED', { 'execution-trigger': { 'trigger-type': 'Webhook' } });
  }

  /** What the run builds; said before its end, for the end's event tells it. */
  by(author: string, message: string): this {
    this.#commit = { message, author };
    return this;
  }

  stage(name: string): Stage {
    return new Stage(this, name);
  }

  passed(): this {
    return this.#end('SUCCEEDED');
  }

  failed(): this {
    return this.#end('FAILED');
  }

  stopped(): this {
    this.#push('Pipeline', 'STOPPING', { 'stop-execution-comments': 'wrong branch' });
    return this.#end('STOPPED');
  }

  /** Lets time go by before the next event. */
  after(seconds: number): this {
    this.#now += seconds * 1000;
    return this;
  }

  /** Events of a part of this run; for `Stage` alone. */
  part(level: 'Stage' | 'Action', state: string, detail: Record<string, unknown>): this {
    return this.#push(level, state, detail);
  }

  #end(state: string): this {
    const trigger = this.#commit && {
      'provider-type': 'GitHub',
      'full-repository-name': 'acme/shop',
      'branch-name': 'main',
      'commit-id': '9f3c1e0b7d2a4c5e8f60718293a4b5c6d7e8f901',
      'commit-message': this.#commit.message,
      'author-display-name': this.#commit.author,
    };
    return this.#push('Pipeline', state, trigger ? { 'execution-trigger': trigger } : {});
  }

  #push(level: 'Pipeline' | 'Stage' | 'Action', state: string, detail: Record<string, unknown>): this {
    this.events.push({
      version: '0',
      id: randomUUID(),
      'detail-type': `CodePipeline ${level} Execution State Change`,
      source: 'aws.codepipeline',
      account: ACCOUNT,
      time: new Date(Math.floor(this.#now / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
      region: REGION,
      resources: [`arn:aws:codepipeline:${REGION}:${ACCOUNT}:${this.#name}`],
      detail: {
        pipeline: this.#name,
        'execution-id': this.#id,
        'start-time': new Date(level === 'Pipeline' ? this.#start : this.#now).toISOString(),
        ...detail,
        state,
        version: 3.0,
        'pipeline-execution-attempt': 1.0,
      },
    });
    return this;
  }
}

/** A stage of a run. */
class Stage {
  readonly #run: Run;
  readonly #name: string;

  constructor(run: Run, name: string) {
    this.#run = run;
    this.#name = name;
  }

  running(): Run {
    this.#run.part('Stage', 'STARTED', { stage: this.#name });
    return this.#run;
  }

  passed(): Run {
    this.running().after(20);
    return this.#run.part('Stage', 'SUCCEEDED', { stage: this.#name });
  }

  /** Fails in its action "Deploy", and the run with it. */
  failed(): Run {
    this.running();
    this.#action('STARTED', 'Deploy', 'Deploy', 'CodeDeploy');
    this.#run.after(20);
    this.#action('FAILED', 'Deploy', 'Deploy', 'CodeDeploy');
    return this.#run.part('Stage', 'FAILED', { stage: this.#name }).failed();
  }

  /** Stands before the manual approval "Approve". */
  waiting(): Run {
    this.running();
    return this.#action('STARTED', 'Approve', 'Approval', 'Manual');
  }

  #action(state: string, action: string, category: string, provider: string): Run {
    const type = { owner: 'AWS', provider, category, version: '1' };
    return this.#run.part('Action', state, { stage: this.#name, action, 'action-execution-id': randomUUID(), region: REGION, type });
  }
}
