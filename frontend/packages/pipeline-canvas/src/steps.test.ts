import { expect, test } from 'vitest'
import { type Steps, atOnce, inSlices } from './steps.ts'

function* sumTo(n: number, log: string[] = []): Steps<number> {
  let sum = 0
  for (let at = 1; at <= n; at++) {
    const until = performance.now() + 2
    while (performance.now() < until) sum += 0
    sum += at
    log.push(`step ${at}`)
    yield undefined
  }
  return sum
}

test('running in slices and at once gives the same result', async () => {
  expect(atOnce(sumTo(10))).toBe(55)
  expect(await inSlices(sumTo(10))).toBe(55)
})

test('other work runs between slices', async () => {
  const log: string[] = []
  const other = setInterval(() => log.push('other'))
  await inSlices(sumTo(20, log))
  clearInterval(other)
  // If the last slice used its whole time, the other work runs once more after it.
  expect(log.filter((line) => line !== 'other')).toHaveLength(20)
  expect(log.indexOf('other')).toBeGreaterThan(-1)
  expect(log.indexOf('other')).toBeLessThan(log.indexOf('step 20'))
})
