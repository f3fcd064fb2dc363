// Actions for a whole pipeline, on its page and in the list: delete with undo, restore, duplicate, download.

import { useNavigate } from '@tanstack/react-router'
import {
  CreatePipelineDocument,
  DeletePipelineDocument,
  PipelineSourceDocument,
  RestorePipelineDocument,
  toProblem,
} from '@flowmason/graphql'
import { toast } from '@flowmason/ui/toast'
import { api } from '../api.ts'
import { download, pipelineFile } from '../lib/files.ts'
import { useChange } from '../lib/use-change.ts'

export interface NamedPipeline {
  id: string
  name: string
}

async function sourceOf(id: string): Promise<string | undefined> {
  const { data, error } = await api.client.query(PipelineSourceDocument, { id }, { requestPolicy: 'network-only' })
  if (error) toast.error('The file could not be loaded.', { description: toProblem(error).message })
  return data?.pipeline.latestVersion.source
}

/** `gone` is called once a pipeline is deleted, `back` once it is restored. */
export function usePipelineChanges({ gone, back }: { gone?: () => void; back?: () => void } = {}) {
  const navigate = useNavigate()
  const create = useChange(CreatePipelineDocument)
  const remove = useChange(DeletePipelineDocument)
  const undelete = useChange(RestorePipelineDocument)
  const restore = async ({ id, name }: NamedPipeline) => {
    const done = await undelete.run({ input: { pipelineId: id } })
    if (!done) return
    toast(`${name} was restored.`)
    back?.()
  }
  return {
    busy: create.busy || remove.busy || undelete.busy,
    restore,
    async remove(pipeline: NamedPipeline) {
      const done = await remove.run({ input: { pipelineId: pipeline.id } })
      if (!done) return
      toast(`${pipeline.name} was deleted. You can restore it for 30 days.`, {
        label: 'Undo',
        run: () => void restore(pipeline),
      })
      gone?.()
    },
    async duplicate({ id, name }: NamedPipeline, source?: string) {
      const text = source ?? (await sourceOf(id))
      if (text === undefined) return
      const done = await create.run({ input: { source: text, name: `${name} (copy)` } })
      if (!done) return
      toast(`${name} was duplicated.`)
      void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: done.createPipeline.pipeline.id } })
    },
    async save({ id, name }: NamedPipeline, source?: string) {
      const text = source ?? (await sourceOf(id))
      if (text !== undefined) download(pipelineFile(name), text)
    },
  }
}
