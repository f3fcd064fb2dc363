// The passkeys of the user: adding one with this browser, and removing one.

import { useState } from 'react'
import { Fingerprint, Plus } from 'lucide-react'
import {
  AddPasskeyDocument,
  BeginPasskeyDocument,
  type PasskeyFieldsFragment,
  PasskeysDocument,
  RemovePasskeyDocument,
} from '@flowmason/graphql/account'
import { Ago, Button, Empty, ErrorPanel, Note } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { type PasskeyProblem, hasPasskeys, makePasskey } from '../lib/passkey.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { List, RowSkeletons } from './list.tsx'

/** A name for a new passkey: the kind of this device. */
function deviceName(): string {
  const agent = navigator.userAgent
  if (/iPhone|iPad/.test(agent)) return /iPad/.test(agent) ? 'iPad' : 'iPhone'
  if (/Android/.test(agent)) return 'Android phone'
  if (/Mac OS X/.test(agent)) return 'Mac'
  if (/Windows/.test(agent)) return 'Windows computer'
  return /Linux/.test(agent) ? 'Linux computer' : 'Passkey'
}

export function Passkeys() {
  const answer = useAnswer(PasskeysDocument, {})
  const begin = useChange(BeginPasskeyDocument)
  const add = useChange(AddPasskeyDocument)
  const [problem, setProblem] = useState<PasskeyProblem>(null)
  const [busy, setBusy] = useState(false)
  const possible = answer.data?.passkeysPossible
  const make = async () => {
    setProblem(null)
    const begun = (await begin.run({}))?.beginPasskey
    if (!begun) return
    const made = await makePasskey(begun.options)
    if (!made.ok) {
      setProblem(made.problem)
      return
    }
    const input = { token: begun.token, name: deviceName(), credential: made.credential }
    if (!(await add.run({ input }))) return
    toast('The passkey was added.')
    answer.refetch()
  }
  const click = () => {
    setBusy(true)
    void make().finally(() => setBusy(false))
  }
  return (
    <div className="flex flex-col gap-3">
      {possible === false ? (
        <Note icon={<Fingerprint size={15} aria-hidden="true" />}>
          Passkeys need a host name. The administrator of this server can set its public URL, such as
          https://flowmason.example.com or http://localhost:8080.
        </Note>
      ) : (
        <List
          name="passkeys"
          answer={answer}
          rows={answer.data?.passkeys}
          loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
          empty={
            <Empty icon={<Fingerprint size={20} aria-hidden="true" />} title="No passkeys yet" className="py-8">
              A passkey signs you in with your fingerprint, face or PIN.
            </Empty>
          }
        >
          {(passkeys) => (
            <ul aria-label="Passkeys" className="divide-y divide-line">
              {passkeys.map((passkey) => (
                <PasskeyRow key={passkey.passkeyId} passkey={passkey} onGone={answer.refetch} />
              ))}
            </ul>
          )}
        </List>
      )}
      {problem && <ErrorPanel title="No passkey was added" problem={problem} />}
      {possible && hasPasskeys() && (
        <div>
          <Button busy={busy} icon={<Plus size={14} aria-hidden="true" />} onClick={click}>
            Add a passkey
          </Button>
        </div>
      )}
      {possible && !hasPasskeys() && (
        <p className="text-muted">This browser cannot use passkeys at this address. Open FlowMason by its host name.</p>
      )}
    </div>
  )
}

function PasskeyRow({ passkey, onGone }: { passkey: PasskeyFieldsFragment; onGone: () => void }) {
  const remove = useChange(RemovePasskeyDocument)
  const [sure, setSure] = useState(false)
  const end = async () => {
    if (!(await remove.run({ input: { passkeyId: passkey.passkeyId } }))) return
    toast('The passkey was removed.')
    onGone()
  }
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5">
      <div className="min-w-0 flex-1 max-sm:basis-full">
        <p className="truncate font-medium">{passkey.name}</p>
        <p className="text-xs text-muted">
          {passkey.lastUsedAt ? (
            <>
              Used <Ago at={passkey.lastUsedAt} />
            </>
          ) : (
            'Never used'
          )}
          {' · added '}
          <Ago at={passkey.createdAt} />
        </p>
      </div>
      {sure ? (
        <span className="flex flex-wrap items-center gap-2">
          <span className="text-xs text-muted">It will no longer sign you in.</span>
          <Button variant="danger" busy={remove.busy} onClick={() => void end()}>
            Remove
          </Button>
          <Button variant="quiet" onClick={() => setSure(false)}>
            Keep
          </Button>
        </span>
      ) : (
        <Button variant="quiet" aria-label={`Remove ${passkey.name}`} onClick={() => setSure(true)}>
          Remove
        </Button>
      )}
    </li>
  )
}
