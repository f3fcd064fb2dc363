// The organization's teams and who is in them.

import { useState } from 'react'
import { Plus, UsersRound, X } from 'lucide-react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import {
  AddTeamMemberDocument,
  CreateTeamDocument,
  DeleteTeamDocument,
  RemoveTeamMemberDocument,
  RenameTeamDocument,
  type TeamFieldsFragment,
  TeamsDocument,
} from '@flowmason/graphql/people'
import { Button, Empty, Field, IconButton, Input, Select, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { personName } from '../lib/words.ts'
import { List, RowSkeletons } from '../pages/list.tsx'
import { FormDialog, textOf } from './form-dialog.tsx'
import { AskOnce, Row } from './row.tsx'
import { Staged } from './staged.tsx'
import { useMemberChoices } from './use-member-choices.tsx'

type Team = TeamFieldsFragment

export function Teams({ viewer }: { viewer: ViewerFieldsFragment }) {
  const answer = useAnswer(TeamsDocument, {})
  const [edited, setEdited] = useState<Team | 'new'>()
  const may = viewer.user != null && viewer.permissions.includes('team.manage')
  return (
    <>
      <List
        name="teams"
        answer={answer}
        rows={answer.data?.teams}
        loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
        empty={
          <Empty icon={<UsersRound size={20} aria-hidden="true" />} title="No teams yet" className="py-8">
            With a team, you grant a role once to many people.
          </Empty>
        }
      >
        {(teams) => (
          <ul aria-label="Teams" className="divide-y divide-line">
            {teams.map((team) => (
              <TeamRow key={team.id} team={team} rename={may ? () => setEdited(team) : undefined} />
            ))}
          </ul>
        )}
      </List>
      {may && (
        <div>
          <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setEdited('new')}>
            New team
          </Button>
        </div>
      )}
      {edited && <TeamDialog team={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </>
  )
}

function TeamRow({ team, rename }: { team: Team; rename: (() => void) | undefined }) {
  const remove = useChange(DeleteTeamDocument, { inPlace: true })
  const drop = useChange(RemoveTeamMemberDocument, { inPlace: true })
  return (
    <Row
      title={team.name}
      problem={remove.problem ?? drop.problem}
      lines={
        <div className="flex flex-wrap items-center gap-1.5 pt-1">
          {team.members.length === 0 && 'Nobody is in it.'}
          {team.members.map((member) => (
            <span
              key={member.userId}
              className="inline-flex h-6 items-center gap-1 rounded-full border border-line2 pr-1 pl-2 text-text"
            >
              {member.name || 'Unnamed'}
              {rename ? (
                <IconButton
                  label={`Remove ${member.name} from ${team.name}`}
                  className="size-5"
                  onClick={() => void drop.run({ input: { teamId: team.id, userId: member.userId } })}
                >
                  <X size={12} aria-hidden="true" />
                </IconButton>
              ) : (
                <span className="w-1" />
              )}
            </span>
          ))}
          {rename && <AddMember team={team} />}
        </div>
      }
    >
      {rename && (
        <>
          <Button variant="quiet" aria-label={`Rename ${team.name}`} onClick={rename}>
            Rename
          </Button>
          <AskOnce
            label="Delete"
            of={team.name}
            consequence="What is granted to the team ends for its members."
            busy={remove.busy}
            onConfirm={() => void remove.run({ input: { id: team.id } })}
          />
        </>
      )}
    </Row>
  )
}

/** Adds a member who is chosen. */
function AddMember({ team }: { team: Team }) {
  const add = useChange(AddTeamMemberDocument)
  const { members, field } = useMemberChoices(`Find a member to add to ${team.name}`)
  const others = members?.filter((member) => team.members.every(({ userId }) => userId !== member.userId))
  if (!others || (others.length === 0 && !field)) return null
  return (
    <>
      {field}
      <Staged
        value=""
        busy={add.busy}
        action="Add"
        names={{ save: `Add the chosen member to ${team.name}`, cancel: `Cancel for ${team.name}` }}
        onSave={(userId) => add.run({ input: { teamId: team.id, userId } })}
      >
        {(choice) => (
          <Select aria-label={`Add to ${team.name}`} className="w-36" disabled={others.length === 0} {...choice}>
            <option value="" disabled>
              {others.length === 0 ? 'Nobody found' : 'Add …'}
            </option>
            {others.map((member) => (
              <option key={member.userId} value={member.userId}>
                {personName(member)}
              </option>
            ))}
          </Select>
        )}
      </Staged>
    </>
  )
}

function TeamDialog({ team, onClose }: { team: Team | undefined; onClose: () => void }) {
  const create = useChange(CreateTeamDocument, { inPlace: true })
  const rename = useChange(RenameTeamDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name.' })
  const refused = fieldProblem(create.problem ?? rename.problem, { name: 'The name' })
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const name = textOf(element, 'name')
    const done = team ? await rename.run({ input: { id: team.id, name } }) : await create.run({ input: { name } })
    if (done) onClose()
  }
  return (
    <FormDialog
      title={team ? `Rename ${team.name}` : 'New team'}
      action={team ? 'Rename' : 'Create the team'}
      busy={create.busy || rename.busy}
      failed={team ? 'The team was not renamed' : 'No team was created'}
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field label="Name" error={errors['name'] ?? (refused.at['name'] && <Ticked text={refused.at['name']} />)}>
        {(ids) => <Input {...ids} name="name" required maxLength={100} defaultValue={team?.name} autoComplete="off" />}
      </Field>
    </FormDialog>
  )
}
