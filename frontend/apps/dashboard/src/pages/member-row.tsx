// One member of the list: name, role, ways to sign in, and the actions on the membership.

import { useState } from 'react'
import { type ViewerFieldsFragment, forgetOrg } from '@flowmason/graphql'
import {
  ChangeMemberRoleDocument,
  LeaveOrganizationDocument,
  type MemberFieldsFragment,
  RemoveMemberDocument,
  TransferOwnershipDocument,
} from '@flowmason/graphql/people'
import { Ago, Button, Dialog, Ellipsis, ErrorPanel, IconButton, Initials, Menu, MenuItem, Ticked } from '@flowmason/ui'
import { Link } from '@tanstack/react-router'
import { toast } from '@flowmason/ui/toast'
import { Staged } from '../access/staged.tsx'
import { roleInput, roleName, roleValue } from '../lib/role-words.ts'
import { useChange } from '../lib/use-change.ts'
import { emailWords, rejoinWords, signInWords } from '../lib/member-words.ts'
import { personName } from '../lib/words.ts'
import { MemberCreations } from './member-creations.tsx'
import { AnyRoleSelect, within } from './role-select.tsx'

type Step = 'remove' | 'leave' | 'transfer'

interface RowProps {
  member: MemberFieldsFragment
  viewer: ViewerFieldsFragment
  /** Called after a change that the cache does not show by itself. */
  onChange: () => void
}

export function MemberRow({ member, viewer, onChange }: RowProps) {
  const [step, setStep] = useState<Step>()
  const change = useChange(ChangeMemberRoleDocument, { inPlace: true })
  const name = personName(member)
  // Only people manage members, and only those whose role does not exceed their own.
  const manages =
    viewer.user != null &&
    viewer.permissions.includes('member.manage') &&
    within(member.assignedRole.permissions, viewer) &&
    !member.isYou
  const leaves = viewer.user != null && member.isYou
  const choose = async (value: string) => {
    const done = await change.run({ input: { userId: member.userId, ...roleInput(value) } })
    if (!done) return
    const role = done.changeMemberRole.member.assignedRole
    toast(`${name} has the role ${roleName(role)} now.`)
  }
  const errorId = `role-error-${member.userId}`
  return (
    <li
      data-row
      tabIndex={-1}
      data-member={member.userId}
      className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5 focus-visible:-outline-offset-2"
    >
      <Initials name={name} />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">
          <Link
            to="/settings/members/$userId"
            params={{ userId: member.userId }}
            className="hover:underline hover:underline-offset-2"
          >
            {name}
          </Link>
          {member.isYou && <span className="font-normal text-muted"> (you)</span>}
        </p>
        <p className="text-xs wrap-anywhere text-muted">{emailWords(member)}</p>
        <p className="text-xs text-muted">
          {member.lastSeenAt ? (
            <>
              Last seen <Ago at={member.lastSeenAt} />
            </>
          ) : (
            'Never seen'
          )}
          {' · '}
          {signInWords(member)}
        </p>
      </div>
      {manages ? (
        <Staged
          value={roleValue(member.assignedRole)}
          busy={change.busy}
          names={{ save: `Save for ${name}`, cancel: `Cancel for ${name}` }}
          onSave={choose}
          question={(value) =>
            value === 'OWNER'
              ? {
                  title: `Make ${name} an owner?`,
                  text: 'An owner may do everything here, and remove anybody, you included. Only owners can take that back. You stay what you are.',
                  action: 'Make them an owner',
                }
              : undefined
          }
        >
          {(choice) => (
            <AnyRoleSelect
              viewer={viewer}
              owner
              short
              aria-label={`Role of ${name}`}
              className="w-32"
              {...(change.problem && { 'aria-invalid': true, 'aria-describedby': errorId })}
              {...choice}
            />
          )}
        </Staged>
      ) : (
        <span className="text-muted">{roleName(member.assignedRole)}</span>
      )}
      {manages || leaves ? (
        <Menu
          trigger={
            <IconButton label={member.isYou ? 'Actions for your membership' : `Actions for ${name}`}>
              <Ellipsis />
            </IconButton>
          }
        >
          {leaves && (
            <MenuItem danger onSelect={() => setStep('leave')}>
              Leave the organization
            </MenuItem>
          )}
          {manages && viewer.permissions.includes('organization.transfer') && member.role !== 'OWNER' && (
            <MenuItem onSelect={() => setStep('transfer')}>Transfer ownership</MenuItem>
          )}
          {manages && (
            <MenuItem danger onSelect={() => setStep('remove')}>
              Remove
            </MenuItem>
          )}
        </Menu>
      ) : (
        // Keeps the roles of all rows in one column.
        <span className="w-7" aria-hidden="true" />
      )}
      {change.problem && (
        <p id={errorId} role="alert" className="basis-full text-right text-xs text-fail">
          <Ticked text={change.problem.message} />
        </p>
      )}
      {step && (
        <Confirm
          step={step}
          member={member}
          organization={viewer.organization.name}
          onDone={onChange}
          onClose={() => setStep(undefined)}
        />
      )}
    </li>
  )
}

interface ConfirmProps {
  step: Step
  member: MemberFieldsFragment
  organization: string
  onDone: () => void
  onClose: () => void
}

/** The confirmation before a membership ends or the ownership moves, with the consequences. */
function Confirm({ step, member, organization, onDone, onClose }: ConfirmProps) {
  const remove = useChange(RemoveMemberDocument, { inPlace: true })
  const leave = useChange(LeaveOrganizationDocument, { inPlace: true })
  const transfer = useChange(TransferOwnershipDocument, { inPlace: true })
  const name = personName(member)
  const input = { userId: member.userId }
  const { title, action, text, failed, run } = {
    remove: {
      title: `Remove ${name}?`,
      action: 'Remove',
      text: `They lose access immediately, and the API keys they created are revoked. Runs in progress continue.${rejoinWords(member)}`,
      failed: 'The member was not removed',
      run: () => remove.run({ input }),
    },
    leave: {
      title: `Leave ${organization}?`,
      action: 'Leave',
      text: 'You lose access immediately, and the API keys you created here are revoked. You need a new invitation to come back.',
      failed: 'You are still a member',
      run: () => leave.run({}),
    },
    transfer: {
      title: `Make ${name} an owner?`,
      action: 'Transfer ownership',
      text: 'They get full access, and you become an admin. Only an owner can make you an owner again.',
      failed: 'The ownership was not transferred',
      run: () => transfer.run({ input }),
    },
  }[step]
  const problem = remove.problem ?? leave.problem ?? transfer.problem
  const confirm = async () => {
    if (!(await run())) return
    if (step === 'leave') {
      forgetOrg()
      location.assign('/')
      return
    }
    onClose()
    onDone()
    toast(step === 'remove' ? `${name} was removed.` : `${name} is now an owner.`)
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            variant="danger"
            data-autofocus
            busy={remove.busy || leave.busy || transfer.busy}
            onClick={() => void confirm()}
          >
            {action}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p>{text}</p>
        {step === 'remove' && <MemberCreations userId={member.userId} />}
        {problem && <ErrorPanel title={failed} problem={problem} />}
      </div>
    </Dialog>
  )
}
