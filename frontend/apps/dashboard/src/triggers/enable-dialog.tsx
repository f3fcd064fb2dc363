// Asks before a trigger is enabled, because its runs are started as the person who does it.

import type { Environment } from '@flowmason/graphql'
import { SetTriggerEnabledDocument } from '@flowmason/graphql/triggers'
import { Ago } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog } from '../access/form-dialog.tsx'
import { environmentNames } from '../lib/environment-words.ts'
import { useChange } from '../lib/use-change.ts'
import { personName } from '../lib/words.ts'
import { useViewer } from '../shell/shell.tsx'
import { knownZone, momentIn } from './local-time.ts'

interface Props {
  trigger: {
    id: string
    name: string
    environment: Environment
    timezone?: string | null
    next: readonly string[]
  }
  onClose: () => void
}

export function EnableDialog({ trigger, onClose }: Props) {
  const enable = useChange(SetTriggerEnabledDocument, { inPlace: true })
  const viewer = useViewer()
  const [first] = trigger.next
  const save = async () => {
    if (!(await enable.run({ input: { id: trigger.id, enabled: true } }))) return
    toast(`${trigger.name} is enabled.`)
    onClose()
  }
  return (
    <FormDialog
      title={`Enable ${trigger.name}`}
      action="Enable"
      busy={enable.busy}
      failed="The trigger was not enabled"
      problem={enable.problem}
      onSubmit={() => void save()}
      onClose={onClose}
      form={{ noValidate: true, onInput: () => {} }}
    >
      <p>
        Its runs in {environmentNames[trigger.environment].toLowerCase()} are started as you
        {viewer?.user && (
          <>
            , <strong className="font-semibold">{personName(viewer.user)}</strong>
          </>
        )}
        , with the rights that you have when it fires. If you lose the right to start them, the trigger is disabled and
        says so.
      </p>
      <p className="text-muted">
        {first ? (
          <>
            It fires first on {momentIn(first, knownZone(trigger.timezone))}, <Ago at={first} />.
          </>
        ) : (
          'By its schedule it does not fire any more.'
        )}
      </p>
    </FormDialog>
  )
}
