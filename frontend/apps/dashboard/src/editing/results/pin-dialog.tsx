// Pins a value that somebody types as the output of a stage.

import { type FormEvent, useState } from 'react'
import { Pin as PinIcon } from 'lucide-react'
import { PinStageOutputDocument } from '@flowmason/graphql/editing'
import { Button, Dialog, ErrorPanel, Field, TextArea } from '@flowmason/ui'
import { faultWords, readJson } from '../../lib/json-text.ts'
import { useChange } from '../../lib/use-change.ts'
import type { Pin } from './use-results.ts'

interface Props {
  pipelineId: string
  stageId: string
  /** What is changed; undefined if the value begins empty. */
  first: unknown
  onPinned: (pin: Pin) => void
  onClose: () => void
}

export function PinDialog({ pipelineId, stageId, first, onPinned, onClose }: Props) {
  const pin = useChange(PinStageOutputDocument, { inPlace: true })
  const [text, setText] = useState(() => (first === undefined ? '{}' : JSON.stringify(first, null, 2)))
  const [fault, setFault] = useState<string>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const read = readJson(text)
    setFault('fault' in read ? faultWords(read.fault) : undefined)
    if ('fault' in read) return
    const done = await pin.run({ input: { pipelineId, stage: stageId, output: read.value } })
    if (done) onPinned(done.pinStageOutput.pin)
  }
  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Pin an output of ${stageId}`}
      description="Runs of the draft take it over and do not execute the stage. Runs of versions execute it."
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button
            variant="primary"
            type="submit"
            form="pin-output"
            busy={pin.busy}
            icon={<PinIcon size={14} aria-hidden="true" />}
          >
            Pin it
          </Button>
        </>
      }
    >
      <form id="pin-output" noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Output, as JSON" error={fault}>
          {(ids) => (
            <TextArea
              {...ids}
              value={text}
              spellCheck={false}
              rows={14}
              onChange={(event) => setText(event.target.value)}
              className="font-mono text-xs"
            />
          )}
        </Field>
        {pin.problem && <ErrorPanel title="The output was not pinned" problem={pin.problem} />}
      </form>
    </Dialog>
  )
}
