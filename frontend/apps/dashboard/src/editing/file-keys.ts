// The keys of a stage that the file format gives several names.

/** The keys that name the component of a stage. The first one that is there counts. */
export const COMPONENT_KEYS: readonly string[] = ['type', 'component_type', 'component']

/** The keys whose objects hold the inputs of the component; the first wins. */
export const INPUT_KEYS: readonly string[] = ['input_mapping', 'config']

/** The keys under which the stage names its component; the first one that it could have if it has none. */
export function componentKeys(stage: Record<string, unknown>): readonly string[] {
  const own = COMPONENT_KEYS.filter((key) => stage[key] !== undefined && stage[key] !== null)
  return own.length > 0 ? own : ['type']
}

/** The component as the file spells it; a version after `@` is left out. */
export function componentOf(stage: Record<string, unknown>): string {
  const value = stage[componentKeys(stage)[0] ?? 'type']
  return typeof value === 'string' ? (value.split('@')[0] ?? '').trim() : ''
}
