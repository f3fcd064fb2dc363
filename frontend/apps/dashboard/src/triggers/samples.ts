// Triggers and people for tests.

const nobody = { pipelinePermissions: [], folderPermissions: [], environmentPermissions: [] }

/** Somebody who may do everything with triggers. */
export const writer = {
  ...nobody,
  user: { id: 'user_1', name: 'Ada', email: 'ada@example.test' },
  permissions: ['pipeline.read', 'pipeline.write', 'run.read', 'run.start', 'run.cancel', 'production.use'],
}

export const reader = { ...writer, permissions: ['pipeline.read', 'run.read'] }

/** A trigger as the server tells it, with other fields. */
export const triggerOf = (more: object) => ({
  id: 'trig_1',
  environment: 'DEVELOPMENT',
  name: 'hourly',
  description: null,
  kind: 'SCHEDULE',
  origin: 'PRODUCT',
  enabled: false,
  enabledBy: null,
  enabledAt: null,
  words: 'every hour (UTC)',
  timezone: 'UTC',
  problem: null,
  definition: { name: 'hourly', cron: '0 * * * *', timezone: 'UTC', misfire: 'once', overlap: 'skip' },
  next: ['2099-01-01T00:00:00Z'],
  firings: [],
  probe: null,
  backfills: [],
  pipeline: { id: 'pipe_1', name: 'Report', deletedAt: null, folder: null },
  ...more,
})
