// A light mark beside the line that somebody else is at.

import { type EditorState, type Extension, type Range, RangeSet, StateEffect, StateField } from '@codemirror/state'
import { GutterMarker, gutter } from '@codemirror/view'
import { initialsOf } from '@flowmason/ui'
import type { Person } from './link.ts'
import { positionOf } from './places.ts'

export const setPeople = StateEffect.define<readonly Person[]>()

class Mark extends GutterMarker {
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    super()
    this.names = names
  }

  override eq(other: Mark): boolean {
    return other.names.join('\n') === this.names.join('\n')
  }

  override toDOM(): Node {
    const mark = document.createElement('span')
    mark.className = 'cm-person'
    // The list above the text says the same to screen readers.
    mark.setAttribute('aria-hidden', 'true')
    mark.title = this.names.join(', ')
    mark.textContent = this.names.length === 1 ? initialsOf(this.names[0] ?? '') : String(this.names.length)
    return mark
  }
}

/** Several people may be at one line. */
function marksOf(state: EditorState, people: readonly Person[]): RangeSet<GutterMarker> {
  const lines = new Map<number, string[]>()
  for (const person of people) {
    const position = person.own ? undefined : positionOf(state, person)
    if (position === undefined) continue
    const { from } = state.doc.lineAt(position)
    lines.set(from, [...(lines.get(from) ?? []), person.name])
  }
  const ranges: Range<GutterMarker>[] = [...lines].map(([from, names]) => new Mark(names).range(from))
  return RangeSet.of(ranges, true)
}

const marks = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(before, transaction) {
    // They stay at their text until it is known again where the people are.
    let now = before.map(transaction.changes)
    for (const effect of transaction.effects) if (effect.is(setPeople)) now = marksOf(transaction.state, effect.value)
    return now
  },
})

export const peopleGutter: Extension = [
  marks,
  gutter({ class: 'cm-people', markers: (view) => view.state.field(marks) }),
]
