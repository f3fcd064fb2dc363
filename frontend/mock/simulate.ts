// Simulates the journal of a run: which event happens when. The same pipeline and input give the same journal, so a
// mock server that is killed and restarted continues at the current time.

import type { MockStage } from './language.ts'

export interface TimedEvent {
  at: number
  type: string
  stage: string | null
  body: Record<string, unknown>
}
export interface TimedChunk {
  at: number
  chunk: { stage: string; attempt: number; offset: number; text: string }
}
export interface Script {
  events: TimedEvent[]
  chunks: TimedChunk[]
}

const REPLY = `Hi Marta,

thank you for the photos. The hinge on your desk was part of a batch that we know to be weak, so you do not have to prove anything: a new pair is on its way and should reach you by Thursday.

If you would rather send the whole desk back, reply with one word and we will arrange the pick-up.

Warm regards,
the workshop`

const took: Record<string, number> = {
  json_transform: 60,
  filter: 40,
  aggregate: 90,
  logger: 15,
  http_request: 412,
  critic: 900,
  generator: 700,
}

export function simulate(stages: MockStage[], input: Record<string, unknown>): Script {
  const script: Script = { events: [], chunks: [] }
  const event = (at: number, type: string, stage: string | null, body: Record<string, unknown> = {}) =>
    script.events.push({ at, type, stage, body })
  const byScope = (parent: string | null, branch?: string) =>
    stages.filter((stage) => stage.parent === parent && (branch === undefined || stage.branches.includes(branch)))
  let last: Record<string, unknown> | undefined
  let failure: { code: string; message: string; stage: string } | undefined

  /** Returns when the stage ends, or undefined if it failed. */
  const runStage = (
    stage: MockStage,
    address: string,
    from: number,
    item?: { index: number; value: unknown },
  ): number | undefined => {
    event(from, 'stage.scheduled', address)
    const start = from + 12
    event(start, 'stage.started', address, { attempt: 1 })
    const usage = (prompt: number, completion: number) => ({
      calls: 1,
      prompt_tokens: prompt,
      completion_tokens: completion,
      cost: Math.round(prompt * 0.3 + completion * 1.5),
    })
    const log = (at: number, level: string, message: string, data?: unknown) => ({
      at: new Date(at).toISOString(),
      level,
      message,
      data,
    })
    const succeed = (at: number, output: unknown, extra: Record<string, unknown> = {}) => {
      event(at, 'stage.succeeded', address, { attempt: 1, output, logs: [], ...extra })
      return at
    }
    switch (stage.component) {
      case 'foreach': {
        const items = Array.isArray(input['tickets']) ? (input['tickets'] as unknown[]) : [1, 2, 3]
        const lanes = [start, start, start]
        const results: unknown[] = []
        for (const [index, value] of items.entries()) {
          const lane = lanes.indexOf(Math.min(...lanes))
          let at = lanes[lane] ?? start
          for (const inner of byScope(stage.id))
            at = runStage(inner, `${address}[${index}]/${inner.id}`, at, { index, value }) ?? at
          lanes[lane] = at
          results.push({ content: index === 0 ? 'upset' : 'calm' })
        }
        return succeed(Math.max(...lanes) + 5, { results, count: items.length })
      }
      case 'router':
      case 'conditional': {
        const branches = [...new Set(byScope(stage.id).flatMap((inner) => inner.branches))]
        const chosen = branches[0] ?? ''
        for (const branch of branches.slice(1))
          for (const inner of byScope(stage.id, branch))
            event(start + 2, 'stage.skipped', `${address}/${branch}/${inner.id}`, {
              reason: 'branch',
            })
        const end = runScope(byScope(stage.id, chosen), (inner) => `${address}/${chosen}/${inner.id}`, start + 2)
        return end === undefined ? fail(stage, address, start + 4) : succeed(end + 2, { route: chosen })
      }
      case 'trycatch': {
        const end = runScope(byScope(stage.id, 'try'), (inner) => `${address}/try/${inner.id}`, start + 2)
        if (end !== undefined) return succeed(end + 2, { ok: true })
        const caught =
          runScope(byScope(stage.id, 'catch'), (inner) => `${address}/catch/${inner.id}`, lastAt() + 4) ?? lastAt()
        return fail(stage, address, caught + 3)
      }
      case 'generator': {
        event(start + 1, 'stage.intent', address, { attempt: 1, key: `mock-${address}` })
        if (item) {
          if (item.index === 3) {
            event(start + 500, 'stage.failed', address, {
              attempt: 1,
              final: false,
              error: { code: 'MODEL_OVERLOADED', message: 'The model answered 529: overloaded.' },
              logs: [],
            })
            event(start + 501, 'stage.retry_at', address, { attempt: 2, due: new Date(start + 1300).toISOString() })
            event(start + 1300, 'stage.started', address, { attempt: 2 })
            event(start + 1900, 'stage.succeeded', address, {
              attempt: 2,
              output: { content: 'calm' },
              logs: [log(start + 1400, 'warn', 'second attempt')],
              usage: usage(210, 3),
            })
            return start + 1900
          }
          return succeed(
            start + 600 + ((item.index * 137) % 300),
            { content: item.index === 0 ? 'upset' : 'calm' },
            {
              usage: usage(180 + item.index * 7, 3),
              logs: [log(start + 20, 'info', `mood of item ${item.index}`, { model: 'scripted' })],
            },
          )
        }
        let offset = 0
        let at = start + 250
        for (const word of REPLY.split(/(?<= )/)) {
          script.chunks.push({ at, chunk: { stage: address, attempt: 1, offset, text: word } })
          offset += [...word].length
          at += 70
        }
        return succeed(
          at,
          { content: REPLY, model: 'scripted' },
          { usage: usage(412, 96), logs: [log(start + 5, 'info', 'asked scripted', { prompt_tokens: 412 })] },
        )
      }
      case 'http_request':
        event(start + 1, 'stage.intent', address, { attempt: 1, key: `mock-${address}` })
        if (stage.config['fails'] || String(stage.config['url']).includes('127.0.0.1')) {
          const error = { code: 'HTTP_STATUS', message: 'nordholz.example answered 503 Service Unavailable.' }
          let at = start
          for (const attempt of [1, 2, 3]) {
            if (attempt > 1) event(at, 'stage.started', address, { attempt })
            event(at + 380, 'stage.failed', address, {
              attempt,
              final: attempt === 3,
              error,
              logs: [log(at + 380, 'error', `attempt ${attempt}: 503`)],
            })
            if (attempt < 3)
              event(at + 381, 'stage.retry_at', address, {
                attempt: attempt + 1,
                due: new Date(at + 381 + attempt * 900).toISOString(),
              })
            at += 381 + attempt * 900
          }
          failure ??= { ...error, stage: stage.id }
          return undefined
        }
        return succeed(
          start + 412,
          { status: 200, body: { ok: true } },
          { logs: [log(start + 412, 'info', 'GET 200', { ms: 412 })] },
        )
      case 'critic':
        event(start + 1, 'stage.intent', address, { attempt: 1, key: `mock-${address}` })
        return succeed(
          start + 900,
          { passed: true, score: 0.92, feedback: 'Warm, short, and it promises no refund.' },
          { usage: usage(300, 40) },
        )
      case 'logger':
        return succeed(start + 15, { logged: true }, { logs: [log(start + 10, 'info', 'Answered #48213')] })
      case 'wait':
        return succeed(start + Number(stage.config['seconds'] ?? 1) * 1000, { waited: true })
      case 'variable_set': {
        // The only expression that the mock evaluates: a text repeated a number of times.
        const [, part = '', times = '1'] = /^\{\{"(.*)" \* (\d+)\}\}$/.exec(String(stage.config['value'])) ?? []
        const value = part.repeat(Number(times))
        last = { variables: { [String(stage.config['name'])]: value }, value }
        return succeed(start + 20, last)
      }
      default:
        return succeed(start + (took[stage.component] ?? 50), {
          result:
            stage.id === 'report'
              ? '# Dependencies\n\n3 packages, 1 of them in two versions.'
              : [1, 2, 3].map((n) => ({ id: `#4821${n}`, mood: null })),
        })
    }
  }
  const lastAt = () => script.events.reduce((latest, each) => Math.max(latest, each.at), 0)
  const fail = (stage: MockStage, address: string, at: number): undefined => {
    const error = failure ?? { code: 'STAGE_FAILED', message: 'An inner stage failed.', stage: stage.id }
    event(at, 'stage.failed', address, {
      attempt: 1,
      final: true,
      error: { code: error.code, message: error.message },
      logs: [],
    })
    return undefined
  }
  const runScope = (scope: MockStage[], address: (stage: MockStage) => string, from: number): number | undefined => {
    const ends = new Map<string, number>()
    const left = new Set(scope)
    let failed = false
    while (left.size > 0) {
      const ready = [...left].find((stage) =>
        stage.dependsOn.every((id) => ends.has(id) || !scope.some((each) => each.id === id)),
      )
      if (!ready) break
      left.delete(ready)
      const start = Math.max(from, ...ready.dependsOn.map((id) => ends.get(id) ?? 0))
      const end = runStage(ready, address(ready), start)
      if (end === undefined) {
        failed = true
        break
      }
      ends.set(ready.id, end)
    }
    return failed ? undefined : Math.max(from, ...ends.values())
  }
  event(80, 'run.started', null, { input })
  const end = runScope(byScope(null), (stage) => stage.id, 84)
  if (end === undefined) event(lastAt() + 5, 'run.finished', null, { status: 'failed', output: null, error: failure })
  else
    event(end + 4, 'run.finished', null, {
      status: 'succeeded',
      output: last ?? { reply: REPLY, filed: true },
      error: null,
    })
  script.events.sort((a, b) => a.at - b.at)
  return script
}
