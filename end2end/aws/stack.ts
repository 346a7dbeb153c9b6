// A deployed stack, as AWS's own clients see it.

import { APIGatewayClient, GetIntegrationCommand, GetResourcesCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStackEventsCommand, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type AttributeValue, BatchWriteItemCommand, DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListTargetsByRuleCommand, PutEventsCommand, TestEventPatternCommand, DescribeRuleCommand, type Target } from '@aws-sdk/client-eventbridge';
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

import { ACCOUNT, type Credentials, type Emulator } from './emulator.ts';
import type { Templates } from './mapping.ts';
import type { JsonObject } from './template.ts';

interface PolicyDocument {
  Statement: { Action: string | string[]; Resource: unknown; Condition?: unknown }[];
}

export class Stack {
  readonly #name: string;
  readonly #emulator: Emulator;
  readonly #formation: CloudFormationClient;
  readonly #dynamo: DynamoDBClient;
  readonly #lambda: LambdaClient;
  readonly #sqs: SQSClient;
  readonly #events: EventBridgeClient;
  readonly #iam: IAMClient;
  readonly #gateway: APIGatewayClient;

  constructor(emulator: Emulator, name: string) {
    const { client } = emulator;
    this.#name = name;
    this.#emulator = emulator;
    this.#formation = new CloudFormationClient(client);
    this.#dynamo = new DynamoDBClient(client);
    this.#lambda = new LambdaClient(client);
    this.#sqs = new SQSClient(client);
    this.#events = new EventBridgeClient(client);
    this.#iam = new IAMClient(client);
    this.#gateway = new APIGatewayClient(client);
  }

  async outputs(): Promise<Record<string, string>> {
    const { Stacks = [] } = await this.#formation.send(new DescribeStacksCommand({ StackName: this.#name }));
    return Object.fromEntries((Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  }

  /** Everything that ever happened to the stack. */
  async history(): Promise<number> {
    const { StackEvents = [] } = await this.#formation.send(new DescribeStackEventsCommand({ StackName: this.#name }));
    return StackEvents.length;
  }

  /** What AWS calls a resource of the template. */
  async physical(logical: string): Promise<string> {
    const { StackResources = [] } = await this.#formation.send(new DescribeStackResourcesCommand({ StackName: this.#name }));
    const found = StackResources.find(({ LogicalResourceId }) => LogicalResourceId === logical)?.PhysicalResourceId;
    if (found === undefined) throw new Error(`the stack has no ${logical}`);
    return found;
  }

  /** Whether the deployed rule would take events. */
  async takes(...events: unknown[]): Promise<boolean[]> {
    const { EventPattern } = await this.#events.send(new DescribeRuleCommand({ Name: await this.physical('Rule') }));
    const tests = events.map((event) => new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(event) }));
    const taken: boolean[] = [];
    for (const one of tests) taken.push((await this.#events.send(one)).Result === true);
    return taken;
  }

  /** Puts an event on the bus, from where the deployed rule takes it. */
  async put(source: string, detailType: string): Promise<void> {
    await this.#events.send(new PutEventsCommand({ Entries: [{ Source: source, DetailType: detailType, Detail: '{}' }] }));
  }

  /** Where the deployed rule sends. */
  async targets(): Promise<Target[]> {
    const { Targets = [] } = await this.#events.send(new ListTargetsByRuleCommand({ Rule: await this.physical('Rule') }));
    return Targets;
  }

  /** Hands an event to the rule's target as the rule does. */
  async deliver(event: unknown): Promise<void> {
    for (const { Arn } of await this.targets()) {
      await this.#lambda.send(new InvokeCommand({ FunctionName: Arn, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }));
    }
  }

  /** Asks a function and waits for it; `undefined` when it failed. */
  async call(logical: string, event: unknown): Promise<JsonObject | null | undefined> {
    const FunctionName = await this.physical(logical);
    const { FunctionError, Payload } = await this.#lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }));
    return FunctionError === undefined ? (JSON.parse(Payload?.transformToString() ?? 'null') as JsonObject | null) : undefined;
  }

  /** What API Gateway would get from the function `api`. */
  async api(path: string): Promise<{ status: number; body: string; headers: Record<string, string> }> {
    return this.#proxy('Reader', proxied(path));
  }

  /** What API Gateway would get from the function `hooks`. */
  async hook(sender: string, headers: Record<string, string>, body: string): Promise<{ status: number; body: string }> {
    return this.#proxy('Receiver', proxied(`/hooks/${sender}`, { method: 'POST', headers, body }));
  }

  async #proxy(logical: string, request: JsonObject): Promise<{ status: number; body: string; headers: Record<string, string> }> {
    const answer = await this.call(logical, request);
    if (!answer) throw new Error(`${logical} failed`);
    const { statusCode, body, multiValueHeaders, headers } = answer as unknown as Proxied;
    const single = Object.fromEntries(Object.entries(multiValueHeaders ?? {}).map(([name, values]) => [name, values.join(', ')]));
    return { status: statusCode, body: body ?? '', headers: { ...headers, ...single } };
  }

  /** An item, or nothing. */
  async item(id: string): Promise<Record<string, AttributeValue> | undefined> {
    const { Item } = await this.#dynamo.send(
      new GetItemCommand({ TableName: await this.physical('Table'), Key: { PipelineId: { S: id } }, ConsistentRead: true }),
    );
    return Item;
  }

  /** A Scan with API Gateway's own parameters. */
  async scan(parameters: JsonObject): Promise<JsonObject> {
    const { Items, LastEvaluatedKey } = await this.#dynamo.send(new ScanCommand(parameters as unknown as ConstructorParameters<typeof ScanCommand>[0]));
    return { Items, ...(LastEvaluatedKey ? { LastEvaluatedKey } : {}) } as unknown as JsonObject;
  }

  /** Puts rows into the table past everything, as they stand. */
  async rows(tiles: string[]): Promise<void> {
    const table = await this.physical('Table');
    const requests = tiles.map((tile) => {
      const { id } = JSON.parse(tile) as { id: string };
      return { PutRequest: { Item: { PipelineId: { S: id }, Tile: { S: tile } } } };
    });
    for (let first = 0; first < requests.length; first += 25) {
      await this.#dynamo.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests.slice(first, first + 25) } }));
    }
  }

  /** Removes everything from the table. */
  async clear(): Promise<void> {
    const table = await this.physical('Table');
    let start: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#dynamo.send(
        new ScanCommand({ TableName: table, ProjectionExpression: 'PipelineId', ExclusiveStartKey: start }),
      );
      for (let first = 0; first < Items.length; first += 25) {
        const requests = Items.slice(first, first + 25).map((Key) => ({ DeleteRequest: { Key } }));
        await this.#dynamo.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      }
      start = LastEvaluatedKey;
    } while (start);
  }

  /** Dead letters, those that wait and those that somebody is looking at. */
  async deadLetters(): Promise<number> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.physical('DeadLetters'),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  /** A dead letter's text; it stays where it is. */
  async deadLetter(): Promise<JsonObject> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: await this.physical('DeadLetters'), VisibilityTimeout: 0 }),
    );
    return JSON.parse(Messages[0]?.Body ?? 'null') as JsonObject;
  }

  async purge(): Promise<void> {
    await this.#sqs.send(new PurgeQueueCommand({ QueueUrl: await this.physical('DeadLetters') }));
  }

  /** Carries out `work` while a role may not do `action`, then gives it back. */
  async without(role: string, policy: string, action: string, work: () => Promise<void>): Promise<void> {
    const less = (document: PolicyDocument): void => {
      const holding = document.Statement.filter(({ Action }) => [Action].flat().includes(action));
      if (holding.length !== 1) throw new Error(`${role} had no ${action}`);
      for (const statement of holding) {
        const others = [statement.Action].flat().filter((one) => one !== action);
        // A statement without an action is none, and a policy without a statement neither; this one everybody may.
        statement.Action = others.length > 0 ? others : 'sts:GetCallerIdentity';
      }
    };
    await this.#changed(role, policy, less, work);
  }

  /** Carries out `work` while what a role may do hangs on no condition: the emulator doesn't know the one on an event's source. */
  async unconditioned(role: string, policy: string, work: () => Promise<void>): Promise<void> {
    const free = (document: PolicyDocument): void => {
      for (const statement of document.Statement) delete statement.Condition;
    };
    await this.#changed(role, policy, free, work);
  }

  async #changed(role: string, policy: string, change: (document: PolicyDocument) => void, work: () => Promise<void>): Promise<void> {
    const name = { RoleName: await this.physical(role), PolicyName: policy };
    const { PolicyDocument = '' } = await this.#iam.send(new GetRolePolicyCommand(name));
    const whole = decodeURIComponent(PolicyDocument);
    const changed = JSON.parse(whole) as PolicyDocument;
    change(changed);
    await this.#iam.send(new PutRolePolicyCommand({ ...name, PolicyDocument: JSON.stringify(changed) }));
    try {
      await work();
    } finally {
      await this.#iam.send(new PutRolePolicyCommand({ ...name, PolicyDocument: whole }));
    }
  }

  /** What a role's service has in its hands. The emulator lets the account's owner take a role that is not bound to a source; so it is unbound for a moment. */
  async keys(role: string): Promise<Credentials> {
    const RoleName = await this.physical(role);
    const { Role } = await this.#iam.send(new GetRoleCommand({ RoleName }));
    const bound = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    const unbound = JSON.parse(bound) as { Statement: { Condition?: unknown }[] };
    for (const statement of unbound.Statement) delete statement.Condition;
    await this.#iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(unbound) }));
    const arn = `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
    const { code, stdout, stderr } = await this.#emulator.aws(['sts', 'assume-role', '--role-arn', arn, '--role-session-name', 'test']);
    await this.#iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: bound }));
    if (code !== 0) throw new Error(stderr);
    const { Credentials: keys } = JSON.parse(stdout) as { Credentials: Record<'AccessKeyId' | 'SecretAccessKey' | 'SessionToken', string> };
    return { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken };
  }

  /** The deployment that the API's stage serves. */
  async deployment(): Promise<string> {
    const stage = await this.#gateway.send(new GetStageCommand({ restApiId: await this.physical('Api'), stageName: 'data' }));
    return stage.deploymentId ?? '';
  }

  /** The templates of `GET /`, read back, and what its good answers say of how long they last. */
  async integration(): Promise<Templates & { cacheControl: string }> {
    const restApiId = await this.physical('Api');
    const { items = [] } = await this.#gateway.send(new GetResourcesCommand({ restApiId }));
    const resourceId = items.find(({ path }) => path === '/')?.id;
    const { requestTemplates, integrationResponses } = await this.#gateway.send(new GetIntegrationCommand({ restApiId, resourceId, httpMethod: 'GET' }));
    const good = integrationResponses?.['200'];
    return {
      request: requestTemplates?.['application/json'] ?? '',
      response: good?.responseTemplates?.['application/json'] ?? '',
      cacheControl: good?.responseParameters?.['method.response.header.Cache-Control'] ?? '',
    };
  }
}

interface Proxied {
  statusCode: number;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body?: string;
}

/** A request as API Gateway hands it to a function. */
function proxied(path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}): JsonObject {
  const sent = { Host: 'api.example', ...headers };
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: sent,
    multiValueHeaders: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      httpMethod: method,
      identity: {},
      path: `/data${path}`,
      protocol: 'HTTP/1.1',
      requestId: 'request',
      requestTimeEpoch: 0,
      resourceId: 'resource',
      resourcePath: '/{proxy+}',
      stage: 'data',
    },
    body: body ?? null,
    isBase64Encoded: false,
  };
}
