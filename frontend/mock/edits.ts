// The edits of docs/editing.md on a parsed file, as far as the mock needs them. It does not keep the formatting.

import { Problem } from './store.ts'

type Json = Record<string, unknown>
type Stage = Json & { id: string; depends_on?: string[] }
interface Into {
  control: string
  list: string
  key?: string
}

export function edited(source: string, edits: readonly Json[]): string {
  const file = JSON.parse(source) as Json & { stages?: Stage[] }
  for (const edit of edits) apply(file, edit)
  return JSON.stringify(file, null, 2)
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function apply(file: Json & { stages?: Stage[] }, edit: Json) {
  const stages = (file.stages ??= [])
  const known = (id: unknown): Stage => {
    const found = stages.find((each) => each.id === id)
    if (!found) throw new Problem('INVALID_INPUT', `There is no stage \`${String(id)}\`.`, { field: 'edits' })
    return found
  }
  const free = (id: unknown) => {
    if (stages.some((each) => each.id === id))
      throw new Problem('INVALID_INPUT', `There is a stage \`${String(id)}\` already.`, { field: 'edits' })
  }
  /** Takes a stage out of every list of a control stage. */
  const out = (id: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((each) => each !== id)
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, out(id, each)]))
      : value
  }
  const leave = (id: string) => {
    for (const each of stages) if (isObject(each['config'])) each['config'] = out(id, each['config'])
  }
  const put = (id: string, into: unknown) => {
    if (!isObject(into)) return
    const { control, list, key } = into as unknown as Into
    const config = (known(control)['config'] ??= {}) as Json
    const holder = key === undefined ? config : ((config[list] ??= {}) as Json)
    const name = key ?? list
    holder[name] = [...((holder[name] as string[] | undefined) ?? []), id]
  }
  switch (edit['op']) {
    case 'addStage': {
      const value = edit['value'] as Stage
      free(value.id)
      stages.push(value)
      return put(value.id, edit['into'])
    }
    case 'removeStage': {
      const { id } = known(edit['stage'])
      file.stages = stages.filter((each) => each.id !== id)
      for (const each of file.stages) if (each.depends_on) each.depends_on = each.depends_on.filter((on) => on !== id)
      return leave(id)
    }
    case 'renameStage': {
      const { id } = known(edit['stage'])
      free(edit['to'])
      const text = JSON.stringify(file).replaceAll(`"${id}"`, JSON.stringify(edit['to']))
      Object.assign(file, JSON.parse(text.replaceAll(`upstream.${id}.`, `upstream.${String(edit['to'])}.`)))
      return undefined
    }
    case 'moveStage': {
      const { id } = known(edit['stage'])
      leave(id)
      return put(id, edit['into'])
    }
    case 'connect': {
      const stage = known(edit['stage'])
      stage.depends_on = [...(stage.depends_on ?? []), known(edit['on']).id]
      return undefined
    }
    case 'disconnect': {
      const stage = known(edit['stage'])
      stage.depends_on = (stage.depends_on ?? []).filter((on) => on !== edit['on'])
      return undefined
    }
    case 'setField':
    case 'unsetField': {
      const path = edit['path'] as (string | number)[]
      const last = path.at(-1) ?? ''
      let at = (edit['stage'] === undefined ? file : known(edit['stage'])) as Record<string | number, unknown>
      for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as typeof at
      if (edit['op'] === 'setField') at[last] = edit['value']
      else if (Array.isArray(at)) at.splice(Number(last), 1)
      else delete at[last]
      return undefined
    }
    default:
      throw new Problem('INVALID_INPUT', `The mock knows no edit \`${String(edit['op'])}\`.`, { field: 'edits' })
  }
}
