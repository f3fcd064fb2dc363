// Asks the server how it reads the stages of the draft, once somebody types a template.

import { useEffect, useMemo, useState } from 'react'
import { ValidateDocument } from '@flowmason/graphql'
import { api } from '../../api.ts'
import type { ComponentInfo } from '../../pipeline/docs.tsx'
import type { VisibleName } from './completion.ts'
import type { StageText } from './stage-value.ts'
import { type Shape, namesAt } from './visible.ts'

/** A text that is being changed is not read at each letter. */
const QUIET_MS = 300

const none: readonly Shape[] = []

interface Asked {
  wanted: boolean
  source: string
  stageId: string
  text: StageText | undefined
  components: readonly ComponentInfo[]
}

export function useVisible({ wanted, source, stageId, text, components }: Asked): readonly VisibleName[] {
  const [shapes, setShapes] = useState(none)
  useEffect(() => {
    if (!wanted) return
    let gone = false
    const look = async () => {
      const { data } = await api.plain.query(ValidateDocument, { source }).toPromise()
      if (!gone && data) setShapes(data.validatePipeline.stages)
    }
    const timer = setTimeout(() => void look(), QUIET_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [wanted, source])
  return useMemo(
    () => (text && wanted ? namesAt(stageId, { shapes, inputs: text.inputs, stages: text.stages, components }) : []),
    [text, wanted, stageId, shapes, components],
  )
}
