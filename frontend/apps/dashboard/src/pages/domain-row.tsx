// One domain of the list: its state, the record to publish, and the actions on it.

import { useState } from 'react'
import { CheckDomainDocument, type DomainFieldsFragment, RemoveDomainDocument } from '@flowmason/graphql/people'
import { Ago, Button, Copy, Moment, cx } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { problemWords, statusWords } from '../lib/domain-words.ts'
import { useChange } from '../lib/use-change.ts'
import { DomainSso } from './domain-sso.tsx'

const tones = { PENDING: 'text-muted', PROVED: 'text-ok', MISSING: 'text-wait', LOST: 'text-fail' } as const

export function DomainRow({ domain, onGone }: { domain: DomainFieldsFragment; onGone: () => void }) {
  const check = useChange(CheckDomainDocument)
  const remove = useChange(RemoveDomainDocument)
  const [sure, setSure] = useState(false)
  const name = domain.displayName
  const checkNow = async () => {
    const done = await check.run({ input: { id: domain.id } })
    const found = done?.checkDomain.domain
    if (found) toast(found.problem ? 'No proof was found.' : `${name} is proved.`)
  }
  const end = async () => {
    if (!(await remove.run({ input: { id: domain.id } }))) return
    toast(`${name} was removed.`)
    onGone()
  }
  return (
    <li data-domain={domain.name} className="flex flex-col gap-2.5 px-3 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 max-sm:basis-full">
          <p className="font-medium wrap-anywhere">
            {name}
            {name !== domain.name && <span className="font-normal text-muted"> ({domain.name})</span>}
          </p>
          <p className="text-xs text-muted">
            <span className={cx('font-medium', tones[domain.status])}>{statusWords[domain.status]}</span>
            <Since domain={domain} />
            {domain.checkedAt && (
              <>
                {' · checked '}
                <Ago at={domain.checkedAt} />
              </>
            )}
          </p>
        </div>
        {sure ? (
          <span className="flex flex-wrap items-center gap-2">
            <span className="text-xs text-muted">
              {domain.provedAt
                ? 'Single sign-on no longer accepts its addresses, and another organization can prove it.'
                : 'Its record becomes useless.'}
            </span>
            <Button variant="danger" busy={remove.busy} onClick={() => void end()}>
              Remove
            </Button>
            <Button variant="quiet" onClick={() => setSure(false)}>
              Keep
            </Button>
          </span>
        ) : (
          <span className="flex items-center gap-2">
            <Button busy={check.busy} aria-label={`Check now: ${name}`} onClick={() => void checkNow()}>
              Check now
            </Button>
            <Button variant="quiet" aria-label={`Remove ${name}`} onClick={() => setSure(true)}>
              Remove
            </Button>
          </span>
        )}
      </div>
      {domain.problem && (
        <p role="status" className="text-muted">
          {problemWords[domain.problem]}
        </p>
      )}
      <DomainSso domain={domain} />
      <RecordToPublish domain={domain} />
    </li>
  )
}

function Since({ domain: { status, provedAt, provedUntil } }: { domain: DomainFieldsFragment }) {
  if (status === 'PROVED' && provedAt)
    return (
      <>
        {' '}
        <Ago at={provedAt} />
      </>
    )
  if (status === 'MISSING' && provedUntil)
    return (
      <>
        {' · counts as proved until '}
        <Moment at={provedUntil} />
      </>
    )
  return null
}

function RecordToPublish({ domain }: { domain: DomainFieldsFragment }) {
  const rows = [
    ['Type', 'TXT', undefined],
    ['Name', domain.recordName, 'Copy the name of the record'],
    ['Value', domain.recordValue, 'Copy the value of the record'],
  ] as const
  return (
    <dl
      aria-label={`The record for ${domain.displayName}`}
      className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 rounded-control border border-line2 bg-sunk py-2 pr-1.5 pl-3"
    >
      {rows.map(([label, value, copy]) => (
        <div key={label} className="col-span-2 grid grid-cols-subgrid items-center">
          <dt className="text-xs text-muted">{label}</dt>
          <dd className="flex min-h-6 min-w-0 items-center gap-2">
            <code className="min-w-0 flex-1 break-all">{value}</code>
            {copy && <Copy text={value} label={copy} tipSide="left" />}
          </dd>
        </div>
      ))}
    </dl>
  )
}
