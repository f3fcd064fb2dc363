// The end of a test sign-in. Whoever tests may do so in another browser, in which nobody is signed in: the result is in
// the settings, for those who may see them.

import { useEffect } from 'react'
import { Link, useNavigate } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { Empty } from '@flowmason/ui'
import { hasSession } from '../api.ts'
import { useTitle } from '../lib/use-title.ts'
import { plainLink } from './list.tsx'
import { SignedOutPage } from './signed-out-page.tsx'

export function TestDone() {
  useTitle('The test is done')
  const navigate = useNavigate()
  const known = hasSession()
  useEffect(() => {
    if (known) void navigate({ to: '/settings/single-sign-on', replace: true })
  }, [known, navigate])
  if (known) return null
  return (
    <SignedOutPage title="The test is done">
      <div role="status" className="rounded-float border border-line bg-panel">
        <Empty
          icon={<CircleCheck size={20} aria-hidden="true" />}
          title="See the result in the settings"
          className="py-8"
          action={
            <Link to="/settings/single-sign-on" className={plainLink}>
              Settings of single sign-on
            </Link>
          }
        >
          A test signs nobody in. Its result is shown in the browser in which you began it, under Settings, Single
          sign-on. You can close this page.
        </Empty>
      </div>
    </SignedOutPage>
  )
}
