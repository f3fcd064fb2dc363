// Grants a role to a member, a team, a service account or an API key.

import { useState } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { ApiKeysDocument, CreateGrantDocument, GrantChoicesDocument } from '@flowmason/graphql/people'
import { Field, Select, Ticked, useNow } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { environmentNames } from '../lib/environment-words.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { placeInput } from '../lib/grant-place.ts'
import { keyChoices } from '../lib/key-words.ts'
import { roleInput } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { personName } from '../lib/words.ts'
import { AnyRoleSelect } from '../pages/role-select.tsx'
import { FormDialog, textOf } from './form-dialog.tsx'
import { useMemberChoices } from './use-member-choices.tsx'

const HOUR_MS = 3_600_000
const lifetimes: readonly [number, string][] = [
  [0, 'Never'],
  [8, '8 hours'],
  [24, '1 day'],
  [7 * 24, '7 days'],
  [30 * 24, '30 days'],
  [90 * 24, '90 days'],
]

const environmentChoices = Object.entries(environmentNames).map(([id, name]) => ({ id, name }))

const labels = { role: 'The role', expiresAt: 'The expiry', subjectId: 'The holder' }

interface Props {
  viewer: ViewerFieldsFragment
  /** The holder on whose page it is opened; without it, the holder is chosen. */
  subjectId: string | undefined
  onClose: () => void
}

export function GrantDialog({ viewer, subjectId, onClose }: Props) {
  const create = useChange(CreateGrantDocument, { inPlace: true })
  const { data } = useAnswer(GrantChoicesDocument, {})
  const { members, field } = useMemberChoices('Find a member')
  const mayKeys = viewer.permissions.includes('api_key.read')
  const found = useAnswer(ApiKeysDocument, {}, { pause: !mayKeys || subjectId !== undefined }).data?.apiKeys
  const keys = keyChoices(found ?? [], data?.serviceAccounts ?? [], useNow(true, 'slow'))
  const [role, setRole] = useState('DEVELOPER')
  const { errors, check, form } = useFormCheck({ subject: 'Choose who gets the role.' })
  const refused = fieldProblem(create.problem, labels)
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const hours = Number(textOf(element, 'hours'))
    const done = await create.run({
      input: {
        subjectId: subjectId ?? textOf(element, 'subject'),
        ...roleInput(role),
        ...placeInput(textOf(element, 'place')),
        expiresAt: hours > 0 ? new Date(Date.now() + hours * HOUR_MS).toISOString() : null,
      },
    })
    if (done) onClose()
  }
  return (
    <FormDialog
      title="New grant"
      action="Grant the role"
      busy={create.busy}
      failed="Nothing was granted"
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      {!subjectId && (
        <Field
          label="To"
          hint="An API key has what is granted to it only where its holder has it, too."
          error={errors['subject'] ?? (refused.at['subjectId'] && <Ticked text={refused.at['subjectId']} />)}
        >
          {(ids) => (
            <div className="flex flex-col gap-2">
              {field}
              <Select {...ids} name="subject" required defaultValue="">
                <option value="" disabled>
                  {data ? 'Choose …' : 'Loading …'}
                </option>
                <Choices label="Teams" rows={data?.teams ?? []} />
                <Choices
                  label="Members"
                  rows={members?.map((member) => ({ id: member.userId, name: personName(member) })) ?? []}
                />
                <Choices label="Service accounts" rows={data?.serviceAccounts ?? []} />
                <Choices label="API keys" rows={keys.people} />
                <Choices label="API keys of service accounts" rows={keys.accounts} />
              </Select>
            </div>
          )}
        </Field>
      )}
      <Field label="Role" error={refused.at['role'] && <Ticked text={refused.at['role']} />}>
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
      <Field
        label="Where"
        hint="On a folder or a pipeline, the role counts for changing pipelines, publishing them and running them; in an environment, for publishing and running."
      >
        {(ids) => (
          <Select {...ids} name="place" defaultValue="">
            <option value="">In the organization</option>
            <Choices label="In one environment" rows={environmentChoices} />
            <Choices label="On one folder" rows={data?.folders ?? []} />
            <Choices label="On one pipeline" rows={data?.pipelines.edges.map(({ node }) => node) ?? []} />
          </Select>
        )}
      </Field>
      <Field label="Expires after" error={refused.at['expiresAt'] && <Ticked text={refused.at['expiresAt']} />}>
        {(ids) => (
          <Select {...ids} name="hours" defaultValue={0}>
            {lifetimes.map(([hours, label]) => (
              <option key={hours} value={hours}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}

/** A group of choices, if there are any. */
export const Choices = ({ label, rows }: { label: string; rows: readonly { id: string; name: string }[] }) =>
  rows.length > 0 && (
    <optgroup label={label}>
      {rows.map(({ id, name }) => (
        <option key={id} value={id}>
          {name || 'Unnamed'}
        </option>
      ))}
    </optgroup>
  )
