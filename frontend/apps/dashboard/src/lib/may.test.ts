import { expect, test } from 'vitest'
import { may, mayAnywhere, mayIn } from './may.ts'

const none = { permissions: [], pipelinePermissions: [], folderPermissions: [], environmentPermissions: [] }

test('a permission in the organization counts everywhere, but not alone in production', () => {
  const developer = { ...none, permissions: ['run.start'] }
  expect(may(developer, 'run.start', {})).toBe(true)
  expect(may(developer, 'run.cancel', {})).toBe(false)
  expect(mayIn(developer, 'run.start', { pipelineId: 'pipe_a' })).toEqual(['DEVELOPMENT', 'STAGING'])
  const admin = { ...none, permissions: ['run.start', 'production.use'] }
  expect(mayIn(admin, 'run.start', {})).toEqual(['DEVELOPMENT', 'STAGING', 'PRODUCTION'])
})

test('a grant counts on its pipeline, its folder or in its environment', () => {
  const permissions = ['run.start', 'production.use']
  const onPipeline = { ...none, pipelinePermissions: [{ pipelineId: 'pipe_a', permissions }] }
  expect(may(onPipeline, 'run.start', { pipelineId: 'pipe_a', environment: 'PRODUCTION' })).toBe(true)
  expect(may(onPipeline, 'run.start', { pipelineId: 'pipe_b' })).toBe(false)
  expect(may(onPipeline, 'run.start', {})).toBe(false)
  const inFolder = { ...none, folderPermissions: [{ folderId: 'folder_a', permissions: ['run.start'] }] }
  expect(may(inFolder, 'run.start', { pipelineId: 'pipe_a', folderId: 'folder_a' })).toBe(true)
  expect(may(inFolder, 'run.start', { pipelineId: 'pipe_a', folderId: null })).toBe(false)
  const staging = { ...none, environmentPermissions: [{ environment: 'STAGING' as const, permissions }] }
  expect(mayIn(staging, 'run.start', { pipelineId: 'pipe_a' })).toEqual(['STAGING'])
})

test('a permission somewhere is one in the organization or of any grant', () => {
  const permissions = ['production.use']
  expect(mayAnywhere(none, 'production.use')).toBe(false)
  expect(mayAnywhere({ ...none, permissions }, 'production.use')).toBe(true)
  const inFolder = { ...none, folderPermissions: [{ folderId: 'folder_a', permissions }] }
  expect(mayAnywhere(inFolder, 'production.use')).toBe(true)
  expect(mayAnywhere({ ...none, permissions }, 'pipeline.publish')).toBe(false)
})
