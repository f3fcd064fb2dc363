// Brings the draft together with a version that was saved after the draft was started: the version that the draft
// started from is what both have in common.

import { type ReactNode, useState } from 'react'
import { MergeSidesDocument } from '@flowmason/graphql/editing'
import { Button, Dialog, ErrorPanel, Loading, Skeleton } from '@flowmason/ui'
import { draftOf } from '../editing/link.ts'
import type { Draft, Known } from '../editing/sync.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { MergeDialog } from './merge-dialog.tsx'
import { newer } from './newer.ts'

interface Props {
  pipelineId: string
  /** The number of the version that the draft started from. */
  base: number
  /** The number of the other version. */
  version: number
  /** The draft, for those who have it open. */
  draft?: Known
  /** The draft has the result; it is undefined if it had it already. */
  onTaken: (draft: Draft | undefined) => void
  onMoved?: (draft: Draft) => void
  onOutdated?: () => void
  onClose: () => void
}

export function MergeVersion({ pipelineId, base, version, draft, onTaken, onMoved, onOutdated, onClose }: Props) {
  const { data, problem, refetch } = useAnswer(
    MergeSidesDocument,
    { id: pipelineId, base, theirs: version },
    { requestPolicy: 'network-only' },
  )
  const [moved, setMoved] = useState<Known>()
  const loaded = data?.pipeline.draft
  const known = draft ?? newer(moved, loaded ? draftOf(loaded) : undefined)
  const sides = data?.pipeline
  const title = `Bring the draft and version ${version} together`
  if (problem || (data && !known))
    return (
      <Said title={title} onClose={onClose}>
        <ErrorPanel
          title="The sides could not be loaded"
          problem={problem ?? { message: 'The pipeline has no draft any more.' }}
          onRetry={problem ? refetch : undefined}
        />
      </Said>
    )
  if (!sides || !known)
    return (
      <Said title={title} onClose={onClose}>
        <Loading label="Loading both sides">
          <Skeleton className="h-5" />
        </Loading>
      </Said>
    )
  return (
    <MergeDialog
      pipelineId={pipelineId}
      title={title}
      texts={{ base: sides.base.source, mine: known.text, theirs: sides.theirs.source }}
      names={{ mine: 'The draft', theirs: `Version ${version}` }}
      onto="mine"
      revision={known.revision}
      onTaken={onTaken}
      onMoved={(next) => {
        setMoved(next)
        onMoved?.(next)
      }}
      onOutdated={onOutdated ?? refetch}
      fallback={
        <Said title={title} onClose={onClose}>
          <p>
            The texts cannot be brought together by their meaning: one of them is not complete, has two stages with the
            same id, or a number with very many digits. Change the draft in the text, or save it and replace what the
            version changed.
          </p>
        </Said>
      }
      onClose={onClose}
    />
  )
}

function Said({ title, children, onClose }: { title: string; children: ReactNode; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(stays) => !stays && onClose()}
      title={title}
      footer={
        <Button variant="quiet" onClick={onClose}>
          Close
        </Button>
      }
    >
      {children}
    </Dialog>
  )
}
