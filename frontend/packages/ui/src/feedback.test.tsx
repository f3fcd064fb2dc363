import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Loading, Skeleton } from './feedback.tsx'

test('what loads is said by the text of a live region and is no label of a field', () => {
  const drawn = renderToStaticMarkup(
    <Loading label="Loading the domains">
      <Skeleton />
    </Loading>,
  )
  expect(drawn).toContain('role="status"')
  expect(drawn).toContain('<span class="sr-only">Loading the domains</span>')
  expect(drawn).not.toContain('aria-label')
  expect(drawn).toMatch(/<span class="fm-late[^"]*" aria-hidden="true"><\/span><\/div>$/)
})
