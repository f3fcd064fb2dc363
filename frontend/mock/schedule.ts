// Schedules in the mock: five fields in UTC, or an interval. The program reads them properly
// (crates/engine/src/trigger).

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }
const MINUTE_MS = 60_000
/** How far firings are looked for. */
const AHEAD_MINUTES = 45 * 24 * 60

export type Definition = Record<string, unknown>

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

/** Whether a number is in a field of a cron expression: `*`, `5`, `1-5`, `0,30` or a step of these. */
function within(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [range = '*', step = '1'] = part.split('/')
    const [from = '0', to = from] = range === '*' ? ['0', '59'] : range.split('-')
    return value >= Number(from) && value <= Number(to) && (value - Number(from)) % Number(step) === 0
  })
}

function matches(cron: string, at: Date): boolean {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = cron.split(/\s+/)
  return (
    within(minute, at.getUTCMinutes()) &&
    within(hour, at.getUTCHours()) &&
    within(day, at.getUTCDate()) &&
    within(month, at.getUTCMonth() + 1) &&
    within(weekday, at.getUTCDay())
  )
}

/** What is wrong with a definition, if anything is. */
export function faultOf(definition: Definition): string | undefined {
  const [cron, interval] = [textOf(definition['cron']), textOf(definition['interval'])]
  const rrule = textOf(definition['rrule'])
  if (rrule) return /^(RRULE:)?FREQ=/.test(rrule) ? undefined : `\`${rrule}\` is not a recurrence rule`
  if (cron) {
    const fields = cron.split(/\s+/).length
    return fields === 5 || fields === 6 ? undefined : `\`${cron}\` is not a cron expression: it has ${fields} fields`
  }
  return /^\d+[smhd]$/.test(interval) ? undefined : 'The schedule has no rhythm'
}

export function wordsOf(definition: Definition): string {
  const [cron, interval] = [textOf(definition['cron']), textOf(definition['interval'])]
  const zone = textOf(definition['timezone']) || 'UTC'
  const rrule = textOf(definition['rrule'])
  if (rrule) return `by the rule \`${rrule}\` (${zone})`
  return cron ? `by the cron expression \`${cron}\` (${zone})` : `every ${interval} (${zone})`
}

export function nextOf(definition: Definition, count: number): string[] {
  // A rule is no more than its days here.
  const rule = textOf(definition['rrule']) && '1d'
  const [cron, interval] = [textOf(definition['cron']), textOf(definition['interval']) || rule]
  const found: string[] = []
  const seconds = Number.parseInt(interval, 10) * (UNITS[interval.slice(-1)] ?? 1)
  const everySecond = cron.split(/\s+/).length === 6 ? 1 : seconds
  if (!cron || everySecond === 1) {
    const step = everySecond * 1000
    const first = (Math.floor(Date.now() / step) + 1) * step
    return Array.from({ length: count }, (_, n) => new Date(first + n * step).toISOString())
  }
  const from = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS
  for (let n = 0; n < AHEAD_MINUTES && found.length < count; n++) {
    const at = new Date(from + n * MINUTE_MS)
    if (matches(cron, at)) found.push(at.toISOString())
  }
  return found
}
