// Which field a problem of the draft is about. Problems name the path of a value in the file.

import type { ProblemFieldsFragment } from '@flowmason/graphql'
import type { Edit, Path } from '../edits.ts'

export type StageProblem = Pick<
  ProblemFieldsFragment,
  'severity' | 'code' | 'message' | 'suggestion' | 'path' | 'stage'
> & { fix?: Fix | null | undefined }

/** A change that fixes a problem. */
export interface Fix {
  label: string
  edits: readonly Edit[]
}

/** `$.stages[2].config["a b"][0]` as its parts; undefined if it is written otherwise. */
export function partsOf(path: string): Path | undefined {
  const parts: (string | number)[] = []
  let rest = path.startsWith('$') ? path.slice(1) : path
  while (rest !== '') {
    const found = /^\[(\d+)\]|^\[("(?:[^"\\]|\\.)*")\]|^\.([^.["\]]+)/.exec(rest)
    if (!found) return undefined
    const [all, index, quoted, name] = found
    if (index !== undefined) parts.push(Number(index))
    else if (quoted !== undefined) parts.push(unquoted(quoted))
    else parts.push(name ?? '')
    rest = rest.slice(all.length)
  }
  return parts
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}

/** The problems of a stage with the place inside it. The number of the stage may have changed since, its id not. */
export interface PlacedProblem {
  /** Empty if it is about the stage as a whole. */
  path: Path
  problem: StageProblem
}

export function problemsOfStage(problems: readonly StageProblem[], stageId: string): readonly PlacedProblem[] {
  return problems
    .filter((each) => each.stage === stageId)
    .map((problem) => {
      const parts = partsOf(problem.path) ?? []
      return { problem, path: parts[0] === 'stages' ? parts.slice(2) : [] }
    })
}

export const startsWith = (path: Path, start: Path): boolean =>
  start.length <= path.length && start.every((part, at) => part === path[at])
