// The API keys of the organization, and how to use one.

import { useState } from 'react'
import { KeyRound, Plus } from 'lucide-react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { type ApiKeyFieldsFragment, ApiKeysDocument, ServiceAccountsDocument } from '@flowmason/graphql/people'
import { Button, Copy, Empty } from '@flowmason/ui'
import { curlCommand } from '../lib/shell.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { KeyRow } from './key-row.tsx'
import { List, RowSkeletons } from './list.tsx'
import { NewKey } from './new-key.tsx'
import { within } from './role-select.tsx'

export function Keys({ viewer }: { viewer: ViewerFieldsFragment }) {
  const may = viewer.permissions.includes('api_key.read')
  const mayWrite = viewer.permissions.includes('api_key.write')
  const answer = useAnswer(ApiKeysDocument, {}, { pause: !may })
  const [open, setOpen] = useState(false)
  const ofAccounts = answer.data?.apiKeys.some(({ serviceAccountId }) => serviceAccountId) ?? false
  const mayAccounts = viewer.permissions.includes('member.read')
  const accounts = useAnswer(ServiceAccountsDocument, {}, { pause: !ofAccounts || !mayAccounts }).data?.serviceAccounts
  return (
    <div className="flex flex-col gap-3">
      <List
        name="keys"
        answer={answer}
        rows={answer.data?.apiKeys}
        denied={
          may
            ? undefined
            : { icon: <KeyRound size={15} />, words: 'Your role cannot view the API keys of the organization.' }
        }
        loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
        empty={
          <Empty icon={<KeyRound size={20} aria-hidden="true" />} title="No keys yet" className="py-8">
            A key lets a program start and read runs.
          </Empty>
        }
      >
        {(keys) => (
          <ul aria-label="API keys" className="divide-y divide-line">
            {keys.map((key) => (
              <KeyRow
                key={key.id}
                apiKey={key}
                account={accounts?.find(({ id }) => id === key.serviceAccountId)?.name}
                mayWrite={mayWrite && mayChange(key, viewer)}
              />
            ))}
          </ul>
        )}
      </List>
      {mayWrite && (
        <div>
          <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setOpen(true)}>
            New key
          </Button>
        </div>
      )}
      {may && <Curl />}
      {open && <NewKey viewer={viewer} onClose={() => setOpen(false)} />}
    </div>
  )
}

/** Whether the key can be rotated and revoked: somebody else's needs all that it has. */
const mayChange = (key: ApiKeyFieldsFragment, viewer: ViewerFieldsFragment) =>
  within(key.permissions, viewer) &&
  (key.serviceAccountId == null || viewer.permissions.includes('service_account.manage'))

const LIST = '{ runs(first: 5) { edges { node { id status } } } }'

/** An example request to this server, ready to copy. */
function Curl() {
  const command = curlCommand(location.origin, LIST)
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center gap-2 text-xs text-muted">
        <span className="flex-1">
          List the last runs from a shell, with the key in <code>FLOWMASON_API_KEY</code>
        </span>
        <Copy text={command} label="Copy the command" />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} className="overflow-x-auto rounded-control border border-line2 bg-sunk px-3 py-2.5">
        {command}
      </pre>
    </div>
  )
}
