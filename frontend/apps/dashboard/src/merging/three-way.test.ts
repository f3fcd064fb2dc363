import { expect, test } from 'vitest'
import { editsBetween } from './edits-between.ts'
import { type Choice, merge, resultOf, woven } from './three-way.ts'
import { type Fields, type PipelineFile, equal, readFile, textOf } from './values.ts'
import { applied } from './samples.ts'

const file = (stages: readonly Fields[], fields: Fields = {}): PipelineFile => ({
  fields,
  stages: new Map(stages.map((each) => [String(each['id']), each])),
})
const stage = (id: string, config: Fields = {}, more: Fields = {}): Fields => ({ id, type: 'logger', config, ...more })

const base = file([stage('a', { x: 1, y: 1 }), stage('b')], { name: 'p', tags: ['one', 'two'] })

test('what one side changed is kept, and different fields of a stage do not meet', () => {
  const mine = file([stage('a', { x: 2, y: 1 }), stage('b'), stage('m')], { name: 'p', tags: ['one', 'two', 'mine'] })
  const theirs = file([stage('a', { x: 1, y: 3 })], { name: 'q', tags: ['two'] })
  const merged = merge(base, mine, theirs)
  expect(merged.conflicts).toEqual([])
  const result = resultOf(merged, new Map())
  expect([...result.stages.values()]).toEqual([stage('a', { x: 2, y: 3 }), stage('m')])
  expect(result.fields).toEqual({ name: 'q', tags: ['two', 'mine'] })
})

test('a side without changes gives the other one', () => {
  const other = file([stage('b'), stage('a', { x: 7 })], { name: 'z' })
  for (const merged of [merge(base, other, base), merge(base, base, other), merge(base, other, other)]) {
    expect(merged.conflicts).toEqual([])
    expect(textOf(resultOf(merged, new Map()))).toBe(textOf(other))
  }
})

test('what both changed differently is a conflict, with what each made of it', () => {
  const mine = file([stage('a', { x: 2, y: 1 }), stage('b', { gone: false })], base.fields)
  const theirs = file([stage('a', { x: 3, y: 1 })], base.fields)
  const merged = merge(base, mine, theirs)
  expect(merged.conflicts).toMatchObject([
    { kind: 'changed', stage: 'a', path: ['config', 'x'], base: 1, mine: 2, theirs: 3 },
    { kind: 'removed', stage: 'b', path: [], theirs: undefined },
  ])
  const chosen = (...choices: Choice[]) =>
    resultOf(merged, new Map(merged.conflicts.map(({ key }, at) => [key, choices[at] ?? 'mine'])))
  expect(chosen('theirs', 'theirs').stages.get('a')).toEqual(stage('a', { x: 3, y: 1 }))
  expect([...chosen('theirs', 'theirs').stages.keys()]).toEqual(['a'])
  expect(chosen({ value: 'own' }).stages.get('a')).toEqual(stage('a', { x: 'own', y: 1 }))
})

test('both can be kept of lists, and of two stages with the same id', () => {
  const was = file([stage('a', { list: [1, 2] })])
  const mine = file([stage('a', { list: [1, 2, 'm'] }), stage('n', { by: 'me' })])
  const theirs = file([stage('a', { list: [2, 't'] }), stage('n', { by: 'them' })])
  const merged = merge(was, mine, theirs)
  expect(merged.conflicts.map(({ both }) => both)).toEqual(['list', 'stages'])
  const result = resultOf(merged, new Map(merged.conflicts.map(({ key }) => [key, 'both'])))
  expect([...result.stages.values()]).toEqual([
    stage('a', { list: [2, 'm', 't'] }),
    stage('n', { by: 'me' }),
    stage('n-2', { by: 'them' }),
  ])
})

test('the order of the stages is decided once, if both changed it', () => {
  const was = file(['a', 'b', 'c'].map((id) => stage(id)))
  const mine = file(['b', 'a', 'c'].map((id) => stage(id)))
  const theirs = file(['a', 'c', 'b', 't'].map((id) => stage(id)))
  const merged = merge(was, mine, theirs)
  expect(merged.conflicts.map(({ kind }) => kind)).toEqual(['order'])
  const key = merged.conflicts[0]?.key ?? ''
  expect([...resultOf(merged, new Map([[key, 'theirs']])).stages.keys()]).toEqual(['a', 'c', 'b', 't'])
  expect([...resultOf(merged, new Map([[key, 'mine']])).stages.keys()]).toEqual(['b', 't', 'a', 'c'])
  expect(woven(['a', 'b'], ['x', 'a', 'y', 'z', 'b'])).toEqual(['x', 'a', 'y', 'z', 'b'])
})

test('a file that cannot be brought together is not read', () => {
  for (const text of ['', '[]', '{"stages": [1]}', '{"stages": [{"id": "a"}, {"id": "a"}]}', '{"stages": {}}'])
    expect(readFile(text)).toBeUndefined()
  expect(readFile('{"n": 12345678901234567890}')).toBeUndefined()
  expect(readFile('{"n": "12345678901234567890"}')).toBeDefined()
  expect(readFile('{"name": "p"}')?.stages.size).toBe(0)
})

/** Random numbers, the same ones in every run. */
function dice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * sides)
  }
}

function changed(of: PipelineFile, roll: (sides: number) => number): PipelineFile {
  const fields: Record<string, unknown> = { ...of.fields }
  let stages = [...of.stages.values()]
  for (let n = roll(5); n > 0; n--) {
    const at = roll(stages.length + 1)
    const one = stages[at]
    const kind = roll(6)
    if (kind === 0) fields[['name', 'description', 'tags'][roll(3)] ?? ''] = roll(2) ? ['t', String(roll(3))] : roll(3)
    else if (kind === 1) {
      const id = ['a', 'b', 'c', 'd', 'e', 'f'][roll(6)] ?? ''
      if (!stages.some((each) => each['id'] === id)) stages.splice(at, 0, stage(id, { x: roll(3) }))
    } else if (!one) continue
    else if (kind === 2) stages = stages.filter((each) => each !== one)
    else if (kind === 3) stages = [...stages.filter((each) => each !== one), one]
    else if (kind === 4)
      stages[at] = { ...one, config: { ...(one['config'] as Fields), [['x', 'y'][roll(2)] ?? '']: roll(3) } }
    else stages[at] = { ...one, depends_on: [['a', 'b', 'c'][roll(3)] ?? ''] }
  }
  return file(stages, fields)
}

test('the edits that take a merge in give exactly its result, whichever side they are made to', () => {
  const start = file(
    ['a', 'b', 'c', 'd'].map((id) => stage(id, { x: 0 })),
    { name: 'p' },
  )
  let [conflicting, clean] = [0, 0]
  for (let seed = 1; seed <= 2000; seed++) {
    const roll = dice(seed)
    const [mine, theirs] = [changed(start, roll), changed(start, roll)]
    const merged = merge(start, mine, theirs)
    if (merged.conflicts.length > 0) conflicting++
    else clean++
    const picks: readonly Choice[] = ['mine', 'theirs', 'both']
    const choices = new Map(
      merged.conflicts.map(({ key, both }) => [key, picks[roll(both ? 3 : 2)] ?? 'mine'] as const),
    )
    const result = resultOf(merged, choices)
    for (const side of [mine, theirs]) {
      const made = applied(side, editsBetween(side, result))
      expect(equal(made.fields, result.fields), `seed ${seed}`).toBe(true)
      expect([...made.stages.keys()], `seed ${seed}`).toEqual([...result.stages.keys()])
      expect(equal([...made.stages.values()], [...result.stages.values()]), `seed ${seed}`).toBe(true)
    }
    // The other way round, the same places conflict, and without conflicts the result means the same.
    const turned = merge(start, theirs, mine)
    const places = (all: typeof merged) =>
      all.conflicts.map(({ stage: id, path }) => JSON.stringify([id, path])).toSorted()
    expect(places(turned), `seed ${seed}`).toEqual(places(merged))
    if (merged.conflicts.length > 0) continue
    const other = resultOf(turned, new Map())
    const byId = (of: PipelineFile) => Object.fromEntries(of.stages)
    expect(equal(sorted(byId(other)), sorted(byId(result))), `seed ${seed}`).toBe(true)
  }
  expect(conflicting).toBeGreaterThan(200)
  expect(clean).toBeGreaterThan(200)
})

/** With sets in one order. */
const sorted = (stages: Readonly<Record<string, Fields>>) =>
  Object.fromEntries(
    Object.entries(stages).map(([id, each]) => [
      id,
      { ...each, depends_on: [...((each['depends_on'] as string[] | undefined) ?? [])].toSorted() },
    ]),
  )
