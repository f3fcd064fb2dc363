// Applications with access, and the action that ends it: those that the user has allowed, or those of all members.

import type { ReactNode } from 'react'
import { toast } from '@flowmason/ui/toast'
import type { Answer } from '../lib/use-answer.ts'
import type { Change } from '../lib/use-change.ts'
import { GrantRow } from './grant-row.tsx'
import { List, RowSkeletons } from './list.tsx'

interface Grant {
  grantId: string
  applicationName: string
  scopes: readonly string[]
  createdAt: string
  lastUsedAt: string
}

interface Props<Row extends Grant> {
  /** The name of the rows in messages. */
  name: string
  /** The label of the list. */
  label: string
  answer: Pick<Answer<unknown>, 'problem' | 'refetch'>
  /** Absent while loading. */
  rows: readonly Row[] | undefined
  /** Where an application acts, or for whom. */
  detail: (grant: Row) => string
  revoke: Pick<Change<unknown, { input: { grantId: string } }>, 'run' | 'busy'>
  empty: ReactNode
}

export function ApplicationGrants<Row extends Grant>({ name, label, answer, rows, detail, revoke, empty }: Props<Row>) {
  const end = async (grant: Row) => {
    if (!(await revoke.run({ input: { grantId: grant.grantId } }))) return
    toast(`${grant.applicationName} no longer has access.`)
    answer.refetch()
  }
  return (
    <List
      name={name}
      answer={answer}
      rows={rows}
      loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
      empty={empty}
    >
      {(grants) => (
        <ul aria-label={label} className="divide-y divide-line">
          {grants.map((grant) => (
            <GrantRow
              key={grant.grantId}
              grant={grant}
              detail={detail(grant)}
              busy={revoke.busy}
              onEnd={() => void end(grant)}
            />
          ))}
        </ul>
      )}
    </List>
  )
}
