// Keeps the faces of the canvas up to date with the run.

import { useEffect, useRef } from 'react'
import type { CanvasStage, CanvasStore } from '@flowmason/pipeline-canvas'
import { inSlices } from '@flowmason/pipeline-canvas/steps'
import { type Faces, faceSteps, facesOf, unreadFaces } from './faces.ts'
import type { RunState } from './journal.ts'

/** From this many stages on, the faces are derived in slices between which the page responds. */
const LARGE_GRAPH = 200

interface Wanted {
  stages: readonly CanvasStage[]
  run: RunState
}

/** `run` is undefined while the journal is loading. */
export function useFaces(store: CanvasStore, stages: readonly CanvasStage[], run: RunState | undefined) {
  const wanted = useRef<Wanted>(undefined)
  const isBusy = useRef(false)
  useEffect(() => {
    const before = (): Faces => store.getState().faces
    wanted.current = run && { stages, run }
    if (!run) store.setState({ faces: unreadFaces(stages) })
    else if (stages.length < LARGE_GRAPH) store.setState({ faces: facesOf(stages, run, before()) })
    else if (!isBusy.current) {
      // One at a time, always of the latest state: a state that changes faster than its faces can be derived must not
      // keep them from being shown.
      const derive = async () => {
        let done: Wanted | undefined
        try {
          while (wanted.current && wanted.current !== done) {
            done = wanted.current
            const faces = await inSlices(faceSteps(done.stages, done.run, before()))
            if (wanted.current?.stages === done.stages) store.setState({ faces })
          }
        } finally {
          isBusy.current = false
        }
      }
      isBusy.current = true
      void derive()
    }
  }, [store, stages, run])
  useEffect(
    () => () => {
      wanted.current = undefined
    },
    [],
  )
}
