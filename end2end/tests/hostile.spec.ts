// Commit messages, names and dates are written by strangers.

import { type Event, run } from '../event.ts';
import { expect, test } from '../test.ts';

const LONG = 'x'.repeat(10_000);

for (const [what, text] of Object.entries({
  markup: '<script>document.title = "owned"</script><img src=x onerror=alert(1)>',
  'an entity': '&lt;b&gt;bold&lt;/b&gt; &amp; "quoted" \'single\'',
  emoji: '🚀 ship it 👩‍💻 e\u0301',
  'a right-to-left override': 'safe \u202Eexe.txt\u202C end',
  'Arabic and Hebrew': 'إصلاح الخطأ תיקון',
  'control characters': 'a\u0000b\u0007c\u001b[31md',
  'ten thousand letters': LONG,
})) {
  test(`${what} in a commit is text`, async ({ page, server, wall, picture }) => {
    await server.post(run('shop').by(text, text).stage('Prod').failed(), run('other'));
    await wall.open();
    await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
    await expect(wall.tile('other')).toBeVisible();
    expect(await page.title()).not.toBe('owned');
    await expect(wall.main.locator('script, img[src="x"], b')).toHaveCount(0);
    const shown = await wall.tile('shop').innerText();
    expect(shown.length).toBeLessThan(2_000);
    // Nothing that reorders or hides text may reach the screen.
    expect(shown).not.toMatch(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u);
    await picture(`hostile-${what.replaceAll(' ', '-')}`);
  });
}

test('names of stages are text, too', async ({ server, wall }) => {
  await server.post(run('shop').stage('<b>Prod</b>').failed());
  await wall.open();
  await expect(wall.tile('shop')).toContainText('<b>Prod</b>');
  await expect(wall.tile('shop').locator('b')).toHaveCount(0);
});

const changed = (change: (event: Event) => void): Event => {
  const event = structuredClone(run('shop').events[0]);
  if (!event) throw new Error('a run has a first event');
  change(event);
  return event;
};

for (const [what, event] of Object.entries({
  'a null pipeline': changed((event) => (event.detail['pipeline'] = null)),
  'an empty run': changed((event) => (event.detail['execution-id'] = '')),
  'an impossible date': changed((event) => (event.time = '2026-04-31T99:00:00Z')),
  'no detail': changed((event) => (event.detail = null as never)),
  'a list as state': changed((event) => (event.detail['state'] = ['FAILED'])),
  'an attempt of 1e308': changed((event) => (event.detail['pipeline-execution-attempt'] = 1e308)),
})) {
  test(`${what} is refused with a reason, or read, and breaks nothing`, async ({ server, wall }) => {
    const answer = await server.offer(JSON.stringify([event, ...run('good').events]));
    expect(answer.accepted + answer.rejected.length).toBe(2);
    for (const { index, error } of answer.rejected) {
      expect(index).toBe(0);
      expect(error).toMatch(/\w+/);
    }
    await wall.open();
    await expect(wall.tile('good')).toBeVisible();
  });
}

test('numbers out of every range and unknown fields are let pass', async ({ server, wall }) => {
  const event = changed((event) => {
    event.detail['version'] = 1e308;
    event.detail['unknown'] = { deep: [null, -1e-308, { '': [] }] };
    event.detail['start-time'] = 'Sep 31, 2017 25:61:61 PM';
  });
  await server.post(event);
  await wall.open();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'running');
});

test('a state that nobody knows is shown as unknown', async ({ server, wall }) => {
  await server.post(changed((event) => (event.detail['state'] = 'LEVITATING')));
  await wall.open();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'unknown');
});
