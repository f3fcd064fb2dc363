// The organization's own roles.

import { useState } from 'react'
import { Plus, UserCog } from 'lucide-react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import {
  CreateCustomRoleDocument,
  type CustomRoleFieldsFragment,
  CustomRolesDocument,
  DeleteCustomRoleDocument,
  UpdateCustomRoleDocument,
} from '@flowmason/graphql/people'
import { Button, Empty, Field, Input, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { List, RowSkeletons } from '../pages/list.tsx'
import { within } from '../pages/role-select.tsx'
import { FormDialog, textOf } from './form-dialog.tsx'
import { PermissionChoice } from './permission-choice.tsx'
import { AskOnce, Row } from './row.tsx'

type Role = CustomRoleFieldsFragment

/** Only the role owner has this permission, and the server refuses it in any other role. */
const isForRoles = (permission: string) => permission !== 'organization.transfer'

export function Roles({ viewer }: { viewer: ViewerFieldsFragment }) {
  const answer = useAnswer(CustomRolesDocument, {})
  const [edited, setEdited] = useState<Role | 'new'>()
  const may = viewer.user != null && viewer.permissions.includes('role.manage')
  return (
    <>
      <List
        name="roles"
        answer={answer}
        rows={answer.data?.customRoles}
        loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
        empty={
          <Empty icon={<UserCog size={20} aria-hidden="true" />} title="No roles of your own yet" className="py-8">
            Owner, Admin, Developer, Viewer and Billing are built in. Define a role if none of them fits.
          </Empty>
        }
      >
        {(roles) => (
          <ul aria-label="Roles" className="divide-y divide-line">
            {roles.map((role) => (
              <RoleRow
                key={role.id}
                role={role}
                edit={may && within(role.permissions, viewer) ? () => setEdited(role) : undefined}
              />
            ))}
          </ul>
        )}
      </List>
      {may && (
        <div>
          <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setEdited('new')}>
            New role
          </Button>
        </div>
      )}
      {edited && (
        <RoleDialog viewer={viewer} role={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  )
}

function RoleRow({ role, edit }: { role: Role; edit: (() => void) | undefined }) {
  const remove = useChange(DeleteCustomRoleDocument, { inPlace: true })
  const { description } = role
  const count = role.permissions.length
  return (
    <Row
      title={role.name}
      problem={remove.problem}
      lines={
        <>
          {description && <p>{description}</p>}
          <p>
            {count === 0 ? (
              'No permissions'
            ) : count <= 4 ? (
              <code>{role.permissions.join(', ')}</code>
            ) : (
              `${count} permissions`
            )}
          </p>
        </>
      }
    >
      {edit && (
        <>
          <Button variant="quiet" aria-label={`Edit ${role.name}`} onClick={edit}>
            Edit
          </Button>
          <AskOnce
            label="Delete"
            of={role.name}
            busy={remove.busy}
            onConfirm={() => void remove.run({ input: { id: role.id } })}
          />
        </>
      )}
    </Row>
  )
}

/** What every member has, whatever their role; `PermissionSet::OF_EVERY_MEMBER` on the server. */
const ofEveryMember = ['organization.read', 'profile.update']

const labels = { name: 'The name', description: 'The description' }

function RoleDialog({
  viewer,
  role,
  onClose,
}: {
  viewer: ViewerFieldsFragment
  role: Role | undefined
  onClose: () => void
}) {
  const create = useChange(CreateCustomRoleDocument, { inPlace: true })
  const update = useChange(UpdateCustomRoleDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name.' })
  const refused = fieldProblem(create.problem ?? update.problem, labels)
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const input = {
      name: textOf(element, 'name'),
      description: textOf(element, 'description'),
      // A disabled box is not part of the form.
      permissions: [...new Set([...ofEveryMember, ...new FormData(element).getAll('permission').map(String)])],
    }
    const done = role ? await update.run({ input: { id: role.id, ...input } }) : await create.run({ input })
    if (done) onClose()
  }
  const errorAt = (name: string) => errors[name] ?? (refused.at[name] && <Ticked text={refused.at[name]} />)
  return (
    <FormDialog
      title={role ? `Edit ${role.name}` : 'New role'}
      action={role ? 'Save' : 'Create the role'}
      busy={create.busy || update.busy}
      failed={role ? 'The role was not changed' : 'No role was created'}
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field label="Name" error={errorAt('name')}>
        {(ids) => <Input {...ids} name="name" required maxLength={100} defaultValue={role?.name} autoComplete="off" />}
      </Field>
      <Field label="Description" error={errorAt('description')} hint="Optional. Who should have it.">
        {(ids) => (
          <Input {...ids} name="description" maxLength={500} defaultValue={role?.description} autoComplete="off" />
        )}
      </Field>
      <PermissionChoice
        own={viewer.permissions.filter(isForRoles)}
        chosen={role?.permissions ?? []}
        anyway={ofEveryMember}
      />
    </FormDialog>
  )
}
