// Imports .pipeline.json files that are dropped or chosen. A file with errors is not saved; all its problems are
// listed, each with its position and a suggested fix.

import { useNavigate } from '@tanstack/react-router'
import { FileUp } from 'lucide-react'
import { Button, cx } from '@flowmason/ui'
import { pickPipelineFiles, useDropFiles } from '../lib/files.ts'
import { ImportResults } from './import-results.tsx'
import { useImportFiles } from './use-import-files.ts'

export function ImportBox({ compact, onStored }: { compact?: boolean; onStored?: () => void }) {
  const navigate = useNavigate()
  const files = useImportFiles()
  const take = async (chosen: readonly File[]) => {
    if (chosen.length === 0 || files.left > 0) return
    const results = await files.take(chosen)
    const [first] = results
    if (results.length === 1 && first?.kind === 'stored')
      void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: first.id } })
    else if (results.some((each) => each.kind === 'stored')) onStored?.()
  }
  const drop = useDropFiles((dropped) => void take(dropped))
  return (
    <div className="flex flex-col gap-3">
      <div
        {...drop.handlers}
        className={cx(
          'flex flex-col items-center justify-center gap-2 rounded-float border border-dashed px-6 text-center transition-colors duration-120',
          compact ? 'py-5' : 'py-8',
          drop.over ? 'border-copper bg-raise' : 'border-line2',
        )}
      >
        <FileUp size={20} className="text-muted" aria-hidden="true" />
        <p>
          <span className="font-medium">Drop a .pipeline.json</span>{' '}
          <span className="text-muted">or choose one, or several. They are stored byte for byte.</span>
        </p>
        <Button busy={files.left > 0} onClick={() => void pickPipelineFiles().then(take)}>
          Choose a file
        </Button>
      </div>
      <ImportResults results={files.results} />
    </div>
  )
}
