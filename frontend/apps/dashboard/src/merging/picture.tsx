// Two sides and what both started from as one picture: the stages of all three, and which side did what to each. A stage
// or a line that one of them removed stays in its place.

import { CircleCheck, CircleHelp, GitMerge, User, Users } from 'lucide-react'
import type { CanvasStage, LineMark, SideMark, StageFace } from '@flowmason/pipeline-canvas'
import { overlayOf } from '../comparing/overlay.ts'
import { count } from '../lib/words.ts'
import { fieldEdits } from './edits-between.ts'
import { type Conflict, woven } from './three-way.ts'
import { type PipelineFile, equal } from './values.ts'

/** Something that there is of the base and of both sides. */
export interface Three<Of> {
  base: Of
  mine: Of
  theirs: Of
}

/** What the sides are called: `Mine` and `Theirs`, or `The draft` and `Version 4`. */
export interface SideNames {
  mine: string
  theirs: string
}

export interface Shape {
  stages: CanvasStage[]
  lines: Record<string, LineMark>
}

const byId = (stages: readonly CanvasStage[]) => new Map(stages.map((stage) => [stage.id, stage]))

/** The stages and lines of all three. It does not depend on what is chosen, so the picture stays where it is. */
export function shapeOf({ base, mine, theirs }: Three<readonly CanvasStage[]>): Shape {
  const [was, own, other] = [byId(base), byId(mine), byId(theirs)]
  const after = woven([...own.keys()], [...other.keys()]).flatMap((id) => {
    const [b, m, t] = [was.get(id), own.get(id), other.get(id)]
    // It stands where the side that moved it has put it.
    const stage = m && t && b && m.parent === b.parent ? t : (m ?? t)
    if (!stage) return []
    const sides = [m, t].filter((each) => each !== undefined)
    const all = new Set(sides.flatMap((each) => each.dependsOn))
    const stays = (on: string) => !b?.dependsOn.includes(on) || sides.every((each) => each.dependsOn.includes(on))
    return [{ ...stage, dependsOn: [...all].filter(stays) }]
  })
  const { stages, lines } = overlayOf(base, after, [], new Map())
  return { stages, lines }
}

/** What a side did to a stage. */
export type Deed = { kind: 'added' | 'removed' | 'changed'; words: string }

export function deedOf(base: PipelineFile, side: PipelineFile, id: string): Deed | undefined {
  const [was, is] = [base.stages.get(id), side.stages.get(id)]
  if (equal(was, is)) return undefined
  if (!was) return { kind: 'added', words: 'added' }
  if (!is) return { kind: 'removed', words: 'removed' }
  return { kind: 'changed', words: count(fieldEdits(was, is, id).length, 'field') }
}

const signs: Record<SideMark | 'chosen', { icon: typeof User; tone: string; fill: string }> = {
  mine: { icon: User, tone: 'text-run', fill: 'var(--run)' },
  theirs: { icon: Users, tone: 'text-wait', fill: 'var(--wait)' },
  both: { icon: GitMerge, tone: 'text-ok', fill: 'var(--ok)' },
  chosen: { icon: CircleCheck, tone: 'text-ok', fill: 'var(--ok)' },
  conflict: { icon: CircleHelp, tone: 'text-fail', fill: 'var(--fail)' },
}

/** The sign of a side, or of what is chosen or to be chosen. The color is never the only difference. */
export function SideSign({ of }: { of: SideMark | 'chosen' }) {
  const { icon: Icon, tone } = signs[of]
  return <Icon size={14} className={`fm-state shrink-0 ${tone}`} aria-hidden="true" />
}

export function facesOf(
  ids: readonly string[],
  { base, mine, theirs }: Three<PipelineFile>,
  conflicts: readonly Conflict[],
  isDecided: (conflict: Conflict) => boolean,
  names: SideNames,
): Record<string, StageFace> {
  const open = new Map<string, number>()
  const all = new Set<string>()
  for (const conflict of conflicts) {
    if (conflict.stage === null) continue
    all.add(conflict.stage)
    if (!isDecided(conflict)) open.set(conflict.stage, (open.get(conflict.stage) ?? 0) + 1)
  }
  return Object.fromEntries(
    ids.map((id): [string, StageFace] => {
      const [own, other] = [deedOf(base, mine, id), deedOf(base, theirs, id)]
      const left = open.get(id) ?? 0
      const of: SideMark | 'chosen' | undefined =
        left > 0
          ? 'conflict'
          : all.has(id)
            ? 'chosen'
            : own && other
              ? 'both'
              : own
                ? 'mine'
                : other
                  ? 'theirs'
                  : undefined
      if (of === undefined) return [id, { status: 'idle', mark: 'same', word: 'unchanged' }]
      const said = [
        own && `${names.mine}: ${own.words}`,
        other && `${names.theirs}: ${other.words}`,
        left > 0 && `${count(left, 'conflict')} to decide`,
        of === 'chosen' && 'decided',
      ].filter((each) => typeof each === 'string')
      const figure = {
        mine: own?.words,
        theirs: other?.words,
        both: 'both',
        chosen: 'decided',
        conflict: count(left, 'conflict'),
      }[of]
      return [
        id,
        {
          status: 'idle',
          mark: of === 'chosen' ? 'both' : of,
          word: said.join(', '),
          ...(figure !== undefined && { figure }),
          fill: signs[of].fill,
          sign: <SideSign of={of} />,
        },
      ]
    }),
  )
}
