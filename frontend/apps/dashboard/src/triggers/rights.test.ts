import { expect, test } from 'vitest'
import { triggerRights } from './rights.ts'

const none = { permissions: [], pipelinePermissions: [], folderPermissions: [], environmentPermissions: [] }
const pipeline = { id: 'pipe_a', folder: null, deletedAt: null }

test('who may only read sees triggers and their firings, and changes nothing', () => {
  const reader = { ...none, permissions: ['pipeline.read', 'run.read'] }
  expect(triggerRights(reader, pipeline)).toEqual({ enable: [], change: [], firings: true })
  expect(triggerRights(undefined, pipeline)).toEqual({ enable: [], change: [], firings: false })
})

test('a grant to read runs on the folder shows the firings of its pipelines and of no others', () => {
  const reader = { ...none, folderPermissions: [{ folderId: 'folder_a', permissions: ['pipeline.read', 'run.read'] }] }
  const inside = { ...pipeline, folder: { id: 'folder_a' } }
  expect(triggerRights(reader, inside).firings).toBe(true)
  expect(triggerRights(reader, pipeline).firings).toBe(false)
})

test('creating needs the right to write and to start, and production a right of its own', () => {
  const starter = { ...none, permissions: ['run.start'] }
  expect(triggerRights(starter, pipeline)).toEqual({ enable: ['DEVELOPMENT', 'STAGING'], change: [], firings: false })
  const developer = { ...none, permissions: ['run.start', 'pipeline.write'] }
  expect(triggerRights(developer, pipeline).change).toEqual(['DEVELOPMENT', 'STAGING'])
  const admin = { ...none, permissions: ['run.start', 'pipeline.write', 'production.use'] }
  expect(triggerRights(admin, pipeline).change).toEqual(['DEVELOPMENT', 'STAGING', 'PRODUCTION'])
})

test('nothing of a deleted pipeline can be enabled or changed', () => {
  const admin = { ...none, permissions: ['run.start', 'pipeline.write', 'production.use'] }
  const gone = { ...pipeline, deletedAt: '2026-01-01T00:00:00Z' }
  expect(triggerRights(admin, gone)).toMatchObject({ enable: [], change: [] })
})
