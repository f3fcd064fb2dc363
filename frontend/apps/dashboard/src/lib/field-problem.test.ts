import { expect, test } from 'vitest'
import { fieldProblem } from './field-problem.ts'

const fields = { email: 'The email address', password: 'The password' }

test('an error of a field is shown there as a sentence, every other error as a whole', () => {
  const invalid = (message: string) => fieldProblem({ code: 'INVALID_INPUT', message }, fields)
  expect(invalid('password: is too short')).toEqual({ at: { password: 'The password is too short.' }, rest: undefined })
  expect(invalid('email: `x` is not an email address').at).toEqual({ email: '`x` is not an email address.' })
  expect(invalid('email: an account exists; sign in').at).toEqual({ email: 'An account exists; sign in.' })
  expect(invalid('role: is above yours')).toEqual({
    at: {},
    rest: { code: 'INVALID_INPUT', message: 'role: is above yours' },
  })
  expect(fieldProblem(undefined, fields)).toEqual({ at: {}, rest: undefined })
})
