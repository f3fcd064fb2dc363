// What differs between two files, as far as pictures of the dashboard need it. The program has the real comparison
// (crates/engine/src/diff).

type Fields = Record<string, unknown>
interface FieldChange {
  kind: 'ADDED' | 'REMOVED' | 'CHANGED'
  field: string
  before: unknown
  after: unknown
  followsRename: boolean
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

function fieldsOf(a: Fields, b: Fields, without: readonly string[], path = ''): FieldChange[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => !without.includes(name))
  return names.toSorted().flatMap((name): FieldChange[] => {
    const [before, after] = [a[name], b[name]]
    if (same(before, after)) return []
    const field = path ? `${path}.${name}` : name
    if (isFields(before) && isFields(after) && field !== 'position') return fieldsOf(before, after, [], field)
    const kind = before === undefined ? 'ADDED' : after === undefined ? 'REMOVED' : 'CHANGED'
    return [{ kind, field, before: before ?? null, after: after ?? null, followsRename: false }]
  })
}

const read = (source: string): Fields => {
  try {
    return JSON.parse(source) as Fields
  } catch {
    return {}
  }
}
const stagesOf = (file: Fields): Fields[] => (Array.isArray(file['stages']) ? (file['stages'] as Fields[]) : [])
const componentOf = (stage: Fields) => String(stage['component'] ?? stage['component_type'] ?? stage['type'] ?? '')
const idOf = (stage: Fields) => String(stage['id'])

export function differenceOf(before: string, after: string) {
  const [a, b] = [read(before), read(after)]
  const [old, now] = [stagesOf(a), stagesOf(b)]
  const missing = old.filter((stage) => !now.some((each) => idOf(each) === idOf(stage)))
  const fresh = now.filter((stage) => !old.some((each) => idOf(each) === idOf(stage)))
  const renamed = missing.flatMap((was) => {
    const is = fresh.find((each) => componentOf(each) === componentOf(was) && same(each['config'], was['config']))
    return is ? [[was, is] as const] : []
  })
  const kept = now.flatMap((is) => {
    const was = old.find((each) => idOf(each) === idOf(is))
    return was ? [[was, is] as const] : []
  })
  const ids = new Map(renamed.map(([was, is]) => [idOf(was), idOf(is)]))
  const follows = ({ before: was, after: is }: FieldChange) =>
    Array.isArray(was) &&
    was.some((id) => ids.has(id as string)) &&
    same(
      was.map((id) => ids.get(id as string) ?? id),
      is,
    )
  const changed = [...kept, ...renamed].flatMap(([was, is]) => {
    const fields = fieldsOf(was, is, ['id']).map((each) => ({ ...each, followsRename: follows(each) }))
    const isRenamed = idOf(was) !== idOf(is)
    if (fields.length === 0 && !isRenamed) return []
    const side = (stage: Fields, list: readonly Fields[]) => ({
      id: idOf(stage),
      component: componentOf(stage),
      index: list.indexOf(stage),
      control: null,
    })
    const kinds = [...(fields.length > 0 ? ['MODIFIED'] : []), ...(isRenamed ? ['RENAMED'] : [])]
    return [{ kinds, before: side(was, old), after: side(is, now), reordered: false, fields }]
  })
  const entry = (list: readonly Fields[]) => (stage: Fields) => ({
    id: idOf(stage),
    component: componentOf(stage),
    index: list.indexOf(stage),
    stage,
  })
  const fields = fieldsOf(a, b, ['stages'])
  const added = fresh.filter((stage) => !renamed.some(([, is]) => is === stage)).map(entry(now))
  const removed = missing.filter((stage) => !renamed.some(([was]) => was === stage)).map(entry(old))
  const count = fields.length + added.length + removed.length + changed.length
  const onlyPlaces = changed.every(
    (each) => !each.kinds.includes('RENAMED') && each.fields.every(({ field }) => field === 'position'),
  )
  return {
    same: count === 0,
    onlyLayout: count > 0 && onlyPlaces && fields.length + added.length + removed.length === 0,
    summary: `${count} differences`,
    fields,
    added,
    removed,
    changed,
  }
}
