// Chooses the run whose results are shown: any run of the pipeline, also one of another environment.

import { RunsToShowDocument, type ShownRunFragment } from '@flowmason/graphql/editing'
import { StatusIcon, formatAgo, shortId, statusWord, toStatus, useNow } from '@flowmason/ui'
import { environmentNames } from '../../lib/environment-words.ts'
import { useAnswer } from '../../lib/use-answer.ts'
import { actorWords } from '../../lib/words.ts'
import { Picker, type PickerRow } from '../canvas/picker.tsx'

const MOST_RUNS = 50

/** `Draft, revision 12` or `Version 3, production`. */
export const nameOfRun = ({ draftRevision, version, environment }: ShownRunFragment): string =>
  draftRevision === null || draftRevision === undefined
    ? `Version ${version.number}, ${environmentNames[environment].toLowerCase()}`
    : `Draft, revision ${draftRevision}`

export function rowsOf(runs: readonly ShownRunFragment[], search: string, now: number): PickerRow[] {
  const wanted = search.trim().toLowerCase()
  const rows = runs
    .map((run): PickerRow => {
      const status = toStatus(run.status)
      const ago = formatAgo(now - Date.parse(run.createdAt))
      return {
        id: run.id,
        icon: <StatusIcon status={status} size={16} />,
        name: nameOfRun(run),
        detail: `${statusWord(status)} · ${ago} · ${actorWords(run.startedBy)} · ${shortId(run.id)}`,
      }
    })
    .filter(({ id, name, detail }) => `${id} ${name} ${detail ?? ''}`.toLowerCase().includes(wanted))
  // Any other run can be named by its id.
  if (rows.length === 0 && /^run_\w{8,}$/.test(search.trim()))
    rows.push({ id: search.trim(), name: `Run ${search.trim()}`, detail: 'Show the run with this id' })
  return rows
}

export function RunPicker({
  pipelineId,
  onPick,
  onClose,
}: {
  pipelineId: string
  onPick: (run: string) => void
  onClose: () => void
}) {
  const { data, problem } = useAnswer(
    RunsToShowDocument,
    { id: pipelineId, first: MOST_RUNS },
    { requestPolicy: 'cache-and-network' },
  )
  const now = useNow(true, 'slow')
  const runs = data?.runs.edges.map(({ node }) => node) ?? []
  return (
    <Picker
      label="Show results of a run"
      placeholder={problem ? 'The runs could not be loaded' : 'Version, environment, status, person or id'}
      rows={(search) => rowsOf(runs, search, now)}
      onPick={onPick}
      onClose={onClose}
    />
  )
}
