// The groups of the identity provider, and what their members get: a role, a place in a team, or both.

import { UsersRound } from 'lucide-react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { MapScimGroupDocument, type ScimGroupFieldsFragment, TeamsDocument } from '@flowmason/graphql/people'
import { Empty, Select } from '@flowmason/ui'
import { Row } from '../access/row.tsx'
import { Staged } from '../access/staged.tsx'
import { roleInput, roleValue } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { listBox } from '../pages/list.tsx'
import { AnyRoleSelect } from '../pages/role-select.tsx'

interface Props {
  groups: readonly ScimGroupFieldsFragment[]
  viewer: ViewerFieldsFragment
}

export function Groups({ groups, viewer }: Props) {
  const teams = useAnswer(TeamsDocument, {}, { pause: groups.length === 0 }).data?.teams ?? []
  return (
    <>
      <p className="max-w-150 text-muted">
        The name of a group gives nothing by itself. Choose what its members get; of several roles, the one with the
        most permissions counts. Owners keep their role.
      </p>
      <div className={listBox}>
        {groups.length === 0 ? (
          <Empty icon={<UsersRound size={20} aria-hidden="true" />} title="No groups yet" className="py-8">
            Push groups at the identity provider to give roles to their members.
          </Empty>
        ) : (
          <ul aria-label="Groups" className="divide-y divide-line">
            {groups.map((group) => (
              <GroupRow key={group.id} group={group} viewer={viewer} teams={teams} />
            ))}
          </ul>
        )}
      </div>
    </>
  )
}

interface RowProps {
  group: ScimGroupFieldsFragment
  viewer: ViewerFieldsFragment
  teams: readonly { id: string; name: string }[]
}

function GroupRow({ group, viewer, teams }: RowProps) {
  const map = useChange(MapScimGroupDocument, { inPlace: true })
  const { id, name, assignedRole, teamId, memberCount } = group
  const role = assignedRole ? roleValue(assignedRole) : ''
  const change = (to: { role: string; team: string }) =>
    map.run({ input: { id, ...(to.role && roleInput(to.role)), teamId: to.team || null } })
  return (
    <Row title={name} lines={memberCount === 1 ? '1 person' : `${memberCount} people`} problem={map.problem}>
      <div className="flex flex-wrap gap-2">
        <Staged
          value={role}
          busy={map.busy}
          names={{ save: `Save the role for ${name}`, cancel: `Cancel the role for ${name}` }}
          onSave={(chosen) => change({ role: chosen, team: teamId ?? '' })}
        >
          {(choice) => (
            <AnyRoleSelect
              viewer={viewer}
              owner={false}
              short
              none="No role"
              aria-label={`Role of ${name}`}
              className="w-36"
              {...choice}
            />
          )}
        </Staged>
        <Staged
          value={teamId ?? ''}
          busy={map.busy}
          names={{ save: `Save the team for ${name}`, cancel: `Cancel the team for ${name}` }}
          onSave={(chosen) => change({ role, team: chosen })}
        >
          {(choice) => (
            <Select aria-label={`Team of ${name}`} className="w-36" {...choice}>
              <option value="">No team</option>
              {teams.map((team) => (
                <option key={team.id} value={team.id}>
                  {team.name}
                </option>
              ))}
            </Select>
          )}
        </Staged>
      </div>
    </Row>
  )
}
