// The results that the editor shows, and the pins of the draft.

import { useCallback, useEffect, useMemo, useState } from 'react'
import { DraftPinsDocument, type PinFieldsFragment } from '@flowmason/graphql/editing'
import { api } from '../../api.ts'
import { DraftResults } from './results.ts'

/** For as long as the editor is on the page. */
export function useResults(pipelineId: string): DraftResults {
  const results = useMemo(() => new DraftResults(pipelineId), [pipelineId])
  useEffect(() => {
    results.open()
    return results.close
  }, [results])
  return results
}

export type Pin = PinFieldsFragment

export interface Pins {
  /** By the ids of their stages. */
  all: ReadonlyMap<string, Pin>
  stages: ReadonlySet<string>
  /** What the server has answered to a change of them. */
  put: (pin: Pin) => void
  drop: (stage: string) => void
}

/**
 * Pins follow renamed stages and go with removed ones, so they are read again with each revision, and whenever somebody
 * has set or removed one.
 */
const QUIET_MS = 400

export function usePins(pipelineId: string, revision: number, changes = 0): Pins {
  const [all, setAll] = useState<ReadonlyMap<string, Pin>>(new Map())
  useEffect(() => {
    let gone = false
    const look = async () => {
      const { data } = await api.plain.query(DraftPinsDocument, { id: pipelineId }).toPromise()
      const pins = data?.pipeline.draft?.pins
      if (!gone && pins) setAll((before) => (isSame(before, pins) ? before : mapOf(pins)))
    }
    const timer = setTimeout(() => void look(), QUIET_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [pipelineId, revision, changes])
  const put = useCallback((pin: Pin) => setAll((before) => new Map(before).set(pin.stage, pin)), [])
  const drop = useCallback(
    (stage: string) => setAll((before) => new Map([...before].filter(([id]) => id !== stage))),
    [],
  )
  const stages = useMemo(() => new Set(all.keys()), [all])
  return useMemo(() => ({ all, stages, put, drop }), [all, stages, put, drop])
}

const mapOf = (pins: readonly Pin[]): ReadonlyMap<string, Pin> => new Map(pins.map((pin) => [pin.stage, pin]))

/** Nothing is rendered again for pins that did not change. */
const isSame = (before: ReadonlyMap<string, Pin>, now: readonly Pin[]): boolean =>
  before.size === now.length && now.every(({ stage, pinnedAt }) => before.get(stage)?.pinnedAt === pinnedAt)
