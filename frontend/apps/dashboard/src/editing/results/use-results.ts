// The results that the editor shows, and the pins of the draft.

import { useCallback, useEffect, useMemo } from 'react'
import { DraftPinsDocument, type DraftPinsQuery, type PinFieldsFragment } from '@flowmason/graphql/editing'
import { useDraftReading } from '../use-draft-reading.ts'
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
  const { data = NO_PINS, change } = useDraftReading(DraftPinsDocument, pinsOf, {
    pipelineId,
    revision,
    changes,
    quiet: QUIET_MS,
    first: QUIET_MS,
    isSame,
  })
  const all = useMemo(() => new Map(data.map((pin) => [pin.stage, pin])), [data])
  const put = useCallback((pin: Pin) => change((before = NO_PINS) => [...without(before, pin.stage), pin]), [change])
  const drop = useCallback((stage: string) => change((before = NO_PINS) => without(before, stage)), [change])
  const stages = useMemo(() => new Set(all.keys()), [all])
  return useMemo(() => ({ all, stages, put, drop }), [all, stages, put, drop])
}

const NO_PINS: readonly Pin[] = []

const pinsOf = ({ pipeline }: DraftPinsQuery): readonly Pin[] | undefined => pipeline.draft?.pins

const without = (pins: readonly Pin[], stage: string): readonly Pin[] => pins.filter((pin) => pin.stage !== stage)

/** Nothing is rendered again for pins that did not change. */
const isSame = (before: readonly Pin[], now: readonly Pin[]): boolean =>
  before.length === now.length &&
  now.every(({ stage, pinnedAt }) => before.some((pin) => pin.stage === stage && pin.pinnedAt === pinnedAt))
