// Errors that bringing two sides together has made: two changes that are right alone may be wrong together.

import type { ProblemFieldsFragment } from '@flowmason/graphql'

interface Report {
  problems: readonly ProblemFieldsFragment[]
}

const isError = ({ severity }: ProblemFieldsFragment) => severity === 'ERROR'

/** The errors of the result that no side has. */
export function newErrors(result: Report, sides: readonly Report[]): ProblemFieldsFragment[] {
  const keyOf = ({ code, stage, message }: ProblemFieldsFragment) => JSON.stringify([code, stage, message])
  const known = new Set(sides.flatMap(({ problems }) => problems.filter(isError).map(keyOf)))
  return result.problems.filter((each) => isError(each) && !known.has(keyOf(each)))
}
