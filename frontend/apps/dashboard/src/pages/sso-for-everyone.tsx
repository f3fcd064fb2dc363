// Who has to use single sign-on: people with addresses of some domains, or everyone except guests, who are named here.

import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import {
  AddSsoGuestDocument,
  EnforceSsoForEveryoneDocument,
  RemoveSsoGuestDocument,
  type SsoForEveryoneFieldsFragment,
  SsoForEveryoneDocument,
  StopEnforcingSsoForEveryoneDocument,
} from '@flowmason/graphql/people'
import { Button, ErrorPanel, IconButton, Moment, Select, Skeleton, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { Staged } from '../access/staged.tsx'
import { useMemberChoices } from '../access/use-member-choices.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { personName } from '../lib/words.ts'
import { BreakGlassField, BreakGlassOwner } from './break-glass-field.tsx'
import { listBox } from './list.tsx'
import { SsoUnprepared } from './sso-unprepared.tsx'

const choiceRow = 'flex items-start gap-3 px-3 py-3'
const dot = 'mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5'

export function SsoForEveryone() {
  const { data, problem, refetch } = useAnswer(SsoForEveryoneDocument, {})
  const stop = useChange(StopEnforcingSsoForEveryoneDocument)
  const [dialog, setDialog] = useState(false)
  const [leaving, setLeaving] = useState(false)
  if (problem) return <ErrorPanel title="The setting could not be loaded" problem={problem} onRetry={refetch} />
  if (!data) return <Skeleton className="h-28 rounded-float" />
  const { since, guests } = data.ssoForEveryone
  const end = async () => {
    setLeaving(false)
    if (await stop.run({})) toast('Single sign-on is no longer enforced for everyone.')
  }
  return (
    <section aria-labelledby="who-must" className="flex flex-col gap-3 pt-4">
      <h2 id="who-must" className="title">
        Who has to use it
      </h2>
      <div className={listBox}>
        <div className={choiceRow}>
          <input
            type="radio"
            id="who-must-domains"
            name="who-must"
            aria-describedby="who-must-domains-text"
            checked={!since || leaving}
            disabled={stop.busy}
            onChange={() => setLeaving(true)}
            className={dot}
          />
          <span>
            <label htmlFor="who-must-domains" className="font-medium">
              People with addresses of proved domains
            </label>
            <span id="who-must-domains-text" className="block text-xs text-muted">
              Choose the domains under{' '}
              <Link to="/settings/domains" className="underline underline-offset-2">
                Domains
              </Link>
              . Members with other addresses also sign in with passwords and passkeys.
            </span>
          </span>
        </div>
        <div className={choiceRow}>
          <input
            type="radio"
            id="who-must-everyone"
            name="who-must"
            aria-describedby="who-must-everyone-text"
            checked={Boolean(since) && !leaving}
            disabled={stop.busy}
            onChange={() => (since ? setLeaving(false) : setDialog(true))}
            className={dot}
          />
          <span>
            <label htmlFor="who-must-everyone" className="font-medium">
              Everyone, except guests
            </label>
            <span id="who-must-everyone-text" className="block text-xs text-muted">
              {since ? (
                <>
                  Enforced since <Moment at={since} />
                  <BreakGlassOwner />
                </>
              ) : (
                'All members, whatever their address, reach this organization only through your identity provider.'
              )}
            </span>
          </span>
        </div>
        {since && leaving && (
          <p className="flex flex-wrap items-center gap-2 px-3 pb-3 text-xs text-muted">
            Members can sign in with passwords and passkeys again, except for enforced domains.
            <Button variant="danger" busy={stop.busy} onClick={() => void end()}>
              Stop enforcing it for everyone
            </Button>
            <Button variant="quiet" onClick={() => setLeaving(false)}>
              Keep
            </Button>
          </p>
        )}
        {since && !leaving && (
          <div className="px-3 pb-3">
            <Button onClick={() => setDialog(true)}>Change the owner</Button>
          </div>
        )}
      </div>
      <Guests guests={guests} />
      {dialog && <EveryoneDialog again={Boolean(since)} onClose={() => setDialog(false)} />}
    </section>
  )
}

function Guests({ guests }: { guests: SsoForEveryoneFieldsFragment['guests'] }) {
  const add = useChange(AddSsoGuestDocument, { inPlace: true })
  const remove = useChange(RemoveSsoGuestDocument, { inPlace: true })
  const { members, field } = useMemberChoices('Find a member to make a guest')
  const others = members?.filter((member) => guests.every(({ userId }) => userId !== member.userId)) ?? []
  const problem = add.problem ?? remove.problem
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">Guests</h3>
      <p className="text-xs text-muted">
        Members for whom single sign-on is not enforced when it is for everyone, such as people of another company.
      </p>
      <div className="flex flex-wrap items-center gap-1.5">
        {guests.length === 0 && <span className="text-xs text-muted">There are none.</span>}
        {guests.map((guest) => (
          <span
            key={guest.userId}
            className="inline-flex h-6 items-center gap-1 rounded-full border border-line2 pr-1 pl-2 text-text"
          >
            {personName(guest)}
            <IconButton
              label={`Remove ${personName(guest)} from the guests`}
              className="size-5"
              onClick={() => void remove.run({ input: { userId: guest.userId } })}
            >
              <X size={12} aria-hidden="true" />
            </IconButton>
          </span>
        ))}
        {field}
        <Staged
          value=""
          busy={add.busy}
          action="Add"
          names={{ save: 'Add the chosen member', cancel: 'Cancel' }}
          onSave={(userId) => add.run({ input: { userId } })}
        >
          {(choice) => (
            <Select aria-label="Add a guest" className="w-36" disabled={others.length === 0} {...choice}>
              <option value="" disabled>
                Add …
              </option>
              {others.map((member) => (
                <option key={member.userId} value={member.userId}>
                  {personName(member)}
                </option>
              ))}
            </Select>
          )}
        </Staged>
      </div>
      {problem && (
        <p role="alert" className="text-xs text-fail">
          <Ticked text={problem.message} />
        </p>
      )}
    </div>
  )
}

const labels = { breakGlassOwnerId: 'The break-glass owner' }

function EveryoneDialog({ again, onClose }: { again: boolean; onClose: () => void }) {
  const enforce = useChange(EnforceSsoForEveryoneDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ owner: 'Choose an owner who has a passkey.' })
  const refused = fieldProblem(enforce.problem, labels)
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    if (!(await enforce.run({ input: { breakGlassOwnerId: textOf(element, 'owner') } }))) return
    toast(again ? 'The break-glass owner was changed.' : 'Single sign-on is enforced for everyone, except guests.')
    onClose()
  }
  return (
    <FormDialog
      title={again ? 'Change the break-glass owner' : 'Enforce single sign-on for everyone?'}
      action={again ? 'Change the owner' : 'Enforce single sign-on'}
      busy={enforce.busy}
      failed={again ? 'The owner was not changed' : 'Single sign-on is not enforced'}
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      {!again && (
        <ul className="flex list-disc flex-col gap-1 pl-5 text-muted">
          <li>
            All members except guests reach this organization only through your identity provider. Sessions opened in
            another way are shut out at once, perhaps yours too.
          </li>
          <li>
            Who has an address of a domain that you have not proved, and has not connected their account at the provider
            yet, cannot enter. Make them guests first.
          </li>
          <li>API keys keep working; applications must be allowed again.</li>
        </ul>
      )}
      {!again && <SsoUnprepared />}
      <BreakGlassField error={errors['owner'] ?? refused.at['breakGlassOwnerId']} />
    </FormDialog>
  )
}
