import { expect, test } from 'vitest'
import { nameFromFile, pipelineFile, readTextFile, titleOf } from './files.ts'

const file = (bytes: number[]) => new File([new Uint8Array(bytes)], 'x.pipeline.json')

test('a source keeps its bytes, a byte order mark included', async () => {
  expect((await readTextFile(file([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).text).toBe('\uFEFF{}')
})

test.each([
  ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ['Windows-1252', [0x22, 0x63, 0x61, 0x66, 0xe9, 0x22]],
])('a source in %s is refused and not damaged', async (_, bytes) => {
  await expect(readTextFile(file(bytes))).rejects.toThrow('x.pipeline.json is not UTF-8. Save it as UTF-8')
})

test.each(['a/b\\c', 'a:b', 'what?', '"x"', '<x>', 'a|b', 'a*'])(
  'the file of %j has a name that every system accepts',
  (name) => {
    expect(pipelineFile(name)).not.toMatch(/[\\/:*?"<>|]/)
  },
)

test('the file names a pipeline only if its document does not', () => {
  const of = (text: string) => titleOf({ name: 'inbox.pipeline.json', text })
  expect([of('\uFEFF{"name":"Inbox"}'), of('{"name":" "}'), of('{}'), of('no JSON')]).toEqual([
    undefined,
    'inbox',
    'inbox',
    'inbox',
  ])
})

test('the name of a pipeline without one is that of its file', () => {
  expect(['inbox.pipeline.json', 'inbox.json', 'inbox.JSON', 'inbox'].map(nameFromFile)).toEqual(Array(4).fill('inbox'))
})
