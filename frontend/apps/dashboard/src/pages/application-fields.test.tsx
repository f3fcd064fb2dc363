// @vitest-environment happy-dom
import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { ApplicationFieldsFragment } from '@flowmason/graphql/people'
import { ApplicationFields, readApplication } from './application-fields.tsx'

afterEach(cleanup)

const known: ApplicationFieldsFragment = {
  clientId: 'app_1',
  name: 'Reports',
  kind: 'PUBLIC',
  redirectUris: ['https://a.example/cb', 'http://127.0.0.1/cb'],
  scopes: ['run.read'],
  deviceFlow: true,
  serviceAccountId: null,
  secretPrefix: null,
  formerSecretUntil: null,
  createdAt: '2026-11-30T08:00:00Z',
  lastUsedAt: null,
}

test('the fields of a known application read back as they are', () => {
  const { container } = render(
    <form>
      <ApplicationFields application={known} errorAt={() => undefined} />
      <input type="hidden" name="permission" value="run.read" />
    </form>,
  )
  const form = container.querySelector('form')
  const { name, redirectUris, scopes, deviceFlow } = known
  expect(form && readApplication(new FormData(form))).toEqual({ name, redirectUris, scopes, deviceFlow })
})
