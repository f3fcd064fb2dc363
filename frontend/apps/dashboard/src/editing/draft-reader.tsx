// A draft for those who may read the pipeline and not change it: its text, live, and who works on it. Loaded on first
// use.

import { useMemo } from 'react'
import { FileText } from 'lucide-react'
import { Button, Empty, ErrorPanel, Loading, Skeleton } from '@flowmason/ui'
import { api } from '../api.ts'
import { CopilotButton } from '../copilot/copilot-button.tsx'
import { CopilotSide } from '../copilot/copilot-side.tsx'
import { type Mark, SourceView } from '../pipeline/source-view.tsx'
import { draftLink } from './link.ts'
import { People } from './status-line.tsx'
import { useDraftReader } from './use-draft-reader.ts'
import { whose } from './words.ts'

const NO_MARKS: readonly Mark[] = []

export function DraftReader({ pipelineId, onClose }: { pipelineId: string; onClose: () => void }) {
  const link = useMemo(() => draftLink(api, pipelineId), [pipelineId])
  const { draft, people, problem } = useDraftReader(link)
  const close = (
    <Button variant="quiet" onClick={onClose}>
      Close
    </Button>
  )
  if (problem) {
    return <ErrorPanel title="The draft could not be loaded" problem={problem} className="m-4" action={close} />
  }
  if (draft === undefined) {
    return (
      <Loading label="Loading the draft" className="flex flex-col gap-2 p-4">
        <Skeleton className="h-3.5" />
        <Skeleton className="h-3.5" />
      </Loading>
    )
  }
  if (draft === null) {
    return (
      <Empty icon={<FileText size={20} aria-hidden="true" />} title="No draft" action={close} className="py-8">
        Nobody is preparing another version of this pipeline.
      </Empty>
    )
  }
  const { unsaved, baseNumber } = draft.about
  return (
    <CopilotSide pipelineId={pipelineId} userId="" revision={draft.revision}>
      <div className="flex h-full flex-col">
        <div className="flex shrink-0 items-center gap-2 border-b border-line px-4 py-1">
          <p role="status" className="min-w-0 flex-1 text-xs">
            {unsaved.length > 0
              ? `Changed since version ${baseNumber} by ${whose(unsaved)}.`
              : `No changes since version ${baseNumber}.`}{' '}
            <span className="text-muted">You may read it and not change it.</span>
          </p>
          <People people={people} />
          <CopilotButton />
          {close}
        </div>
        <div className="min-h-0 flex-1">
          <SourceView source={draft.text} marked={NO_MARKS} />
        </div>
      </div>
    </CopilotSide>
  )
}
