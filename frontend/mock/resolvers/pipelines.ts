// Pipelines and their versions.

import { readSource } from '../language.ts'
import { Problem } from '../store.ts'
import { examples } from './catalogue.ts'
import { type Args, type Mock, connection } from './shared.ts'
import { pipelineOf, versionOf } from './views.ts'

export const pipelines = ({ store, wait }: Mock) => ({
  pipelines: async (args: { search?: string | null; deleted?: boolean; folderId?: string | null } & Args) => {
    await wait()
    const wanted = args.search?.toLowerCase() ?? ''
    return connection(
      store.data.pipelines
        .filter((each) => each.name.toLowerCase().includes(wanted))
        .filter((each) => !args.folderId || each.folderId === args.folderId)
        .filter((each) => Boolean(each.deletedAt) === (args.deleted ?? false))
        .toReversed()
        .map((each) => pipelineOf(store, each)),
      args,
    )
  },
  pipeline: async ({ id }: { id: string }) => (await wait(), pipelineOf(store, store.pipeline(id))),
  createPipeline: ({ input }: { input: { source?: string; name?: string } }) => {
    if (input.source && !readSource(input.source).valid)
      throw new Problem('PIPELINE_INVALID', 'The file has errors. Fix them before saving it as a version.')
    const made = store.createPipeline(input.source, input.name)
    return {
      pipeline: pipelineOf(store, made),
      version: versionOf(made, made.versions[0] ?? { number: 1, source: '', createdAt: '' }),
    }
  },
  createPipelineFromExample: ({ input }: { input: { name: string } }) => {
    const example = examples.find((each) => each.name === input.name)
    if (!example) throw new Problem('NOT_FOUND', `There is no example ${input.name}.`)
    const made = store.createPipeline(example.source)
    return {
      pipeline: pipelineOf(store, made),
      version: versionOf(made, made.versions[0] ?? { number: 1, source: '', createdAt: '' }),
    }
  },
  renamePipeline: ({ input }: { input: { pipelineId: string; name?: string | null } }) => {
    const pipeline = store.pipeline(input.pipelineId)
    pipeline.given = Boolean(input.name)
    pipeline.name =
      input.name ?? (readSource(pipeline.versions.at(-1)?.source ?? '{}').document['name'] as string) ?? 'pipeline'
    store.save()
    return { pipeline: pipelineOf(store, pipeline) }
  },
  deletePipeline: ({ input }: { input: { pipelineId: string } }) => {
    const pipeline = store.pipeline(input.pipelineId)
    pipeline.deletedAt ??= new Date().toISOString()
    store.save()
    return { pipeline: pipelineOf(store, pipeline) }
  },
  restorePipeline: ({ input }: { input: { pipelineId: string } }) => {
    const pipeline = store.pipeline(input.pipelineId)
    pipeline.deletedAt = null
    store.save()
    return { pipeline: pipelineOf(store, pipeline) }
  },
  pushPipelineVersion: ({ input }: { input: { pipelineId: string; source: string } }) => {
    const { version, created } = store.push(input.pipelineId, input.source)
    return { version: versionOf(store.pipeline(input.pipelineId), version), created }
  },
})
