// The last changes of the identity provider, and what was refused with its reason.

import { useState } from 'react'
import { ListChecks } from 'lucide-react'
import type { ProvisioningQuery } from '@flowmason/graphql/people'
import { Ago, Button, Empty, Ticked, cx } from '@flowmason/ui'
import { statusWords } from '../lib/provisioning-words.ts'
import { listBox } from '../pages/list.tsx'

type Request = ProvisioningQuery['provisioning']['requests'][number]

const SHOWN = 20

export function Requests({ requests }: { requests: readonly Request[] }) {
  const [all, setAll] = useState(false)
  const [refusedOnly, setRefusedOnly] = useState(false)
  const chosen = refusedOnly ? requests.filter(({ problem }) => problem != null) : requests
  const shown = all ? chosen : chosen.slice(0, SHOWN)
  return (
    <>
      {requests.length > 0 && (
        <label className="flex w-fit items-center gap-2">
          <input type="checkbox" checked={refusedOnly} onChange={(event) => setRefusedOnly(event.target.checked)} />
          Only refused ones
        </label>
      )}
      <div className={listBox}>
        {shown.length === 0 ? (
          <Empty
            icon={<ListChecks size={20} aria-hidden="true" />}
            title={refusedOnly ? 'Nothing was refused' : 'No requests yet'}
            className="py-8"
          >
            Changes of the identity provider are listed here, and what was refused with the reason.
          </Empty>
        ) : (
          <ul aria-label="Last requests" className="divide-y divide-line">
            {shown.map((request) => (
              <RequestRow key={request.id} request={request} />
            ))}
          </ul>
        )}
      </div>
      {!all && chosen.length > SHOWN && (
        <div>
          <Button variant="quiet" onClick={() => setAll(true)}>
            Show all {chosen.length}
          </Button>
        </div>
      )}
    </>
  )
}

const RequestRow = ({ request }: { request: Request }) => (
  <li className="px-3 py-2">
    <p className="flex flex-wrap gap-x-2">
      <code className="min-w-0 wrap-anywhere">
        {request.method} {decoded(request.path)}
      </code>
      <span className={cx(request.problem != null ? 'text-fail' : 'text-muted')}>
        {request.status} {statusWords(request.status)}
      </span>
    </p>
    {request.problem && (
      <p className="wrap-anywhere">
        <Ticked text={request.problem} />
      </p>
    )}
    <p className="text-xs text-muted">
      {request.token} · <Ago at={request.at} />
    </p>
  </li>
)

/** The path for people; what cannot be decoded stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path.replaceAll('+', ' '))
  } catch {
    return path
  }
}
