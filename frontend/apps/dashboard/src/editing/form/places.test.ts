import { expect, test } from 'vitest'
import { componentKeys, componentOf } from '../file-keys.ts'
import { marksOf } from './marks.ts'
import { partsOf, problemsOfStage } from './problem-places.ts'
import { fieldsOf } from './schema.ts'
import { othersOf, placeOfInput, readStage } from './stage-value.ts'

const file = {
  stages: [
    { id: 'fetch', component_type: 'http-request@^1.0.0', config: { url: '{{input.url}}' } },
    {
      id: 'sum',
      type: 'generator',
      model: 'small',
      config: { user_prompt: 'Hi', temprature: 1 },
      llm_settings: { model: 'large' },
      color: 'red',
    },
  ],
}
const [prompt, temperature] = fieldsOf({
  type: 'object',
  properties: { prompt: { type: 'string', 'x-synonyms': ['user_prompt'] }, temperature: { type: 'number' } },
})
if (!prompt || !temperature) throw new Error('no fields')

const read = (id: string) => {
  const found = readStage(JSON.stringify(file), id)
  if (typeof found === 'string') throw new Error(found)
  return found
}

test('a stage is read from the text by its id', () => {
  const { ids, models, stage } = read('sum')
  expect(ids).toEqual(['fetch', 'sum'])
  expect(models).toEqual(['large', 'small'])
  expect(componentOf(stage)).toBe('generator')
  expect(componentOf(read('fetch').stage)).toBe('http-request')
  expect(componentKeys(read('fetch').stage)).toEqual(['component_type'])
  expect(componentKeys({})).toEqual(['type'])
  expect(readStage('{"stages": [', 'sum')).toBe('incomplete')
  expect(readStage('{"stages": 4}', 'sum')).toBe('gone')
})

test('an input is changed where the file has it, and a new one goes where the others are', () => {
  const { stage } = read('sum')
  expect(placeOfInput(stage, prompt)).toEqual({ path: ['config', 'user_prompt'], value: 'Hi' })
  expect(placeOfInput(stage, temperature)).toEqual({ path: ['config', 'temperature'], value: undefined })
  expect(placeOfInput({ input_mapping: {} }, temperature).path).toEqual(['input_mapping', 'temperature'])
  const both = { config: { prompt: 'a' }, input_mapping: { prompt: 'b' } }
  expect(placeOfInput(both, prompt)).toEqual({ path: ['input_mapping', 'prompt'], value: 'b' })
})

test('what no field shows is among the other fields', () => {
  const { stage } = read('sum')
  const others = othersOf(stage, [prompt, temperature], ['llm_settings'])
  expect(others.map(({ path }) => path.join('.'))).toEqual(['config.temprature', 'model', 'color'])
  // An input that has two places is read from one: the other one is shown as it is.
  const both = { id: 'a', config: { prompt: 'a' }, input_mapping: { prompt: 'b' } }
  expect(othersOf(both, [prompt], []).map(({ path }) => path.join('.'))).toEqual(['config.prompt'])
})

test('the path of a problem is read as the checks write it', () => {
  expect(partsOf('$.stages[2].config["a b"][0]')).toEqual(['stages', 2, 'config', 'a b', 0])
  expect(partsOf('$.stages[0].config["c.d"]["é\\n"].x-y')).toEqual(['stages', 0, 'config', 'c.d', 'é\n', 'x-y'])
  expect(partsOf('$')).toEqual([])
  expect(partsOf('$..a')).toBeUndefined()
})

test('the problems of a stage are found by its id, wherever it stands now', () => {
  const problem = { severity: 'ERROR' as const, code: 'X', message: 'm', suggestion: null }
  const placed = problemsOfStage(
    [
      { ...problem, path: '$.stages[7].config.prompt', stage: 'sum' },
      { ...problem, path: '$.stages[7]', stage: 'sum' },
      { ...problem, path: '$.stages[0].config', stage: 'fetch' },
      { ...problem, path: '$.name', stage: null },
    ],
    'sum',
  )
  expect(placed.map(({ path }) => path)).toEqual([['config', 'prompt'], []])
})

test('templates are marked without changing a letter', () => {
  for (const text of [
    '',
    'a',
    'Hi {{ input.a }} and {{b}}!',
    '{{}}',
    '{{ "}}" }} x',
    'open {{ input',
    '{{a}}{{a}}',
    '{{ {"a": 1} }}',
  ]) {
    expect(
      marksOf(text)
        .map((each) => each.text)
        .join(''),
    ).toBe(text)
  }
  expect(marksOf('a {{ b }}').map((each) => each.template)).toEqual([false, true])
})
