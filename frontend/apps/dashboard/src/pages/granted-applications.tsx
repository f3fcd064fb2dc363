// The applications that the user has allowed, in all of their organizations.

import { AppWindow } from 'lucide-react'
import { MyApplicationGrantsDocument, RevokeMyApplicationGrantDocument } from '@flowmason/graphql/account'
import { Empty } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { GrantRow } from './grant-row.tsx'
import { List, RowSkeletons } from './list.tsx'

export function GrantedApplications() {
  const answer = useAnswer(MyApplicationGrantsDocument, {}, { requestPolicy: 'cache-and-network' })
  const revoke = useChange(RevokeMyApplicationGrantDocument)
  const end = async (grantId: string, name: string) => {
    if (!(await revoke.run({ input: { grantId } }))) return
    toast(`${name} no longer has access.`)
    answer.refetch()
  }
  return (
    <List
      name="applications"
      answer={answer}
      rows={answer.data?.myApplicationGrants}
      loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
      empty={
        <Empty icon={<AppWindow size={20} aria-hidden="true" />} title="No applications" className="py-8">
          Applications that you allow to use FlowMason for you, and “flowmason login”, are listed here.
        </Empty>
      }
    >
      {(grants) => (
        <ul aria-label="Applications with access" className="divide-y divide-line">
          {grants.map((grant) => (
            <GrantRow
              key={grant.grantId}
              grant={grant}
              detail={`in ${grant.organizationName}`}
              busy={revoke.busy}
              onEnd={() => void end(grant.grantId, grant.applicationName)}
            />
          ))}
        </ul>
      )}
    </List>
  )
}
