// Which parts of the editor are shown: the canvas, the form of the selected stage and the text, beside each other. The
// choice is kept in this browser.

import { useState } from 'react'

export const panes = ['canvas', 'form', 'text'] as const
export type Pane = (typeof panes)[number]

export interface Panes {
  /** What is shown; one at least. On a narrow page, the one that is on top. */
  shown: readonly Pane[]
  toggle: (pane: Pane) => void
}

const KEY = 'flowmason.editor.panes'

interface Choice {
  /** On a wide page. */
  wide: readonly Pane[]
  narrow: Pane
}

/** Three parts beside each other need some room. */
const ROOMY = '(min-width: 1200px)'
const startOf = (roomy: boolean): Choice => ({ wide: roomy ? panes : ['canvas', 'text'], narrow: 'text' })

export function choiceOf(kept: string | null, roomy: boolean): Choice {
  const start = startOf(roomy)
  try {
    const { wide, narrow } = JSON.parse(kept ?? '{}') as { wide?: unknown; narrow?: unknown }
    const known = Array.isArray(wide) ? panes.filter((pane) => wide.includes(pane)) : []
    return {
      wide: known.length > 0 ? known : start.wide,
      narrow: panes.find((pane) => pane === narrow) ?? start.narrow,
    }
  } catch {
    return start
  }
}

/** The parts that are shown once one of them was shown or hidden. Hiding the last one shows another one. */
export function toggled(shown: readonly Pane[], pane: Pane): readonly Pane[] {
  const rest = panes.filter((each) => (each === pane ? !shown.includes(pane) : shown.includes(each)))
  if (rest.length > 0) return rest
  return pane === 'text' ? ['canvas'] : ['text']
}

function read(): Choice {
  const roomy = matchMedia(ROOMY).matches
  try {
    return choiceOf(localStorage.getItem(KEY), roomy)
  } catch {
    return startOf(roomy)
  }
}

export function usePanes(wide: boolean): Panes {
  const [choice, setChoice] = useState(read)
  const keep = (next: Choice) => {
    setChoice(next)
    try {
      localStorage.setItem(KEY, JSON.stringify(next))
    } catch {
      // The storage is full or turned off: the choice is for this page.
    }
  }
  const shown = wide ? choice.wide : [choice.narrow]
  return {
    shown,
    toggle: (pane) => keep(wide ? { ...choice, wide: toggled(choice.wide, pane) } : { ...choice, narrow: pane }),
  }
}
