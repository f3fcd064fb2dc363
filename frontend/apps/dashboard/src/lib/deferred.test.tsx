import { type ReactNode, StrictMode, Suspense, use } from 'react'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { Deferred } from './deferred.tsx'

afterEach(cleanup)

const seen: string[] = []
function Part({ name }: { name: string }) {
  seen.push(name)
  return <p>{name}</p>
}
const draw = (children: ReactNode) => {
  seen.length = 0
  return render(<>{children}</>)
}

test('parts are rendered after the page, in order, and one with more steps later', async () => {
  draw(
    <>
      <Deferred steps={2}>
        <Part name="third" />
      </Deferred>
      <Deferred>
        <Part name="second" />
      </Deferred>
      <Part name="first" />
    </>,
  )
  expect(seen).toEqual(['first'])
  await screen.findByText('third')
  expect(seen).toEqual(['first', 'second', 'third'])
})

test('a part that is unmounted before its turn blocks no other', async () => {
  const { rerender } = draw(
    <Deferred key="a">
      <Part name="gone" />
    </Deferred>,
  )
  rerender(
    <Deferred key="b">
      <Part name="next" />
    </Deferred>,
  )
  await screen.findByText('next')
  expect(seen).toEqual(['next'])
})

test('a part that never commits blocks the others for at most a second', async () => {
  const never = new Promise<void>(() => {})
  function Stuck() {
    use(never)
    return null
  }
  draw(
    <>
      <Suspense fallback={null}>
        <Deferred>
          <Stuck />
        </Deferred>
      </Suspense>
      <Deferred>
        <Part name="behind" />
      </Deferred>
    </>,
  )
  await waitFor(() => expect(screen.queryByText('behind')).not.toBeNull(), { timeout: 3000 })
})

test('the part is rendered even if effects run twice', async () => {
  draw(
    <StrictMode>
      <Deferred>
        <Part name="strict" />
      </Deferred>
    </StrictMode>,
  )
  expect(await screen.findByText('strict')).toBeTruthy()
})
