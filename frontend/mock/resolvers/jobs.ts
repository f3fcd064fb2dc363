// Jobs of the organization.

import { Problem, type StoredJob } from '../store.ts'
import { type Args, type Mock, connection } from './shared.ts'

export function jobs({ store, wait }: Mock) {
  const jobOf = (job: StoredJob) => ({ __typename: 'Job', ...job })
  const job = (id: string) => {
    const found = store.data.jobs?.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such job.')
    return found
  }
  return {
    jobs: async ({ status, ...args }: { status?: string | null } & Args) => {
      await wait()
      const found = (store.data.jobs ?? []).filter((each) => !status || each.status === status)
      return connection(found.map(jobOf), args)
    },
    job: ({ id }: { id: string }) => jobOf(job(id)),
    retryJob: ({ input }: { input: { id: string } }) => {
      const found = job(input.id)
      if (found.status !== 'FAILED')
        throw new Problem('CONFLICT', 'The job did not fail, so there is nothing to retry.')
      const now = () => new Date().toISOString()
      Object.assign(found, { status: 'RUNNING', attempts: 1, runAt: now(), startedAt: now(), finishedAt: null })
      setTimeout(() => {
        Object.assign(found, { status: 'SUCCEEDED', error: null, finishedAt: now() })
        store.save()
      }, 1500).unref()
      store.save()
      return { job: jobOf(found) }
    },
  }
}
