// Saved views: run filters with a name.

import type { RunFilter } from '../filter.ts'
import { newId } from '../store.ts'
import type { Mock } from './shared.ts'

const viewOf = (view: { id: string; name: string; filter: RunFilter; createdAt: string }) => ({
  __typename: 'SavedRunView',
  ...view,
  updatedAt: view.createdAt,
  filter: {
    text: view.filter.text ?? null,
    status: view.filter.status ?? [],
    notStatus: view.filter.notStatus ?? [],
    pipelineIds: view.filter.pipelineIds ?? [],
    notPipelineIds: view.filter.notPipelineIds ?? [],
    environments: view.filter.environments ?? [],
    ids: view.filter.ids ?? [],
    since: view.filter.since ?? null,
    until: view.filter.until ?? null,
    lastSeconds: view.filter.lastSeconds ?? null,
  },
})
export const runViews = ({ store, wait }: Mock) => ({
  savedRunViews: async () => {
    await wait()
    return (store.data.views ?? []).toSorted((a, b) => a.name.localeCompare(b.name)).map(viewOf)
  },
  saveRunView: ({ input }: { input: { id?: string | null; name: string; filter: RunFilter } }) => {
    const views = (store.data.views ??= [])
    let view = views.find((each) => each.id === input.id || each.name === input.name)
    if (view) Object.assign(view, { name: input.name, filter: input.filter })
    else {
      view = { id: newId('view'), name: input.name, filter: { ...input.filter }, createdAt: new Date().toISOString() }
      views.push(view)
    }
    store.save()
    return { savedRunView: viewOf(view) }
  },
  deleteSavedRunView: ({ input }: { input: { id: string } }) => {
    store.data.views = (store.data.views ?? []).filter((each) => each.id !== input.id)
    store.save()
    return { deletedId: input.id }
  },
})
