import { json } from '@codemirror/lang-json'
import { EditorState } from '@codemirror/state'
import { expect, test } from 'vitest'
import { placeAt, positionOf } from './places.ts'

const TEXT = JSON.stringify(
  {
    name: 'p',
    stages: [
      { id: 'one', component: 'generator', config: { prompt: 'Hello', stages: [{ id: 'inner' }] } },
      { id: 'two', config: { data: { deep: 1 } } },
    ],
  },
  null,
  2,
)

const opened = (doc: string) => EditorState.create({ doc, extensions: [json()] })

const at = (text: string) => TEXT.indexOf(text) + 2

test('a position is in the field of a stage, of the file, or nowhere', () => {
  const state = opened(TEXT)
  expect(placeAt(state, at('"Hello"'))).toEqual({ stage: 'one', field: 'config.prompt' })
  expect(placeAt(state, at('"deep"'))).toEqual({ stage: 'two', field: 'config.data.deep' })
  expect(placeAt(state, at('"inner"'))).toEqual({ stage: 'one', field: 'config.stages.id' })
  expect(placeAt(state, at('"p"'))).toEqual({ stage: null, field: 'name' })
  expect(placeAt(state, 0)).toEqual({ stage: null, field: null })
})

test('a stage and a field are found at their lines', () => {
  const state = opened(TEXT)
  const line = (stage: string | null, field: string | null) => {
    const position = positionOf(state, { stage, field })
    return position === undefined ? undefined : state.doc.lineAt(position).text.trim()
  }
  expect(line('one', 'config.prompt')).toBe('"prompt": "Hello",')
  expect(line('two', null)).toBe('{')
  expect(line('two', 'config.data.gone')).toBe('"data": {')
  expect(line(null, 'name')).toBe('"name": "p",')
  expect(line('gone', null)).toBeUndefined()
  expect(line(null, null)).toBeUndefined()
})

test('a text that is not complete has places, too', () => {
  const state = opened(TEXT.replace('"Hello"', '"Hello'))
  expect(placeAt(state, TEXT.indexOf('"Hello"') + 2)).toMatchObject({ stage: 'one' })
})
