// Just enough of the pipeline language for the dashboard: stages with their lines, and two checks. The program has the
// real implementation; the dashboard itself uses nothing from here.

export interface MockStage {
  id: string
  name: null
  component: string
  kind: 'NODE' | 'OPERATOR' | 'CONTROL_FLOW'
  dependsOn: string[]
  parent: string | null
  branch: string | null
  branches: string[]
  config: Record<string, unknown>
  position: null
  line: number
  endLine: number
}

const CONTROL = new Set(['foreach', 'loop', 'conditional', 'router', 'trycatch', 'return'])
const NODES = new Set(['generator', 'critic', 'improver', 'selector', 'synthesizer'])
const OPERATORS = new Set([
  'json_transform',
  'filter',
  'variable_set',
  'schema_validate',
  'aggregate',
  'http_request',
  'logger',
  'wait',
])
const known = (component: string) => CONTROL.has(component) || NODES.has(component) || OPERATORS.has(component)

interface RawStage {
  id: string
  component?: string
  component_type?: string
  type?: string
  config?: Record<string, unknown>
  depends_on?: string[]
}

export interface Read {
  document: Record<string, unknown>
  stages: MockStage[]
  problems: object[]
  valid: boolean
}

export function readSource(source: string): Read {
  let document: { stages?: RawStage[] } & Record<string, unknown>
  try {
    document = JSON.parse(source) as typeof document
  } catch (reason) {
    const message = (reason as Error).message
    return {
      document: {},
      stages: [],
      valid: false,
      problems: [problem('ERROR', 'NOT_JSON', message, null, '', 1, 1, null)],
    }
  }
  const lines = source.split('\n')
  const raw = document.stages ?? []
  const inner = new Map<string, { parent: string; branches: string[] }>()
  for (const stage of raw) {
    const config = stage.config ?? {}
    const lists: [string, unknown][] = [
      ['loop', config['loop_stages']],
      ['try', config['try_stages']],
      ['catch', config['catch_stages']],
      ['true', config['true_stages']],
      ['false', config['false_stages']],
      ...Object.entries((config['routes'] ?? {}) as Record<string, unknown>).map(([name, ids]): [string, unknown] => [
        `route.${name}`,
        ids,
      ]),
      ['default', config['default_route']],
    ]
    for (const [branch, ids] of lists)
      if (Array.isArray(ids))
        for (const id of ids as string[]) {
          const before = inner.get(id)
          if (before?.parent !== stage.id) inner.set(id, { parent: stage.id, branches: [branch] })
          else if (!before.branches.includes(branch)) before.branches.push(branch)
        }
  }
  const ids = new Set(raw.map((stage) => stage.id))
  const problems: ReturnType<typeof problem>[] = []
  const stages = raw.map((stage): MockStage => {
    const component = (stage.component ?? stage.component_type ?? stage.type ?? '').replaceAll('-', '_')
    const at = lines.findIndex((line) => line.includes(`"id": "${stage.id}"`))
    const line = Math.max(1, at)
    const size = JSON.stringify(stage, null, 2).split('\n').length
    if (!known(component)) {
      problems.push(
        problem(
          'ERROR',
          'UNKNOWN_COMPONENT',
          `Unknown component \`${component}\``,
          component === 'genrator' ? 'Did you mean `generator`?' : null,
          `stages[${raw.indexOf(stage)}].component`,
          line + 2,
          20,
          stage.id,
        ),
      )
    }
    for (const [, id] of JSON.stringify(stage.config ?? {}).matchAll(/upstream\.([\w-]+)/g)) {
      if (id && !ids.has(id))
        problems.push(
          problem(
            'ERROR',
            'MISSING_PATH',
            `${stage.id} reads upstream.${id}, but no stage is called ${id}`,
            `Did you mean \`${[...ids].find((each) => each.startsWith(id.slice(0, 5))) ?? ''}\`?`,
            `stages[${raw.indexOf(stage)}].config`,
            line + 4,
            22,
            stage.id,
          ),
        )
    }
    if ('colour' in (stage.config ?? {})) {
      const path = `$.stages[${raw.indexOf(stage)}].config.colour`
      const message = `\`${component}\` has no field \`colour\``
      problems.push(problem('WARNING', 'UNKNOWN_FIELD', message, null, path, line + 5, 7, stage.id))
    }
    return {
      id: stage.id,
      name: null,
      component,
      kind: CONTROL.has(component) ? 'CONTROL_FLOW' : NODES.has(component) ? 'NODE' : 'OPERATOR',
      dependsOn: stage.depends_on ?? [],
      parent: inner.get(stage.id)?.parent ?? null,
      branch: inner.get(stage.id)?.branches[0] ?? null,
      branches: inner.get(stage.id)?.branches ?? [],
      config: stage.config ?? {},
      position: null,
      line,
      endLine: line + size - 1,
    }
  })
  return { document, stages, problems, valid: problems.every((each) => each.severity !== 'ERROR') }
}

function problem(
  severity: string,
  code: string,
  message: string,
  suggestion: string | null,
  path: string,
  line: number,
  column: number,
  stage: string | null,
) {
  return { severity, code, message, suggestion, path, line, column, stage }
}
