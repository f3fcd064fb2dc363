// The organization's service accounts. Their keys are created here and listed with all API keys.

import { useState } from 'react'
import { Bot, Plus } from 'lucide-react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import {
  CreateServiceAccountDocument,
  type ServiceAccountFieldsFragment,
  ServiceAccountsDocument,
  UpdateServiceAccountDocument,
} from '@flowmason/graphql/people'
import { Ago, Button, Empty, Field, Input, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { roleInput, roleName, roleValue } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { List, RowSkeletons } from '../pages/list.tsx'
import { NewKey } from '../pages/new-key.tsx'
import { AnyRoleSelect, within } from '../pages/role-select.tsx'
import { FormDialog, textOf } from './form-dialog.tsx'
import { AskOnce, Row } from './row.tsx'

type Account = ServiceAccountFieldsFragment

export function ServiceAccounts({ viewer }: { viewer: ViewerFieldsFragment }) {
  const answer = useAnswer(ServiceAccountsDocument, {})
  const [edited, setEdited] = useState<Account | 'new'>()
  const [keyOf, setKeyOf] = useState<Account>()
  const may = viewer.user != null && viewer.permissions.includes('service_account.manage')
  return (
    <>
      <List
        name="service accounts"
        answer={answer}
        rows={answer.data?.serviceAccounts}
        loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
        empty={
          <Empty icon={<Bot size={20} aria-hidden="true" />} title="No service accounts yet" className="py-8">
            Create one for each program that should keep running whoever leaves.
          </Empty>
        }
      >
        {(accounts) => (
          <ul aria-label="Service accounts" className="divide-y divide-line">
            {accounts.map((account) => (
              <AccountRow
                key={account.id}
                account={account}
                manages={may && within(account.role.permissions, viewer)}
                onEdit={() => setEdited(account)}
                onKey={() => setKeyOf(account)}
              />
            ))}
          </ul>
        )}
      </List>
      {may && (
        <div>
          <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setEdited('new')}>
            New service account
          </Button>
        </div>
      )}
      {edited && (
        <AccountDialog
          viewer={viewer}
          account={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
      {keyOf && <NewKey viewer={viewer} account={keyOf} onClose={() => setKeyOf(undefined)} />}
    </>
  )
}

interface RowProps {
  account: Account
  manages: boolean
  onEdit: () => void
  onKey: () => void
}

function AccountRow({ account, manages, onEdit, onKey }: RowProps) {
  const update = useChange(UpdateServiceAccountDocument, { inPlace: true })
  const { id, name, description } = account
  const set = (disabled: boolean) =>
    void update.run({ input: { id, name, description, disabled, ...roleInput(roleValue(account.role)) } })
  return (
    <Row
      title={name}
      muted={account.disabledAt != null}
      problem={update.problem}
      lines={
        <>
          {description && <p>{description}</p>}
          <p>
            {roleName(account.role)}
            {account.disabledAt && (
              <>
                {' · disabled '}
                <Ago at={account.disabledAt} />
              </>
            )}
          </p>
        </>
      }
    >
      {manages && (
        <>
          {account.disabledAt ? (
            <Button variant="quiet" busy={update.busy} aria-label={`Enable ${name}`} onClick={() => set(false)}>
              Enable
            </Button>
          ) : (
            <>
              <Button variant="quiet" aria-label={`New key for ${name}`} onClick={onKey}>
                New key
              </Button>
              <AskOnce label="Disable" of={name} busy={update.busy} onConfirm={() => set(true)} />
            </>
          )}
          <Button variant="quiet" aria-label={`Edit ${name}`} onClick={onEdit}>
            Edit
          </Button>
        </>
      )}
    </Row>
  )
}

const labels = { name: 'The name', description: 'The description', role: 'The role' }

function AccountDialog({
  viewer,
  account,
  onClose,
}: {
  viewer: ViewerFieldsFragment
  account: Account | undefined
  onClose: () => void
}) {
  const create = useChange(CreateServiceAccountDocument, { inPlace: true })
  const update = useChange(UpdateServiceAccountDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name.' })
  const refused = fieldProblem(create.problem ?? update.problem, labels)
  const [role, setRole] = useState(account ? roleValue(account.role) : 'DEVELOPER')
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const input = {
      name: textOf(element, 'name'),
      description: textOf(element, 'description'),
      ...roleInput(role),
    }
    const done = account
      ? await update.run({ input: { id: account.id, disabled: account.disabledAt != null, ...input } })
      : await create.run({ input })
    if (done) onClose()
  }
  const errorAt = (name: string) => errors[name] ?? (refused.at[name] && <Ticked text={refused.at[name]} />)
  return (
    <FormDialog
      title={account ? `Edit ${account.name}` : 'New service account'}
      action={account ? 'Save' : 'Create the account'}
      busy={create.busy || update.busy}
      failed={account ? 'The service account was not changed' : 'No service account was created'}
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field label="Name" error={errorAt('name')} hint="The program that uses it, such as “deploy”.">
        {(ids) => (
          <Input {...ids} name="name" required maxLength={100} defaultValue={account?.name} autoComplete="off" />
        )}
      </Field>
      <Field label="Description" error={errorAt('description')} hint="Optional.">
        {(ids) => (
          <Input {...ids} name="description" maxLength={500} defaultValue={account?.description} autoComplete="off" />
        )}
      </Field>
      <Field label="Role" error={errorAt('role')} hint="Its keys can do at most what this role allows.">
        {(ids) => (
          <AnyRoleSelect
            {...ids}
            viewer={viewer}
            owner={false}
            name="role"
            value={role}
            onChange={(event) => setRole(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}
