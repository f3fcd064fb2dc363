// The skeleton of the pipeline page.

import { CanvasSkeleton } from '@flowmason/pipeline-canvas/canvas'
import { Skeleton } from '@flowmason/ui'
import { PageHead } from '../shell/page.tsx'
import { Workbench } from '../shell/workbench.tsx'

export function PipelineSkeleton() {
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' } }, { label: <Skeleton className="h-4 w-32" /> }]}
      />
      <Workbench
        selected={null}
        onClose={() => {}}
        canvas={<CanvasSkeleton />}
        below={<Skeleton className="m-4 h-4 w-64" />}
        inspector={
          <div className="flex flex-col gap-3 p-4">
            <Skeleton className="h-5 w-32" />
            <Skeleton className="h-4 w-48" />
            <Skeleton className="h-40" />
          </div>
        }
      />
    </>
  )
}
