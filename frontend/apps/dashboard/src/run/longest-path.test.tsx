import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { LongestPath } from './longest-path.tsx'

afterEach(cleanup)

const path = (stages: number) => Array.from({ length: stages }, (_, at) => `s${at}`)

test('a short path is shown in full', () => {
  const { container } = render(<LongestPath path={path(5)} />)
  expect(container.textContent).toBe('Longest path: s0 → s1 → s2 → s3 → s4')
  expect(container.querySelector('details')).toBeNull()
})

test('a long path is collapsed to its ends and its number of stages; expanded, it shows all of them', () => {
  const { container } = render(<LongestPath path={path(1000)} />)
  expect(container.querySelector('details')?.open).toBe(false)
  const [line, all] = [container.querySelector('summary'), container.querySelector('details p')]
  expect(line?.textContent).toBe('Longest path, 1,000 stages: s0 → s1 → … → s998 → s999')
  expect(all?.textContent).toBe(path(1000).join(' → '))
})
