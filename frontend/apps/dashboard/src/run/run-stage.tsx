// Runs one stage of a finished run again with the same input.

import { Play } from 'lucide-react'
import { useNavigate } from '@tanstack/react-router'
import { RunOneStageDocument } from '@flowmason/graphql'
import { Button } from '@flowmason/ui'
import { useChange } from '../lib/use-change.ts'

export function RunStage({ runId, stage }: { runId: string; stage: string }) {
  const navigate = useNavigate()
  const change = useChange(RunOneStageDocument)
  const run = async () => {
    const done = await change.run({ input: { runId, stage } })
    if (done) void navigate({ to: '/runs/$runId', params: { runId: done.runStage.run.id }, search: { stage } })
  }
  return (
    <div className="pt-2">
      <Button
        busy={change.busy}
        onClick={() => void run()}
        data-tip="Starts a new run of only this stage, with the same input. Model calls and requests are sent again"
        icon={<Play size={13} aria-hidden="true" />}
      >
        Run this stage again
      </Button>
    </div>
  )
}
