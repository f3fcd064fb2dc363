// What templates of a stage can read. Which stages there are, what they wait for and which ones run others comes from
// the server; here they are only followed.

import type { ComponentInfo } from '../../pipeline/docs.tsx'
import { componentKey } from '@flowmason/pipeline-canvas'
import type { VisibleName } from './completion.ts'
import { isObject } from './schema.ts'

/** A stage as the server reads it. */
export interface Shape {
  id: string
  component: string
  dependsOn: readonly string[]
  parent?: string | null | undefined
  branch?: string | null | undefined
}

export interface Surroundings {
  shapes: readonly Shape[]
  /** The names of the fields of the pipeline's input. */
  inputs: readonly string[]
  /** The stages as they stand in the text. */
  stages: readonly Record<string, unknown>[]
  components: readonly Pick<ComponentInfo, 'name' | 'outputSchema'>[]
}

/** The branches of `trycatch` whose stages have ended before those of another one start. */
const EARLIER: Readonly<Record<string, readonly string[]>> = { catch: ['try'], finally: ['try', 'catch'] }

/** The stages that have ended when a stage starts, the nearest first, and the control stages around it. */
export function before(
  shapes: readonly Shape[],
  stageId: string,
): { ended: readonly string[]; around: readonly string[] } {
  const byId = new Map(shapes.map((each) => [each.id, each]))
  const ended = new Set<string>()
  const around: string[] = []
  const open = [stageId]
  const outer = new Set<string>()
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    const shape = byId.get(id)
    if (!shape) continue
    const follow = (other: string) => {
      if (other === stageId || ended.has(other)) return
      ended.add(other)
      open.push(other)
    }
    shape.dependsOn.forEach(follow)
    const { parent, branch } = shape
    if (!parent || outer.has(`${parent} ${branch}`)) continue
    outer.add(`${parent} ${branch}`)
    // Only the stages around the one that reads bind names for it.
    if (id === stageId || around.includes(id)) around.push(parent)
    follow(parent)
    const earlier = EARLIER[branch ?? ''] ?? []
    for (const each of shapes) if (each.parent === parent && earlier.includes(each.branch ?? '')) follow(each.id)
  }
  return { ended: [...ended], around }
}

/** The names, in the order in which they are offered. */
export function namesAt(stageId: string, { shapes, inputs, stages, components }: Surroundings): readonly VisibleName[] {
  const { ended, around } = before(shapes, stageId)
  const component = (id: string) => {
    const shape = shapes.find((each) => each.id === id)
    return shape && components.find((each) => componentKey(each.name) === componentKey(shape.component))
  }
  const configOf = (id: string) => {
    const found = stages.find((each) => each['id'] === id)
    const [config, mapping] = [found?.['config'], found?.['input_mapping']]
    return { ...(isObject(config) && config), ...(isObject(mapping) && mapping) }
  }
  const names: VisibleName[] = []
  for (const id of around) {
    if (component(id)?.name !== 'foreach') continue
    const { item_variable: item, index_variable: index } = configOf(id)
    names.push({ text: dotted('context', wordOr(item, 'item')), about: `the item of ${id}` })
    names.push({ text: dotted('context', wordOr(index, 'index')), about: `the index of the item of ${id}` })
  }
  names.push({ text: 'input', about: 'the input of the run' })
  for (const name of inputs) names.push({ text: dotted('input', name), about: 'a field of the input' })
  for (const id of ended) {
    const found = component(id)
    const whole = dotted('upstream', id)
    names.push({ text: whole, about: `the output of ${id}` })
    for (const [field, about] of outputsOf(found?.outputSchema)) names.push({ text: dotted(whole, field), about })
    if (found?.name !== 'variable_set') continue
    const { name, variables } = configOf(id)
    const set = [...(typeof name === 'string' ? [name] : []), ...(isObject(variables) ? Object.keys(variables) : [])]
    for (const each of set) names.push({ text: dotted('context', each), about: `set by ${id}` })
  }
  return [...new Map(names.map((each) => [each.text, each])).values()]
}

function outputsOf(schema: unknown): [string, string][] {
  if (!isObject(schema) || !isObject(schema['properties'])) return []
  return Object.entries(schema['properties']).map(([name, raw]) => {
    const about = isObject(raw) && typeof raw['description'] === 'string' ? raw['description'] : ''
    return [name, about.split('. ')[0] ?? '']
  })
}

/** A name that cannot follow a dot is written in brackets. */
export const dotted = (start: string, name: string): string =>
  /^[A-Za-z_][\w-]*$/.test(name) ? `${start}.${name}` : `${start}['${name.replaceAll(/[\\']/g, '\\$&')}']`

const wordOr = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value.trim() !== '' ? value : fallback
