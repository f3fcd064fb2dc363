// What the server makes of edits, for tests.

import type { Edit } from '../editing/edits.ts'
import type { Fields, PipelineFile } from './values.ts'

type Json = Record<string, unknown>

/** A file after some edits, as docs/editing.md describes them. Only those that bringing two files together makes. */
export function applied(file: PipelineFile, edits: readonly Edit[]): PipelineFile {
  const fields = structuredClone(file.fields) as Json
  let stages = [...file.stages.values()].map((each) => structuredClone(each) as Json)
  const put = (stage: Json, at: unknown) => {
    if (at === 'first') stages.unshift(stage)
    else {
      const before = stages.findIndex(({ id }) => id === (at as { after: string }).after)
      if (before < 0) throw new Error(`${JSON.stringify(at)} is no place`)
      stages.splice(before + 1, 0, stage)
    }
  }
  const known = (id: string): Json => {
    const found = stages.find((each) => each['id'] === id)
    if (!found) throw new Error(`There is no stage ${id}`)
    return found
  }
  for (const edit of edits) {
    if (edit.op === 'addStage') put(structuredClone(edit.value), edit.at)
    else if (edit.op === 'removeStage') {
      const gone = known(edit.stage)
      stages = stages.filter((each) => each !== gone)
    } else if (edit.op === 'reorderStage') {
      const moved = known(edit.stage)
      stages = stages.filter((each) => each !== moved)
      put(moved, edit.at)
    } else if (edit.op === 'setField' || edit.op === 'unsetField') {
      let holder = edit.stage === undefined ? fields : known(edit.stage)
      for (const key of edit.path.slice(0, -1)) holder = holder[key] as Json
      const key = String(edit.path.at(-1))
      if (edit.op === 'setField') holder[key] = structuredClone(edit.value)
      else if (!delete holder[key]) throw new Error(`${key} is not there`)
    } else throw new Error(`${edit.op} is not expected`)
  }
  return { fields, stages: new Map(stages.map((each) => [String(each['id']), each as Fields])) }
}
