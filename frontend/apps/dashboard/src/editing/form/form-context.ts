// What every field of the form needs: the stage that it is of, how it is changed, and what can be read in templates.

import { createContext, useContext } from 'react'
import type { Edit, Outcome, Path } from '../edits.ts'
import type { VisibleName } from './completion.ts'
import type { Filler } from './filled.ts'
import type { Typed } from './held.ts'
import type { PlacedProblem } from './problem-places.ts'

export interface FormUse {
  stageId: string
  problems: readonly PlacedProblem[]
  edit: (edits: readonly Edit[]) => Promise<Outcome>
  /** What can be read in templates here. Asked for when the first template is typed. */
  names: readonly VisibleName[]
  /** A name is typed in a template. */
  onTemplate: (name: string) => void
  /** What the texts come to with the values of a run. */
  filler: Filler | undefined
  /** The component's own name for one of its inputs. */
  inputOf: (name: string) => string
}

const nobody: FormUse = {
  stageId: '',
  problems: [],
  edit: () => Promise.resolve({ ok: true }),
  names: [],
  onTemplate: () => {},
  filler: undefined,
  inputOf: (name) => name,
}

export const FormContext = createContext<FormUse>(nobody)

export const useForm = (): FormUse => useContext(FormContext)

/** The edit that makes a field what was typed into it. */
export const editOf = (stage: string, path: Path, own: Typed): readonly Edit[] =>
  'value' in own ? [{ op: 'setField', stage, path, value: own.value }] : [{ op: 'unsetField', stage, path }]
