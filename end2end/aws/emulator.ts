// AWS on this machine: MiniStack, by TLS, with its policies enforced. Nothing leaves the loopback.

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where `ministack` and `aws` are. */
const programs = process.env['PIPELINES_DASHBOARD_EMULATOR'];
const xtask = process.env['PIPELINES_DASHBOARD_XTASK'] ?? `${root}target/debug/xtask`;

export const REGION = 'eu-west-1';
export const ACCOUNT = '000000000000';

/** What a program printed, and how it ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The keys of a role. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** What an HTTP request was answered. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export class Emulator {
  #process: ChildProcess | undefined;
  #port = 0;
  /** Whose permissions `xtask` has; nobody's at first. */
  #deployer = { accessKeyId: '', secretAccessKey: '' };
  readonly #folder = mkdtempSync(join(tmpdir(), 'emulator-'));

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.#certify();
    this.#port = await freePort();
    const folders = { TMPDIR: join(this.#folder, 'tmp'), S3_DATA_DIR: join(this.#folder, 's3') };
    for (const folder of Object.values(folders)) mkdirSync(folder);
    const child = spawn('ministack', [], {
      env: {
        ...this.#environment(),
        ...folders,
        BIND_HOST: '127.0.0.1',
        GATEWAY_PORT: String(this.#port),
        // Policies that refuse plain HTTP would refuse everything.
        USE_SSL: '1',
        MINISTACK_SSL_CERT: join(this.#folder, 'leaf.pem'),
        MINISTACK_SSL_KEY: join(this.#folder, 'leaf.key'),
        AUTH: 'true',
        // Functions are processes that inherit these.
        AWS_ENDPOINT_URL: this.url,
        SSL_CERT_FILE: join(this.#folder, 'ca.pem'),
        // AWS waits minutes before it tries an event again.
        LAMBDA_ASYNC_RETRY_BASE_SECONDS: '0.1',
        LAMBDA_ASYNC_RETRY_MAX_SECONDS: '0.2',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      const read = (text: string): void => {
        log += text;
        if (log.includes('Running on ')) resolve();
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`the emulator ended with ${code ?? 'a signal'}:\n${log}`));
      });
    });
  }

  async end(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What a client of the SDK has to be told. */
  get client(): { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string }; requestHandler: NodeHttpHandler } {
    return {
      endpoint: this.url,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: this.#ca(), keepAlive: false }) }),
    };
  }

  /** Makes the user who deploys, with a policy that names REGION and ACCOUNT. */
  async employ(policy: string): Promise<void> {
    const iam = new IAMClient(this.client);
    const UserName = 'deployer';
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = policy.replaceAll('REGION', REGION).replaceAll('ACCOUNT', ACCOUNT);
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'deploy', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    this.#deployer = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  }

  /** `cargo xtask` with the stack, the Region and this address told; what is typed comes from `input`. */
  async xtask(stack: string, command: string[], { input = '', environment = {} }: { input?: string; environment?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
    const program = ['--stack', stack, '--region', REGION, '--endpoint-url', this.url];
    return run(xtask, [...command, ...program], { ...this.#environment(this.#deployer), ...environment }, input);
  }

  /** Writes a file that goes when the emulator does. */
  file(name: string, content: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** What such a file says. */
  read(name: string): string {
    return readFileSync(join(this.#folder, name), 'utf8');
  }

  /** Runs a script where these files lie, as the owner of the account. */
  async shell(script: string): Promise<Ran> {
    const environment = { ...this.#environment(), AWS_ENDPOINT_URL: this.url, AWS_DEFAULT_REGION: REGION, AWS_DEFAULT_OUTPUT: 'json' };
    return run('sh', ['-e', '-c', script], environment, '', this.#folder);
  }

  /** Asks a distribution as a browser would. */
  async ask(domain: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const host = `${domain.replace('.cloudfront.net', '')}.cloudfront.localhost:${this.#port}`;
    return this.#get(path, { ...headers, host });
  }

  /** Asks what an API's stage serves. */
  async served(api: string, path: string): Promise<Answer> {
    return this.#get(`/_aws/execute-api/${api}/data${path}`, {});
  }

  async #get(path: string, headers: Record<string, string>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: this.#port, path, ca: this.#ca(), agent: false, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  /** The AWS CLI, as the owner of the account or as whom the keys belong to. */
  async aws(command: readonly string[], who?: Credentials): Promise<Ran> {
    const options = ['--region', REGION, '--endpoint-url', this.url, '--output', 'json'];
    return run('aws', [...options, ...command], { ...this.#environment(who), ...(who ? { AWS_SESSION_TOKEN: who.sessionToken } : {}) });
  }

  /** Whatever of ours is still there. */
  async leftovers(): Promise<string[]> {
    const lists: [service: string, operation: string, query: string][] = [
      ['cloudformation', 'list-stacks', "StackSummaries[?StackStatus!='DELETE_COMPLETE'].StackName"],
      ['dynamodb', 'list-tables', 'TableNames'],
      ['sns', 'list-topics', 'Topics[].TopicArn'],
      ['lambda', 'list-functions', 'Functions[].FunctionName'],
      ['sqs', 'list-queues', 'QueueUrls'],
      ['s3api', 'list-buckets', 'Buckets[].Name'],
      ['iam', 'list-roles', 'Roles[].RoleName'],
      ['events', 'list-rules', 'Rules[].Name'],
      ['scheduler', 'list-schedules', 'Schedules[].Name'],
      ['scheduler', 'list-schedule-groups', "ScheduleGroups[?Name!='default'].Name"],
      ['logs', 'describe-log-groups', 'logGroups[].logGroupName'],
      ['secretsmanager', 'list-secrets', 'SecretList[].Name'],
      ['cloudwatch', 'describe-alarms', 'MetricAlarms[].AlarmName'],
      ['apigateway', 'get-rest-apis', 'items[].name'],
      ['apigateway', 'get-api-keys', 'items[].name'],
      ['apigateway', 'get-usage-plans', 'items[].name'],
      ['cloudfront', 'list-distributions', 'DistributionList.Items[].Id'],
      ['cloudfront', 'list-functions', 'FunctionList.Items[].Name'],
      ['cloudfront', 'list-origin-access-controls', 'OriginAccessControlList.Items[].Name'],
      ['cloudfront', 'list-cache-policies', "CachePolicyList.Items[?Type=='custom'].CachePolicy.CachePolicyConfig.Name"],
      ['cloudfront', 'list-response-headers-policies', "ResponseHeadersPolicyList.Items[?Type=='custom'].ResponseHeadersPolicy.Id"],
    ];
    const found: string[] = [];
    for (const [service, operation, query] of lists) {
      const { code, stdout, stderr } = await this.aws([service, operation, '--query', query]);
      if (code !== 0) throw new Error(stderr);
      const names = JSON.parse(stdout.trim() === '' ? 'null' : stdout) as string[] | null;
      found.push(...(names ?? []).map((name) => `${service} ${operation}: ${name}`));
    }
    return found;
  }

  #ca(): string {
    return readFileSync(join(this.#folder, 'ca.pem'), 'utf8');
  }

  #environment(who = { accessKeyId: 'test', secretAccessKey: 'test' }): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: [...(programs === undefined ? [] : [programs]), process.env['PATH'] ?? ''].join(delimiter),
      AWS_CA_BUNDLE: join(this.#folder, 'ca.pem'),
      AWS_ACCESS_KEY_ID: who.accessKeyId,
      AWS_SECRET_ACCESS_KEY: who.secretAccessKey,
      // Nobody's own settings take part.
      AWS_CONFIG_FILE: join(this.#folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(this.#folder, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
    };
  }

  /** An authority and a certificate for this address: a certificate alone would not be one that all clients take. */
  #certify(): void {
    const openssl = (...parameters: string[]): unknown => execFileSync('openssl', parameters, { cwd: this.#folder, stdio: 'ignore' });
    const days = ['-days', '2'];
    const key = ['-newkey', 'rsa:2048', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', ...days, '-subj', '/CN=emulator');
    openssl('req', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=127.0.0.1');
    writeFileSync(
      join(this.#folder, 'extensions'),
      'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:*.cloudfront.localhost\nbasicConstraints=CA:FALSE\n',
    );
    const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl('x509', '-req', '-in', 'leaf.csr', ...signer, '-out', 'leaf.pem', ...days, '-extfile', 'extensions');
  }
}

async function run(program: string, command: string[], env: NodeJS.ProcessEnv, input = '', cwd?: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, command, { env, cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error(error.message));
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
