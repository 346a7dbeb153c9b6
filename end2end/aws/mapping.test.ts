// `GET /` by its templates: the rows as they are, all of them, whatever their names are.

import { expect, test } from '@playwright/test';

import { ENGINES, type Engine, type Scan, type Templates, pages } from './mapping.ts';
import { type Json, type JsonObject, at, object, read, resolve, text } from './template.ts';

/** Small rows are paged by their number, big ones by their bytes. */
type Size = 'small' | 'big';

const PAGE_ROWS = 1000;
const WITH_A_ROW = 'attribute_exists(Tile)';
const PAGE_BYTES = 1024 * 1024;

const HOSTILE = [
  `it's "quoted"`,
  '$name ${name} $!name $util.urlDecode("x")',
  '#set($x = 1) #if(true) #end ## no comment #* nor this *#',
  '\\ \\" \\u0041 \\n C:\\new',
  '<script>alert(1)</script>',
  '🚀 ünïcödé ‏ right to left',
  '\u0000\u0001\u001f \u2028\u2029',
  '',
  ' ',
  "null $null.x $row.Tile.S $foreach.hasNext #end #end",
];

/** The templates as the stack deploys them. */
function templates(): Templates {
  const template = read();
  const method = resolve(template, template.Resources['GetTiles']?.Properties ?? null);
  return {
    request: text(at(method, 'Integration', 'RequestTemplates', 'application/json')),
    response: text(at(method, 'Integration', 'IntegrationResponses', 0, 'ResponseTemplates', 'application/json')),
  };
}

function id(index: number): string {
  return `codepipeline:eu-west-1:111122223333:pipeline-${String(index).padStart(4, '0')}~C3~A9`;
}

function tile(index: number, size: Size): string {
  const message = (HOSTILE[index % HOSTILE.length] ?? '') + (size === 'big' ? HOSTILE.join(' ').repeat(4) : '');
  return JSON.stringify({ id: id(index), name: `pipeline ${index}`, status: 'FAILED', change: { message } });
}

/** A table that pages as DynamoDB does: by rows, and by bytes, before it leaves out what has left the wall. */
function store(rows: number, size: Size): { scan: Scan; tiles: string[] } {
  const tiles = Array.from({ length: rows }, (_, index) => (index % 7 === 3 ? undefined : tile(index, size)));
  const scan = (parameters: JsonObject): Promise<JsonObject> => {
    expect(Object.keys(parameters).filter((name) => name !== 'ExclusiveStartKey')).toEqual(['TableName', 'IndexName', 'Limit', 'FilterExpression']);
    expect(parameters).toMatchObject({ IndexName: 'Tiles', Limit: PAGE_ROWS, FilterExpression: WITH_A_ROW });
    const start = at(parameters, 'ExclusiveStartKey', 'PipelineId', 'S');
    const first = start === undefined ? 0 : tiles.findIndex((_, index) => id(index) === start) + 1;
    const items: Json[] = [];
    let [bytes, last] = [0, first];
    for (; last < tiles.length && last - first < PAGE_ROWS && bytes < PAGE_BYTES; last += 1) {
      const row = tiles[last];
      const item = { PipelineId: { S: id(last) }, ...(row === undefined ? {} : { Tile: { S: row } }) };
      bytes += Buffer.byteLength(JSON.stringify(item));
      if (row !== undefined) items.push(item);
    }
    // DynamoDB may end just at the last row and tell of a next page all the same.
    const more = last < tiles.length || last - first === PAGE_ROWS;
    return Promise.resolve({
      Count: items.length,
      ScannedCount: last - first,
      Items: items,
      ...(more ? { LastEvaluatedKey: { PipelineId: { S: id(last - 1) } } } : {}),
    });
  };
  return { scan, tiles: tiles.filter((row) => row !== undefined) };
}

for (const [name, make] of Object.entries(ENGINES)) {
  test.describe(name, () => {
    let engine: Engine;
    test.beforeAll(() => {
      engine = make();
    });
    test.afterAll(() => {
      engine.end();
    });

    for (const [rows, size, atLeast] of [
      [0, 'small', 1],
      [1, 'small', 1],
      [999, 'small', 1],
      [1000, 'small', 2],
      [1001, 'small', 2],
      [2500, 'small', 3],
      [2500, 'big', 4],
    ] as const) {
      test(`${rows} ${size} rows come byte for byte`, async () => {
        const { scan, tiles } = store(rows, size);
        const all = await pages(engine, templates(), scan);
        for (const { body, scanned } of all) {
          const joined = (scanned['Items'] as JsonObject[]).map((item) => text(at(item, 'Tile', 'S'))).join(',');
          // Megabytes in an error message help nobody.
          expect(body === `[${joined}]`).toBe(true);
        }
        const found = all.flatMap(({ body }) => JSON.parse(body) as Json[]);
        expect(found.map((one) => JSON.stringify(one)).join('\n') === tiles.join('\n')).toBe(true);
        expect(all.length).toBeGreaterThanOrEqual(atLeast);
      });
    }

    test('a start comes as it is or escaped, and is no code', async () => {
      const { request } = templates();
      const table = { TableName: 'Table', IndexName: 'Tiles', Limit: PAGE_ROWS, FilterExpression: WITH_A_ROW };
      const asked = async (start?: string): Promise<string> => (await engine.render(request, start === undefined ? {} : { start }, {})).body;

      expect(JSON.parse(await asked())).toEqual(table);
      for (const start of [id(7), encodeURIComponent(id(7))]) {
        expect(JSON.parse(await asked(start))).toEqual({ ...table, ExclusiveStartKey: { PipelineId: { S: id(7) } } });
      }
      // The gate lets none of these through. Without it they stay a text, or make the request one that the store refuses.
      for (const start of [...HOSTILE, `"}},"Limit":1,"x":{"y":{"z":"`].filter((one) => one !== '')) {
        let told: JsonObject | undefined;
        try {
          told = object(JSON.parse(await asked(encodeURIComponent(start))) as Json);
        } catch (error) {
          expect(start, String(error)).toContain("'");
        }
        if (told) expect(told).toEqual({ ...table, ExclusiveStartKey: { PipelineId: { S: start } } });
      }
    });
  });
}
