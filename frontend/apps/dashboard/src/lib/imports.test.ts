import { expect, test } from 'vitest'

const sources = {
  ...import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true }),
  ...import.meta.glob<string>('../../../../packages/*/src/**/*.{ts,tsx}', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
}

/** They try again when the server is back. */
const LOADERS = /(?:later|lazyPage|loadUntilThere|loadWhenIdle)\(|const load\w+ = \(\) =>/
/** The entry, which is the page itself, and the worker, whose file has everything. */
const EXCEPT = /(?:\/main\.tsx|\.worker\.ts|\.test\.tsx?)$/

test('a part of the dashboard is loaded by a function that tries again when the server is away', () => {
  const bare = Object.entries(sources).flatMap(([path, text]) =>
    EXCEPT.test(path)
      ? []
      : [...text.matchAll(/(?<!typeof )\bimport\('/g)]
          .filter(
            ({ index }) =>
              !LOADERS.test(
                text
                  .slice(Math.max(0, index - 300), index)
                  .split('\n\n')
                  .pop() ?? '',
              ),
          )
          .map(({ index }) => `${path}: ${text.slice(index, index + 60).split('\n')[0]}`),
  )
  expect(bare).toEqual([])
  expect(Object.keys(sources).length).toBeGreaterThan(200)
})
