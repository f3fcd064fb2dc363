// API keys: lists, creates and revokes them, and shows how to use one.

import { type FormEvent, useState } from 'react'
import { KeyRound, Plus } from 'lucide-react'
import {
  type ApiKeyFieldsFragment,
  ApiKeysDocument,
  CreateApiKeyDocument,
  RevokeApiKeyDocument,
  type Role,
  type ViewerFieldsFragment,
} from '@flowmason/graphql'
import { Ago, Button, Copy, Dialog, Empty, ErrorPanel, Field, Input, cx } from '@flowmason/ui'
import { useFormCheck } from '../lib/form-check.ts'
import { curlCommand } from '../lib/shell.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { List, RowSkeletons } from './list.tsx'
import { RoleSelect } from './role-select.tsx'
import { SecretDialog } from './secret-dialog.tsx'

export function Keys({ viewer }: { viewer: ViewerFieldsFragment }) {
  const may = viewer.permissions.includes('api_key.read')
  const mayWrite = viewer.permissions.includes('api_key.write')
  const answer = useAnswer(ApiKeysDocument, {}, { pause: !may })
  const [open, setOpen] = useState(false)
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
          <ul className="divide-y divide-line">
            {keys.map((key) => (
              <KeyRow key={key.id} apiKey={key} />
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

function KeyRow({ apiKey }: { apiKey: ApiKeyFieldsFragment }) {
  const revoke = useChange(RevokeApiKeyDocument)
  const [sure, setSure] = useState(false)
  return (
    <li className={cx('flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2', apiKey.revokedAt && 'text-muted')}>
      <span className="min-w-0 flex-1">
        <span className={cx('block truncate font-medium', apiKey.revokedAt && 'line-through')}>{apiKey.name}</span>
        <span className="block truncate text-xs text-muted">
          <code>{apiKey.prefix}…</code> · {apiKey.role?.toLowerCase() ?? `${apiKey.permissions.length} permissions`} ·{' '}
          {apiKey.lastUsedAt ? (
            <>
              used <Ago at={apiKey.lastUsedAt} />
            </>
          ) : (
            'never used'
          )}
        </span>
      </span>
      {apiKey.revokedAt ? (
        <span className="text-xs">
          revoked <Ago at={apiKey.revokedAt} />
        </span>
      ) : sure ? (
        <span className="flex items-center gap-2">
          <span className="text-xs text-muted">Programs that use it lose access at once.</span>
          <Button variant="danger" busy={revoke.busy} onClick={() => void revoke.run({ input: { id: apiKey.id } })}>
            Revoke
          </Button>
          <Button variant="quiet" onClick={() => setSure(false)}>
            Keep
          </Button>
        </span>
      ) : (
        <Button variant="quiet" onClick={() => setSure(true)} aria-label={`Revoke ${apiKey.name}`}>
          Revoke
        </Button>
      )}
    </li>
  )
}

function NewKey({ viewer, onClose }: { viewer: ViewerFieldsFragment; onClose: () => void }) {
  const create = useChange(CreateApiKeyDocument, { inPlace: true })
  const [secret, setSecret] = useState<string>()
  const { errors, check, form: checked } = useFormCheck({ name: 'Enter a name that says what the key is for.' })
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    const done = await create.run({ input: { name: String(form.get('name')).trim(), role: form.get('role') as Role } })
    if (done) setSecret(done.createApiKey.secret)
  }
  if (secret) {
    return (
      <SecretDialog
        title="Your new key"
        secret={secret}
        copy="Copy the key"
        done="I have saved it"
        testId="secret"
        onClose={onClose}
      >
        This is the only time the key is shown. Store it where your program can read it.
      </SecretDialog>
    )
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New API key"
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button variant="primary" type="submit" form="new-key" busy={create.busy}>
            Create the key
          </Button>
        </>
      }
    >
      <form {...checked} id="new-key" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <Field label="Name" error={errors['name']} hint="The program that uses it, such as “ci” or “nightly-sync”.">
          {(ids) => <Input {...ids} name="name" required autoComplete="off" />}
        </Field>
        <Field label="Role">{(ids) => <RoleSelect {...ids} viewer={viewer} />}</Field>
        {create.problem && <ErrorPanel title="No key was created" problem={create.problem} />}
      </form>
    </Dialog>
  )
}
