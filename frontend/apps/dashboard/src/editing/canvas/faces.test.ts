import type { ProblemFieldsFragment } from '@flowmason/graphql'
import { expect, test } from 'vitest'
import { facesOf, peopleAt } from './faces.ts'

const problem = (stage: string | null, severity: ProblemFieldsFragment['severity']): ProblemFieldsFragment => ({
  severity,
  code: 'MISSING_PATH',
  message: 'It is wrong',
  suggestion: null,
  path: '',
  line: 1,
  column: 1,
  stage,
})

test('a stage shows how many problems it has, as an error if one is', () => {
  expect(
    facesOf([problem('a', 'WARNING'), problem('a', 'ERROR'), problem('b', 'WARNING'), problem(null, 'ERROR')]),
  ).toEqual({
    a: { status: 'failed', word: '2 problems', figure: '2 problems' },
    b: { status: 'waiting', word: '1 problem', figure: '1 problem' },
  })
})

test('others are at the stage where they are, and nobody sees herself', () => {
  const person = (name: string, stage: string | null, own = false) => ({ key: name, name, own, stage, field: null })
  expect(peopleAt([person('Ada', 'a', true), person('Grace', 'a'), person('Joan', 'a'), person('Mary', null)])).toEqual(
    {
      a: ['Grace', 'Joan'],
    },
  )
})

test('what others say about where they are is any text', () => {
  const at = (stage: string) => ({ key: stage, name: 'Ada', own: false, stage, field: null })
  const people = peopleAt([at('constructor'), at('__proto__'), at('toString')])
  expect(Object.entries(people)).toEqual([
    ['constructor', ['Ada']],
    ['__proto__', ['Ada']],
    ['toString', ['Ada']],
  ])
})
