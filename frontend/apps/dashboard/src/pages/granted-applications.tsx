// The applications that the user has allowed, in all of their organizations.

import { AppWindow } from 'lucide-react'
import { MyApplicationGrantsDocument, RevokeMyApplicationGrantDocument } from '@flowmason/graphql/account'
import { Empty } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { ApplicationGrants } from './application-grants.tsx'

export function GrantedApplications() {
  const answer = useAnswer(MyApplicationGrantsDocument, {}, { requestPolicy: 'cache-and-network' })
  const revoke = useChange(RevokeMyApplicationGrantDocument)
  return (
    <ApplicationGrants
      name="applications"
      label="Applications with access"
      answer={answer}
      rows={answer.data?.myApplicationGrants}
      detail={(grant) => `in ${grant.organizationName}`}
      revoke={revoke}
      empty={
        <Empty icon={<AppWindow size={20} aria-hidden="true" />} title="No applications" className="py-8">
          Applications that you allow to use FlowMason for you, and “flowmason login”, are listed here.
        </Empty>
      }
    />
  )
}
