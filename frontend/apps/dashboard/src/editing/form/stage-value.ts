// What the text of the draft has of one stage, and where. It is read as JSON; what its values mean is the server's.

import { isObject, readJson } from '../../lib/json-text.ts'
import type { Path } from '../edits.ts'
import { COMPONENT_KEYS, INPUT_KEYS } from '../file-keys.ts'
import type { FieldSpec } from './schema.ts'

export interface StageText {
  stage: Record<string, unknown>
  /** The ids of all stages, in the order of the file. */
  ids: readonly string[]
  /** The models that other stages name. */
  models: readonly string[]
}

export type Reading = StageText | 'incomplete' | 'gone'

export function readStage(source: string, stageId: string): Reading {
  const reading = readJson(source)
  if ('fault' in reading || !isObject(reading.value)) return 'incomplete'
  const file = reading.value
  const stages = (Array.isArray(file['stages']) ? file['stages'] : []).filter(isObject)
  const stage = stages.find((each) => each['id'] === stageId)
  if (!stage) return 'gone'
  return {
    stage,
    ids: stages.map((each) => each['id']).filter((id): id is string => typeof id === 'string'),
    models: [...new Set(stages.flatMap(modelsOf))].toSorted((a, b) => a.localeCompare(b)),
  }
}

function modelsOf(stage: Record<string, unknown>): string[] {
  const settings = isObject(stage['llm_settings']) ? stage['llm_settings'] : {}
  return [stage['model'], settings['model']].filter(
    (model): model is string => typeof model === 'string' && model !== '' && !model.includes('{{'),
  )
}

/** Where a value is, or would be put. */
export interface Placed {
  path: Path
  /** Undefined if the text has none. */
  value: unknown
}

/** The place of an input of the component, under any of its names. A new one goes where the others are. */
export function placeOfInput(stage: Record<string, unknown>, spec: FieldSpec): Placed {
  for (const name of [spec.key, ...spec.synonyms]) {
    for (const holder of INPUT_KEYS) {
      const object = stage[holder]
      if (isObject(object) && Object.hasOwn(object, name)) return { path: [holder, name], value: object[name] }
    }
  }
  const holder = isObject(stage['input_mapping']) && !isObject(stage['config']) ? 'input_mapping' : 'config'
  return { path: [holder, spec.key], value: undefined }
}

/** What the stage has and no field shows: keys of its own, and inputs that its component does not know. */
export function othersOf(
  stage: Record<string, unknown>,
  inputs: readonly FieldSpec[],
  ownKeys: readonly string[],
): readonly Placed[] {
  const known = new Set([...ownKeys, ...COMPONENT_KEYS, ...INPUT_KEYS, 'id'])
  const shown = new Set(inputs.map((spec) => placeOfInput(stage, spec).path.join('.')))
  const found: Placed[] = []
  for (const holder of INPUT_KEYS) {
    const object = stage[holder]
    if (isObject(object)) {
      for (const [key, value] of Object.entries(object))
        if (!shown.has(`${holder}.${key}`)) found.push({ path: [holder, key], value })
    } else if (object !== undefined) found.push({ path: [holder], value: object })
  }
  for (const [key, value] of Object.entries(stage)) if (!known.has(key)) found.push({ path: [key], value })
  return found
}

/** Whether two values are the same JSON. The order of keys counts: it is seldom changed. */
export const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
