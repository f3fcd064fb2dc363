// The components that a stage can have: found by name, category and text, and what a new stage of one starts with.

import { type CanvasStage, type Side, componentKey } from '@flowmason/pipeline-canvas'
import type { StageValue } from '../edits.ts'

export interface ComponentInfo {
  name: string
  kind: CanvasStage['kind']
  category: string
  description: string
  inputSchema: unknown
  outputSchema: unknown
}

export const summaryOf = ({ description }: ComponentInfo): string => description.split('\n')[0] ?? ''

/** How well a component matches what somebody looks for; undefined if it does not. The smaller, the better. */
function rankOf(component: ComponentInfo, wanted: string): number | undefined {
  const name = component.name.toLowerCase()
  const spoken = name.replaceAll('_', ' ')
  if (name.startsWith(wanted) || spoken.startsWith(wanted)) return 0
  if (name.includes(wanted) || spoken.includes(wanted)) return 1
  if (component.category.toLowerCase().includes(wanted)) return 2
  return component.description.toLowerCase().includes(wanted) ? 3 : undefined
}

/** The components with what is looked for: first those with it in the name, then in the category, then in the text. */
export function found(components: readonly ComponentInfo[], search: string): ComponentInfo[] {
  const wanted = search.trim().toLowerCase()
  if (wanted === '') return [...components]
  return components
    .map((component) => ({ component, rank: rankOf(component, wanted) }))
    .filter((each): each is { component: ComponentInfo; rank: number } => each.rank !== undefined)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ component }) => component)
}

interface Schema {
  properties?: Record<string, Schema>
  required?: string[]
  type?: string | string[]
  default?: unknown
  enum?: unknown[]
}
const schemaOf = (schema: unknown): Schema => (typeof schema === 'object' && schema !== null ? (schema as Schema) : {})

/** Nothing comes after a stage that ends the run. */
const LAST = new Set(['return'])

/** Whether a stage of this component can be at the other end of a wire that begins at this side of a stage. */
export const fits = ({ name }: ComponentInfo, side: Side): boolean => side === 'out' || !LAST.has(componentKey(name))

/** What a required setting is before somebody sets it. */
function startOf({ type, default: usual, enum: values }: Schema): unknown {
  if (usual !== undefined) return usual
  if (values && values.length > 0) return values[0]
  const kind = Array.isArray(type) ? type[0] : type
  if (kind === 'array') return []
  if (kind === 'object') return {}
  if (kind === 'number' || kind === 'integer') return 0
  return kind === 'boolean' ? false : ''
}

/** The id that a new stage of a component has if it is free: `http-request`. */
export const idFor = ({ name }: ComponentInfo): string => componentKey(name).replaceAll('_', '-')

/** A new stage, with its required settings. */
export function newStage(component: ComponentInfo, id: string, dependsOn: readonly string[]): StageValue {
  const { properties = {}, required = [] } = schemaOf(component.inputSchema)
  const config = Object.fromEntries(required.map((name) => [name, startOf(schemaOf(properties[name]))]))
  return {
    id,
    type: component.name,
    ...(dependsOn.length > 0 && { depends_on: [...dependsOn] }),
    config,
  }
}
