import { expect, test } from 'vitest'
import { sentenceOf } from './words.ts'

test("a message drops the name of the request's field and begins with a capital letter", () => {
  expect(sentenceOf('inputUpload: broken.json: line 2, column 4: expected a value')).toBe(
    'broken.json: line 2, column 4: expected a value',
  )
  expect(sentenceOf('the separator was guessed')).toBe('The separator was guessed')
  expect(sentenceOf('`a` is empty')).toBe('`a` is empty')
})
