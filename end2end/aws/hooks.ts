// Hooks on the emulator.

import { createHmac } from 'node:crypto';

import { expect } from '@playwright/test';

import type { Emulator } from './emulator.ts';
import type { Stack } from './stack.ts';
import type { Json } from './template.ts';

/** Hooks are taken with the secret that stands in Secrets Manager, by a role that may do just that. */
export async function tryHooks(emulator: Emulator, stack: Stack, detail: Json): Promise<void> {
  const { HookSecret = '' } = await stack.outputs();
  const told = await emulator.aws(['secretsmanager', 'get-secret-value', '--secret-id', HookSecret, '--query', 'SecretString']);
  const secret = JSON.parse(told.stdout) as string;
  const body = JSON.stringify(detail);
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const post = async (headers: Record<string, string>): Promise<number> => (await stack.hook('github', { 'X-GitHub-Event': 'workflow_run', ...headers }, body)).status;
  const signed = { 'X-Hub-Signature-256': signature };

  await stack.without('ReceiverRole', 'receive', 'secretsmanager:GetSecretValue', async () => {
    expect(await post(signed)).toBe(503);
  });
  expect(await post({})).toBe(401);
  expect(await post({ 'X-Hub-Signature-256': signature.replace(/.$/, 'x') })).toBe(401);
  await stack.without('ReceiverRole', 'receive', 'events:PutEvents', async () => {
    expect(await post(signed)).toBe(503);
  });
  await stack.unconditioned('ReceiverRole', 'receive', async () => {
    expect(await post(signed)).toBe(202);
  });
  const scan = { TableName: await stack.physical('Table'), IndexName: 'Tiles' };
  await expect.poll(async () => JSON.stringify(await stack.scan(scan)), { timeout: 20_000 }).toMatch(/"github:eu-west-1:\d{12}:acme~2Fweb-shop/);
}
