// The grants: further roles for members, teams, service accounts and API keys.

import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Plus, ShieldPlus } from 'lucide-react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import {
  DeleteGrantDocument,
  type GrantFieldsFragment,
  GrantsDocument,
  type GrantSubject,
} from '@flowmason/graphql/people'
import { Ago, Button, Empty, shortId, useNow } from '@flowmason/ui'
import { environmentNames } from '../lib/environment-words.ts'
import { roleName } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { List, RowSkeletons } from '../pages/list.tsx'
import { within } from '../pages/role-select.tsx'
import { GrantDialog } from './grant-dialog.tsx'
import { AskOnce, Row } from './row.tsx'

const kinds: Record<GrantSubject, string> = {
  MEMBER: 'member',
  TEAM: 'team',
  SERVICE_ACCOUNT: 'service account',
  API_KEY: 'API key',
}

interface Props {
  viewer: ViewerFieldsFragment
  /** Only the grants that count for this holder. */
  subjectId?: string
  /** What the holder has without grants. */
  beyond?: string
  /** The holder has ended and gets no further grants. */
  closed?: boolean
}

/** All grants, or with `subjectId` those that count for one holder. */
export function Grants({ viewer, subjectId, beyond = 'the role', closed = false }: Props) {
  const answer = useAnswer(GrantsDocument, { subjectId: subjectId ?? null })
  const [open, setOpen] = useState(false)
  const may = viewer.user != null && viewer.permissions.includes('grant.manage')
  return (
    <>
      <List
        name="grants"
        answer={answer}
        rows={answer.data?.grants}
        loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
        empty={
          <Empty icon={<ShieldPlus size={20} aria-hidden="true" />} title="No grants" className="py-8">
            {subjectId
              ? `Nothing is granted beyond ${beyond}.`
              : 'A grant adds a role for a while, on one folder or pipeline, or in one environment.'}
          </Empty>
        }
      >
        {(grants) => (
          <ul aria-label="Grants" className="divide-y divide-line">
            {grants.map((grant) => (
              <GrantRow
                key={grant.id}
                grant={grant}
                manages={may && within(grant.role.permissions, viewer)}
                own={grant.subjectId === subjectId}
              />
            ))}
          </ul>
        )}
      </List>
      {may && !closed && (
        <div>
          <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setOpen(true)}>
            New grant
          </Button>
        </div>
      )}
      {open && <GrantDialog viewer={viewer} subjectId={subjectId} onClose={() => setOpen(false)} />}
    </>
  )
}

const link = 'underline underline-offset-2'

function Where({ grant }: { grant: GrantFieldsFragment }) {
  if (grant.pipelineId)
    return (
      <>
        {'On the pipeline '}
        <Link to="/pipelines/$pipelineId" params={{ pipelineId: grant.pipelineId }} className={link}>
          {grant.objectName ?? shortId(grant.pipelineId)}
        </Link>
      </>
    )
  if (grant.folderId)
    return (
      <>
        {'On the folder '}
        <Link to="/pipelines" search={{ folder: grant.folderId }} className={link}>
          {grant.objectName ?? shortId(grant.folderId)}
        </Link>
      </>
    )
  return grant.environment ? `In ${environmentNames[grant.environment].toLowerCase()}` : 'In the organization'
}

function Who({ grant }: { grant: GrantFieldsFragment }) {
  const name = grant.subjectName || 'Unnamed'
  if (grant.subjectKind !== 'API_KEY') return name
  return (
    <Link to="/settings/keys/$keyId" params={{ keyId: grant.subjectId }} className={link}>
      {name}
    </Link>
  )
}

function GrantRow({ grant, manages, own }: { grant: GrantFieldsFragment; manages: boolean; own: boolean }) {
  const remove = useChange(DeleteGrantDocument, { inPlace: true })
  const now = useNow(true, 'slow')
  const expired = grant.expiresAt != null && Date.parse(grant.expiresAt) <= now
  const role = roleName(grant.role)
  const who = grant.subjectName || 'Unnamed'
  return (
    <Row
      title={
        own ? (
          role
        ) : (
          <>
            <Who grant={grant} /> <span className="font-normal text-muted">({kinds[grant.subjectKind]})</span> · {role}
          </>
        )
      }
      muted={expired}
      problem={remove.problem}
      lines={
        <p>
          <Where grant={grant} />
          {` · given by ${grant.givenBy || 'somebody'} `}
          <Ago at={grant.createdAt} />
          {grant.expiresAt && (
            <>
              {expired ? ' · expired ' : ' · expires '}
              <Ago at={grant.expiresAt} />
            </>
          )}
        </p>
      }
    >
      {manages && (
        <AskOnce
          label="Withdraw"
          of={`the role ${role} of ${who}`}
          busy={remove.busy}
          onConfirm={() => void remove.run({ input: { id: grant.id } })}
        />
      )}
    </Row>
  )
}
