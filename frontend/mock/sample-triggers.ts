// The triggers of the sample data.

import type { StoredTrigger } from './store.ts'

const HOUR_MS = 3_600_000

/** The id of a trigger of the support inbox, for viewing its page. */
export const SAMPLE_TRIGGER = `trig_01k${'1'.padStart(23, '0')}`

/** The id of a trigger that its file declares, and nobody has enabled. */
export const SAMPLE_FILE_TRIGGER = `trig_01k${'2'.padStart(23, '0')}`

/** `runId`: a run that one of them started. */
export function sampleTriggers(pipelineId: string, runId: string | undefined): StoredTrigger[] {
  const at = (hours: number) => new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS + hours * HOUR_MS).toISOString()
  const firing = { missed: 0, reason: null, runId: null }
  return [
    {
      id: SAMPLE_TRIGGER,
      pipelineId,
      environment: 'DEVELOPMENT',
      origin: 'PRODUCT',
      definition: {
        name: 'morning and evening',
        description: 'So that nothing lies in the inbox for longer than half a day.',
        cron: '0 7,19 * * 1-5',
        timezone: 'Europe/Berlin',
        misfire: 'once',
        overlap: 'skip',
        input: { mailbox: 'support' },
        input_mapping: { day: 'date' },
      },
      enabledAt: at(-90),
      firings: [
        { ...firing, dueAt: at(-1), state: 'FIRED', runId: runId ?? null },
        { ...firing, dueAt: at(-13), state: 'SKIPPED', reason: 'An earlier run had not ended' },
        { ...firing, dueAt: at(-25), state: 'MISSED', missed: 3 },
        { ...firing, dueAt: at(-61), state: 'REFUSED', reason: 'No model is set up, so the run could not be started' },
      ],
    },
    {
      id: SAMPLE_FILE_TRIGGER,
      pipelineId,
      environment: 'PRODUCTION',
      origin: 'FILE',
      definition: {
        name: 'every-quarter-hour',
        cron: '*/15 * * * *',
        timezone: 'UTC',
        misfire: 'skip',
        overlap: 'queue',
      },
      enabledAt: null,
      firings: [],
    },
  ]
}
