// The button that makes a version the draft.

import { Suspense, useState } from 'react'
import { History } from 'lucide-react'
import { Button } from '@flowmason/ui'
import { later } from '../lib/later.tsx'

const RestoreDialog = later(() => import('./restore-dialog.tsx'), 'RestoreDialog')

export function RestoreButton({ pipelineId, number }: { pipelineId: string; number: number }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button icon={<History size={14} aria-hidden="true" />} onClick={() => setOpen(true)}>
        Make version {number} the draft
      </Button>
      {open && (
        <Suspense fallback={null}>
          <RestoreDialog pipelineId={pipelineId} number={number} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
