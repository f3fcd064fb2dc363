// The button that brings a newer version and the draft together, and opens the editor then.

import { Suspense, useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { GitMerge } from 'lucide-react'
import { Button } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { later } from '../lib/later.tsx'

const MergeVersion = later(() => import('../merging/merge-version.tsx'), 'MergeVersion')

export function MergeButton({ pipelineId, base, version }: { pipelineId: string; base: number; version: number }) {
  const navigate = useNavigate()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button icon={<GitMerge size={14} aria-hidden="true" />} onClick={() => setOpen(true)}>
        Bring together
      </Button>
      {open && (
        <Suspense fallback={null}>
          <MergeVersion
            pipelineId={pipelineId}
            base={base}
            version={version}
            onTaken={(draft) => {
              setOpen(false)
              toast(draft ? `The draft has what version ${version} changed.` : 'The draft stays as it is.')
              void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId }, search: { edit: true } })
            }}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  )
}
