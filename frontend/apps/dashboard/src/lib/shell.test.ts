import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { pipelineFile } from './files.ts'
import { curlCommand, runCommand, shellWord } from './shell.ts'

const words = (line: string): string[] =>
  execFileSync('sh', ['-c', `for each in ${line}; do printf '%s\\0' "$each"; done`])
    .toString()
    .split('\0')
    .slice(0, -1)

test.each(['plain', 'two words', "it's", '$(id)', '`id`', 'a;b', '', '*', '~', '-x', 'a\nb', '"', '\\'])(
  'a shell reads %j back unchanged',
  (text) => {
    expect(words(shellWord(text))).toEqual([text])
  },
)

test('the command that starts the run again has four words', () => {
  const line = runCommand(pipelineFile("Ada's inbox; rm -rf ~"), { value: { text: "it's $HOME" } })
  expect(words(line)).toEqual([
    'flowmason',
    'run',
    "Ada's inbox; rm -rf ~.pipeline.json",
    '--input',
    `{"text":"it's $HOME"}`,
  ])
})

test('an input that is too long for a command line is read from a file', () => {
  expect(words(runCommand('-inbox.pipeline.json', { file: 'run_1-input.json' }))).toEqual([
    'flowmason',
    'run',
    './-inbox.pipeline.json',
    '--input-file',
    'run_1-input.json',
  ])
})

test('the curl command has its document in one word', () => {
  const line = curlCommand('http://127.0.0.1:8080', '{ a(b: "it\'s") }').replaceAll('\\\n', '')
  expect(words(line).at(-1)).toBe(JSON.stringify({ query: '{ a(b: "it\'s") }' }))
})
