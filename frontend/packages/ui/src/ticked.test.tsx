import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Ticked, plainText } from './ticked.tsx'

test('text between backticks is code, and no backtick is shown', () => {
  const drawn = renderToStaticMarkup(<Ticked text="the field `a` of `b` is missing" />)
  expect(drawn.replaceAll(/ class="[^"]*"/g, '')).toBe('the field <code>a</code> of <code>b</code> is missing')
  expect(plainText('the field `a`')).toBe('the field a')
})

/** Excluded: the message of a log line is the pipeline's own text and is shown unchanged. */
const OWN_TEXT = new Set(['log-line.tsx'])
const root = join(import.meta.dirname, '../../..')
const files = ['apps/dashboard/src', 'packages/ui/src', 'packages/pipeline-canvas/src'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tsx') && !name.endsWith('.test.tsx'))
    .map((name) => join(folder, name)),
)
/** Matches a server message that is rendered directly, as a child of an element or in a tooltip. */
const BARE =
  /(?:^\s*|>\s*|title=)\{[\w.?]*\.(?:message|suggestion|reason|place|description)(?: \?\? [^}]*| \|\| [^}]*)?\}/

test.each(files)('%s renders sentences of the server with their code', (name) => {
  if (OWN_TEXT.has(name.split('/').at(-1) ?? '')) return
  const lines = readFileSync(join(root, name), 'utf8').split('\n')
  expect(lines.filter((line) => BARE.test(line))).toEqual([])
})
