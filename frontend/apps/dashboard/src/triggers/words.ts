// Triggers in words.

import type { PipelineTriggersQuery, TriggerFiringState, TriggerKind } from '@flowmason/graphql/triggers'
import type { Status } from '@flowmason/ui'

type Listed = PipelineTriggersQuery['pipeline']['triggers'][number]

/** What became of a firing: its icon and its word. */
export const firingStates: Record<TriggerFiringState, { status: Status; word: string }> = {
  PENDING: { status: 'waiting', word: 'Waiting' },
  FIRED: { status: 'succeeded', word: 'Fired' },
  SKIPPED: { status: 'skipped', word: 'Skipped' },
  MISSED: { status: 'cancelled', word: 'Missed' },
  REFUSED: { status: 'failed', word: 'Refused' },
}

/** The state of a trigger: its icon and its word. */
export function triggerState({ enabled, problem }: Pick<Listed, 'enabled' | 'problem'>): {
  status: Status
  word: string
} {
  if (!enabled) return { status: 'idle', word: 'Disabled' }
  return problem ? { status: 'failed', word: 'Has a problem' } : { status: 'succeeded', word: 'Enabled' }
}

/** What is said of a trigger's next firing if no time is known for it. */
export const nextWords: Record<TriggerKind, string> = {
  SCHEDULE: 'No more, by its schedule',
  WEBHOOK: 'Whenever something is delivered to its address',
  RUN_FINISHED: 'Whenever runs of other pipelines give it a reason',
  EVENT: 'Whenever such an event is sent',
}

/** The words of a schedule as a sentence without its period. */
export const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** `3 firings in a row were missed, up to this one.` They are one entry of the list. */
export const missedWords = (missed: number): string =>
  missed > 1 ? `${missed.toLocaleString('en')} firings in a row were missed, up to this one.` : ''

export const misfires = [
  ['once', 'Start the last one of them'],
  ['skip', 'Start nothing'],
  ['all', 'Start each of them, up to 1,000'],
] as const

export const overlaps = [
  ['skip', 'Start nothing'],
  ['queue', 'Wait until it has ended'],
  ['cancel_oldest', 'Cancel the earlier run'],
  ['allow', 'Start it all the same'],
] as const

export const holidayWays = [
  ['skip', 'Start nothing'],
  ['next_working_day', 'Fire on the next working day'],
  ['previous_working_day', 'Fire on the working day before'],
] as const

/** The calendars of public holidays that the server computes. */
export const calendars = [
  ['de', 'Germany, in all states'],
  ['de-bw', 'Germany: Baden-Württemberg'],
  ['de-by', 'Germany: Bavaria'],
  ['de-be', 'Germany: Berlin'],
  ['de-bb', 'Germany: Brandenburg'],
  ['de-hb', 'Germany: Bremen'],
  ['de-hh', 'Germany: Hamburg'],
  ['de-he', 'Germany: Hesse'],
  ['de-ni', 'Germany: Lower Saxony'],
  ['de-mv', 'Germany: Mecklenburg-Vorpommern'],
  ['de-nw', 'Germany: North Rhine-Westphalia'],
  ['de-rp', 'Germany: Rhineland-Palatinate'],
  ['de-sl', 'Germany: Saarland'],
  ['de-sn', 'Germany: Saxony'],
  ['de-st', 'Germany: Saxony-Anhalt'],
  ['de-sh', 'Germany: Schleswig-Holstein'],
  ['de-th', 'Germany: Thuringia'],
  ['gb-eng', 'United Kingdom: England and Wales'],
  ['gb-nir', 'United Kingdom: Northern Ireland'],
  ['gb-sct', 'United Kingdom: Scotland'],
  ['us', 'United States, federal'],
] as const

export type OnHoliday = (typeof holidayWays)[number][0]
export type Misfire = (typeof misfires)[number][0]
export type Overlap = (typeof overlaps)[number][0]

/** The fields of a firing that an input can come from, and what each is. */
export const eventFields = [
  ['scheduled_at', 'planned time, in UTC'],
  ['local_time', 'planned time, in the time zone'],
  ['date', 'date, in the time zone'],
  ['timezone', 'name of the time zone'],
  ['trigger', 'name of the trigger'],
  ['type', 'kind of the trigger'],
] as const

export type EventField = (typeof eventFields)[number][0]

/** Schedules to begin with. */
export const presets = [
  ['Every 15 minutes', '*/15 * * * *'],
  ['Every hour', '0 * * * *'],
  ['Every day at 9', '0 9 * * *'],
  ['Monday to Friday at 9', '0 9 * * 1-5'],
  ['Every Monday at 9', '0 9 * * 1'],
  ['First of the month', '0 9 1 * *'],
  ['Last of the month', '0 9 L * *'],
] as const
