// Folders of pipelines, and what is published to environments.

import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'
import { pipelineOf, publicationOf } from './views.ts'

const now = () => new Date().toISOString()

export function publishing({ store, wait }: Mock) {
  const folders = () => (store.data.folders ??= [])
  const publications = () => (store.data.publications ??= [])
  const folderOf = (id: string) => {
    const found = folders().find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such folder')
    return found
  }
  const typed = (folder: object) => ({ __typename: 'Folder', ...folder, createdAt: now() })
  const settings = () => ({ __typename: 'PublicationSettings', secondPerson: store.data.secondPerson ?? false })
  const decide = (id: string, status: string) => {
    const found = publications().find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such publication')
    Object.assign(found, { status, decidedBy: 'Grace', decidedAt: now() })
    store.save()
    return { publication: publicationOf(store, found) }
  }
  return {
    folders: async () => (
      await wait(),
      folders()
        .toSorted((a, b) => a.name.localeCompare(b.name))
        .map(typed)
    ),
    createFolder: ({ input }: { input: { name: string } }) => {
      if (folders().some((each) => each.name.toLowerCase() === input.name.toLowerCase()))
        throw new Problem('CONFLICT', `name: \`${input.name}\` is already the name of a folder; use another name`)
      const folder = { id: newId('folder'), name: input.name }
      folders().push(folder)
      store.save()
      return { folder: typed(folder) }
    },
    renameFolder: ({ input }: { input: { id: string; name: string } }) => {
      const folder = Object.assign(folderOf(input.id), { name: input.name })
      store.save()
      return { folder: typed(folder) }
    },
    deleteFolder: ({ input }: { input: { id: string } }) => {
      folders().splice(folders().indexOf(folderOf(input.id)), 1)
      for (const pipeline of store.data.pipelines) if (pipeline.folderId === input.id) pipeline.folderId = null
      store.save()
      return { deletedId: input.id }
    },
    movePipeline: ({ input }: { input: { pipelineId: string; folderId?: string | null } }) => {
      const pipeline = store.pipeline(input.pipelineId)
      pipeline.folderId = input.folderId ? folderOf(input.folderId).id : null
      store.save()
      return { pipeline: pipelineOf(store, pipeline) }
    },
    exposePipelineAsTool: ({ input }: { input: { pipelineId: string; environment?: string | null } }) => {
      const pipeline = store.pipeline(input.pipelineId)
      pipeline.toolEnvironment = input.environment ?? null
      store.save()
      return { pipeline: pipelineOf(store, pipeline) }
    },
    publicationRequests: async () => (
      await wait(),
      publications()
        .filter((each) => each.status === 'REQUESTED')
        .map((each) => publicationOf(store, each))
    ),
    publicationSettings: async () => (await wait(), settings()),
    updatePublicationSettings: ({ input }: { input: { secondPerson: boolean } }) => {
      store.data.secondPerson = input.secondPerson
      store.save()
      return { publicationSettings: settings() }
    },
    publishPipeline: ({ input }: { input: { pipelineId: string; environment: string; versionNumber: number } }) => {
      const waits = input.environment === 'PRODUCTION' && store.data.secondPerson === true
      const publication = {
        id: newId('publ'),
        pipelineId: store.pipeline(input.pipelineId).id,
        environment: input.environment,
        version: input.versionNumber,
        status: waits ? 'REQUESTED' : 'PUBLISHED',
        requestedAt: now(),
        decidedBy: null,
        decidedAt: waits ? null : now(),
      }
      publications().push(publication)
      store.save()
      return { publication: publicationOf(store, publication) }
    },
    approvePublication: ({ input }: { input: { id: string } }) => decide(input.id, 'PUBLISHED'),
    refusePublication: ({ input }: { input: { id: string } }) => decide(input.id, 'REFUSED'),
  }
}
