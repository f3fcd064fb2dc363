import { describe, expect, test } from 'vitest'
import { mergedText } from './merge.ts'
import { type Draft, type SyncState, isUnsaved, keptOf, planOf, restored, startOf, step } from './sync.ts'

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const draft = (revision: number, text: string): Draft => ({ revision, text, about })
const file = (one: string, two: string) => `{\n  "one": "${one}",\n  "two": "${two}"\n}`

const start = () => startOf(draft(0, file('a', 'b')))
const typed = (state: SyncState, text: string) => step(state, { type: 'typed', text })
const sent = (state: SyncState, changeId: string) => step(state, { type: 'paused', changeId })
const heard = (state: SyncState, revision: number) => step(state, { type: 'heard', revision })
const read = (state: SyncState, revision: number, text: string) =>
  step(state, { type: 'read', draft: draft(revision, text) })
const answered = (state: SyncState, changeId: string, revision: number, text: string) =>
  step(state, { type: 'answered', changeId, draft: draft(revision, text), meetings: [] })

describe('one person', () => {
  test('what is typed is sent after a pause, and saved when it is answered', () => {
    let state = start()
    expect(planOf(state)).toEqual({ send: undefined, read: false, pause: false })
    state = typed(state, file('x', 'b'))
    expect(planOf(state).pause).toBe(true)
    state = sent(state, '1')
    expect(planOf(state).send).toMatchObject({ changeId: '1', kind: 'text', revision: 0, text: file('x', 'b') })
    state = answered(state, '1', 1, file('x', 'b'))
    expect(isUnsaved(state)).toBe(false)
    expect(planOf(state)).toEqual({ send: undefined, read: false, pause: false })
  })

  test('what is typed while a change is on its way is sent after it', () => {
    let state = sent(typed(start(), file('x', 'b')), '1')
    state = typed(state, file('xy', 'b'))
    expect(planOf(state).send?.text).toBe(file('x', 'b'))
    state = answered(state, '1', 1, file('x', 'b'))
    expect(state.doc).toBe(file('xy', 'b'))
    expect(planOf(state).pause).toBe(true)
    expect(sent(state, '2').flight).toMatchObject({ changeId: '2', revision: 1, text: file('xy', 'b') })
  })

  test('a change without an answer is sent again with the same id, and a second answer to it says nothing', () => {
    let state = sent(typed(start(), file('x', 'b')), '1')
    state = typed(step(state, { type: 'lost', changeId: '1' }), file('xy', 'b'))
    expect(state.trouble).toEqual({ kind: 'unreachable' })
    expect(planOf(state).send).toMatchObject({ changeId: '1', text: file('x', 'b'), lost: 1 })
    state = answered(state, '1', 1, file('x', 'b'))
    expect(state.trouble).toBeUndefined()
    state = answered(sent(state, '2'), '1', 1, file('x', 'b'))
    expect(state.flight?.changeId).toBe('2')
    expect(state.doc).toBe(file('xy', 'b'))
  })

  test('a text that is not complete is kept and not sent again until it changes', () => {
    let state = sent(typed(start(), '{ "one": '), '1')
    state = step(state, { type: 'refused', changeId: '1', code: 'INVALID_INPUT', field: 'source', message: 'no' })
    expect(state.trouble?.kind).toBe('unreadable')
    expect(planOf(state).pause).toBe(false)
    state = typed(state, '{ "one": 1 }')
    expect(state.trouble).toBeUndefined()
    expect(planOf(state).pause).toBe(true)
  })

  test('a refused text is kept, and sent again when somebody asks for it', () => {
    let state = sent(typed(start(), file('x', 'b')), '1')
    state = step(state, { type: 'refused', changeId: '1', code: 'FORBIDDEN', message: 'You may not' })
    expect(state.doc).toBe(file('x', 'b'))
    expect(state.trouble).toEqual({ kind: 'refused', code: 'FORBIDDEN', message: 'You may not' })
    expect(planOf(state).pause).toBe(false)
    expect(planOf(step(state, { type: 'again' })).pause).toBe(true)
  })

  test('an undoing waits until what was typed is saved', () => {
    let state = sent(typed(start(), file('x', 'b')), '1')
    state = step(state, { type: 'wanted', step: 'undo' })
    state = answered(state, '1', 1, file('x', 'b'))
    state = sent(state, '2')
    expect(state.flight).toMatchObject({ changeId: '2', kind: 'undo' })
    state = answered(state, '2', 2, file('a', 'b'))
    expect(state.doc).toBe(file('a', 'b'))
    expect(planOf(state).pause).toBe(false)
  })

  test('an undoing that meets the change of somebody else changes nothing and says so', () => {
    let state = sent(step(start(), { type: 'wanted', step: 'undo' }), '1')
    const meetings = [{ message: 'Both', mine: 1, theirs: 2 }]
    state = step(state, { type: 'answered', changeId: '1', draft: draft(0, file('a', 'b')), meetings })
    expect(state.refusal).toMatchObject({ step: 'undo', meetings })
    expect(state.conflict).toBeUndefined()
    expect(step(state, { type: 'noticed' }).refusal).toBeUndefined()
  })
})

describe('edits', () => {
  const edits = [{ op: 'setField' as const, path: ['one'], value: 'x' }]
  const edited = (state: SyncState, changeId: string) => step(state, { type: 'edited', changeId, edits })

  test('are sent after what was typed, against the revision that it made', () => {
    let state = edited(typed(start(), file('a', 'y')), 'e')
    state = sent(state, '1')
    expect(state.flight).toMatchObject({ changeId: '1', kind: 'text' })
    state = sent(answered(state, '1', 1, file('a', 'y')), '2')
    expect(state.flight).toMatchObject({ changeId: 'e', kind: 'edits', edits, revision: 1 })
    state = answered(state, 'e', 2, file('x', 'y'))
    expect(state.doc).toBe(file('x', 'y'))
    expect(planOf(state)).toEqual({ send: undefined, read: false, pause: false })
  })

  test('do not touch what is typed while they are on their way', () => {
    let state = sent(edited(start(), 'e'), '1')
    state = typed(state, file('a', 'typed'))
    state = answered(state, 'e', 1, file('x', 'b'))
    expect(state.doc).toBe(file('x', 'typed'))
    expect(sent(state, '2').flight).toMatchObject({ kind: 'text', revision: 1 })
  })

  test('are undone in the order in which they were made', () => {
    let state = step(edited(start(), 'e'), { type: 'wanted', step: 'undo' })
    state = answered(sent(state, '1'), 'e', 1, file('x', 'b'))
    expect(sent(state, '2').flight).toMatchObject({ changeId: '2', kind: 'undo' })
  })

  test('that are refused change nothing, and what was to undo them undoes nothing else', () => {
    let state = step(edited(start(), 'e'), { type: 'wanted', step: 'undo' })
    state = edited(state, 'f')
    state = step(sent(state, '1'), { type: 'refused', changeId: 'e', code: 'DUPLICATE_STAGE', message: 'taken' })
    expect(state.refusal).toMatchObject({ step: 'edits', message: 'taken' })
    expect(sent(state, '2').flight).toMatchObject({ changeId: 'f' })
  })

  test('against a revision that the server no longer knows are made to the draft as it is', () => {
    let state = sent(edited(start(), 'e'), '1')
    state = step(state, { type: 'refused', changeId: 'e', code: 'PRECONDITION_FAILED', message: 'too old' })
    expect(planOf(state)).toEqual({ send: undefined, read: true, pause: false })
    state = sent(read(state, 5000, file('a', 'y')), '2')
    expect(state.flight).toMatchObject({ changeId: 'e', edits, revision: 5000 })
  })

  test('are kept over a reload, sent or not', () => {
    const kept = keptOf(edited(sent(edited(start(), 'e'), '1'), 'f'))
    if (!kept) throw new Error('nothing was kept')
    let state = restored(structuredClone(kept), draft(0, file('a', 'b')))
    expect(planOf(state).send).toMatchObject({ changeId: 'e', edits })
    state = answered(state, 'e', 1, file('x', 'b'))
    expect(sent(state, '2').flight).toMatchObject({ changeId: 'f', revision: 1 })
  })
})

describe('changes of others', () => {
  test('are read when one hears of them, and shown', () => {
    let state = heard(start(), 2)
    expect(planOf(state).read).toBe(true)
    state = read(state, 2, file('a', 'y'))
    expect(state.doc).toBe(file('a', 'y'))
    expect(isUnsaved(state)).toBe(false)
    expect(planOf(state).read).toBe(false)
  })

  test('that arrive late or twice change nothing', () => {
    const state = read(heard(start(), 2), 2, file('a', 'y'))
    expect(heard(state, 1)).toEqual(state)
    expect(read(state, 1, file('a', 'old'))).toEqual(state)
    expect(read(state, 2, file('a', 'y')).doc).toBe(file('a', 'y'))
  })

  test('wait while something is unsaved, and come with the answer to it', () => {
    let state = read(heard(typed(start(), file('x', 'b')), 1), 1, file('a', 'y'))
    expect(state.doc).toBe(file('x', 'b'))
    expect(planOf(state)).toEqual({ send: undefined, read: false, pause: true })
    state = sent(state, '1')
    expect(state.flight?.revision).toBe(0)
    state = typed(state, file('xx', 'b'))
    state = answered(state, '1', 2, file('x', 'y'))
    expect(state.doc).toBe(file('xx', 'y'))
    expect(state.base).toEqual({ revision: 2, text: file('x', 'y') })
  })

  test('are merged with a text that is not complete if they are elsewhere, and else wait for it', () => {
    const broken = file('a', 'b').replace('"a"', '"a')
    let state = sent(typed(start(), broken), '1')
    state = step(state, { type: 'refused', changeId: '1', code: 'INVALID_INPUT', field: 'source', message: 'no' })
    state = read(heard(state, 1), 1, file('a', 'y'))
    expect(state.doc).toBe(file('a', 'y').replace('"a"', '"a'))
    expect(state.base.revision).toBe(1)
    const waits = read(heard(state, 2), 2, file('other', 'y'))
    expect(waits.doc).toBe(state.doc)
    expect(waits.waiting?.revision).toBe(2)
    expect(planOf(waits)).toEqual({ send: undefined, read: false, pause: false })
  })

  test('that the server no longer has one by one are merged here', () => {
    let state = sent(typed(start(), file('x', 'b')), '1')
    state = step(state, { type: 'refused', changeId: '1', code: 'PRECONDITION_FAILED', message: 'too old' })
    expect(planOf(state)).toEqual({ send: undefined, read: true, pause: false })
    state = read(state, 5000, file('a', 'y'))
    expect(state.doc).toBe(file('x', 'y'))
    expect(sent(state, '2').flight?.revision).toBe(5000)
  })
})

describe('a conflict', () => {
  const conflicted = () => {
    const state = sent(typed(start(), file('mine', 'b2')), '1')
    const meetings = [{ message: 'Both changed `one`', mine: 'mine', theirs: 'theirs' }]
    return step(state, { type: 'answered', changeId: '1', draft: draft(1, file('theirs', 'b')), meetings })
  }

  test('keeps both sides, and sends nothing until somebody has chosen', () => {
    let state = conflicted()
    expect(state.doc).toBe(file('mine', 'b2'))
    expect(state.conflict).toMatchObject({ from: file('a', 'b'), theirs: { revision: 1, text: file('theirs', 'b') } })
    state = typed(state, file('mine', 'b3'))
    expect(planOf(state)).toEqual({ send: undefined, read: false, pause: false })
    state = step(state, { type: 'chosen', text: file('theirs', 'b3') })
    expect(state.conflict).toBeUndefined()
    expect(sent(state, '2').flight).toMatchObject({ revision: 1, text: file('theirs', 'b3') })
  })

  test('has what others change meanwhile', () => {
    const state = read(heard(conflicted(), 2), 2, file('newer', 'b'))
    expect(state.conflict?.theirs.text).toBe(file('newer', 'b'))
    expect(state.doc).toBe(file('mine', 'b2'))
  })

  test('also begins if the answer meets what was typed since', () => {
    let state = typed(sent(typed(start(), file('x', 'b')), '1'), file('x', 'mine'))
    state = answered(state, '1', 2, file('x', 'theirs'))
    expect(state.conflict).toMatchObject({ from: file('x', 'b'), theirs: { text: file('x', 'theirs') } })
    expect(state.doc).toBe(file('x', 'mine'))
  })
})

describe('what is kept over a reload', () => {
  test('is nothing if everything is saved', () => {
    expect(keptOf(start())).toBeUndefined()
  })

  test('is sent again, the change on its way first and with its id', () => {
    const left = typed(sent(typed(start(), file('x', 'b')), '1'), file('xy', 'b'))
    const kept = keptOf(left)
    if (!kept) throw new Error('nothing was kept')
    let state = restored(structuredClone(kept), draft(1, file('x', 'b')))
    expect(planOf(state).send).toMatchObject({ changeId: '1', text: file('x', 'b') })
    state = answered(state, '1', 1, file('x', 'b'))
    expect(state.doc).toBe(file('xy', 'b'))
  })

  test('is merged with what others changed', () => {
    const kept = keptOf(typed(start(), file('x', 'b')))
    if (!kept) throw new Error('nothing was kept')
    const state = restored(kept, draft(1, file('a', 'y')))
    expect(state.doc).toBe(file('x', 'b'))
    expect(planOf(state).pause).toBe(true)
    expect(sent(state, '1').flight?.revision).toBe(0)
  })
})

/** A server that merges as the real one does, but by places in the text. */
class Texts {
  texts = [
    JSON.stringify(
      Array.from({ length: 12 }, (_, at) => `${at}:`),
      null,
      1,
    ),
  ]
  private made = new Set<string>()

  draft = (): Draft => draft(this.texts.length - 1, this.texts.at(-1) ?? '')

  set(changeId: string, revision: number, text: string): { draft: Draft; clear: boolean } {
    if (!this.made.has(changeId)) {
      const merged = mergedText(this.texts[revision] ?? '', text, this.draft().text)
      if (merged === undefined) return { draft: this.draft(), clear: false }
      if (merged !== this.draft().text) {
        this.texts.push(merged)
        this.made.add(changeId)
      }
    }
    return { draft: this.draft(), clear: true }
  }
}

test('two people over a line that loses, repeats and delays lose nothing of what they typed', () => {
  for (let seed = 1; seed <= 60; seed++) {
    let random = seed
    const next = (below: number) => {
      random = (random * 48_271) % 2_147_483_647
      return random % below
    }
    const server = new Texts()
    const people = [startOf(server.draft()), startOf(server.draft())]
    const wrote: string[] = []
    const late: { who: number; event: Parameters<typeof step>[1] }[] = []
    let ids = 0
    const happens = (who: number, event: Parameters<typeof step>[1]) => {
      const state = people[who]
      if (state) people[who] = step(state, event)
    }
    const act = (who: number, quiet: boolean) => {
      const state = people[who]
      if (!state) return
      const plan = planOf(state)
      if (plan.send) {
        const { changeId, revision, text } = plan.send
        if (!quiet && next(4) === 0) return happens(who, { type: 'lost', changeId })
        const answer = server.set(changeId, revision, text)
        const meetings = answer.clear ? [] : [{ message: 'Both', mine: null, theirs: null }]
        const event = { type: 'answered' as const, changeId, draft: answer.draft, meetings }
        if (!quiet && next(4) === 0) happens(who, { type: 'lost', changeId })
        if (!quiet && next(3) === 0) late.push({ who, event })
        else happens(who, event)
      } else if (state.conflict) {
        throw new Error('nobody wrote at the same place')
      } else if (plan.read) {
        const event = { type: 'read' as const, draft: server.draft() }
        if (!quiet && next(3) === 0) late.push({ who, event })
        else happens(who, event)
      } else if (plan.pause) happens(who, { type: 'paused', changeId: `change ${ids++}` })
    }
    for (let round = 0; round < 300; round++) {
      const who = next(2)
      const state = people[who]
      const what = next(5)
      if (what === 0 && state && wrote.length < 60) {
        const word = `w${wrote.length}.`
        wrote.push(word)
        const values = JSON.parse(state.doc) as string[]
        const at = next(6) * 2 + who
        values[at] = `${values[at] ?? ''}${word}`
        happens(who, { type: 'typed', text: JSON.stringify(values, null, 1) })
      } else if (what === 1) happens(who, { type: 'heard', revision: server.draft().revision })
      else if (what === 2 && late.length > 0) {
        const [found] = late.splice(next(late.length), 1)
        if (found) happens(found.who, found.event)
      } else act(who, false)
    }
    for (let round = 0; round < 40; round++) {
      for (const who of [0, 1]) {
        happens(who, { type: 'heard', revision: server.draft().revision })
        act(who, true)
      }
    }
    const text = server.draft().text
    for (const state of people) {
      expect(state.doc).toBe(text)
      expect(isUnsaved(state)).toBe(false)
    }
    for (const word of wrote) expect(text).toContain(word)
  }
})
