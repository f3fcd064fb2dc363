import { cacheExchange } from '@urql/exchange-graphcache'
import { Client, type Exchange, gql, makeResult } from 'urql'
import { filter, map, pipe } from 'wonka'
import { expect, test } from 'vitest'
import { LONG_QUERY_CHARS, uncachedIfLong } from './long-query.ts'

const Validate = gql`
  query ($source: String!) {
    validatePipeline(source: $source) {
      stages {
        id
        name
      }
    }
  }
`
const keys = { Report: () => null, Stage: () => null }

/** A client whose server finds `stages` stages in every file, and the number of requests it received. */
function clientOf(stages: number) {
  const asked: string[] = []
  const server: Exchange = () => (operations) =>
    pipe(
      operations,
      filter(({ kind }) => kind === 'query'),
      map((operation) => {
        asked.push((operation.variables as { source: string }).source)
        const list = Array.from({ length: stages }, (_, at) => ({ __typename: 'Stage', id: `s${at}`, name: `${at}` }))
        return makeResult(operation, { data: { validatePipeline: { __typename: 'Report', stages: list } } })
      }),
    )
  const client = new Client({ url: '/', exchanges: [uncachedIfLong(cacheExchange({ keys })), server] })
  const ask = async (source: string) => {
    const { data, error } = await client.query<{ validatePipeline: { stages: { __typename: string }[] } }>(
      Validate,
      { source },
      { requestPolicy: 'cache-first' },
    )
    if (error) throw error
    return data?.validatePipeline.stages
  }
  return { asked, ask }
}

test('the result of a short query is cached', async () => {
  const { asked, ask } = clientOf(2)
  const source = 'x'.repeat(LONG_QUERY_CHARS)
  expect(await ask(source)).toHaveLength(2)
  expect(await ask(source)).toHaveLength(2)
  expect(asked).toEqual([source])
})

test('a long query is fetched each time, and its result has the same form as a cached one', async () => {
  const { asked, ask } = clientOf(2)
  const source = 'x'.repeat(LONG_QUERY_CHARS + 1)
  const first = await ask(source)
  expect(first).toEqual(await ask(source))
  expect(first?.[0]?.__typename).toBe('Stage')
  expect(asked).toHaveLength(2)
})

test('the result for a file of a megabyte with a thousand stages is available at once', async () => {
  const { ask } = clientOf(1000)
  const source = 'x'.repeat(950_000)
  const began = performance.now()
  expect(await ask(source)).toHaveLength(1000)
  expect(performance.now() - began).toBeLessThan(1000)
})
