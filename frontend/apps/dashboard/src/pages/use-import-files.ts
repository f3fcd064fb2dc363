// Creates pipelines from files, one after the other, with a result for each. A file with errors is not saved.

import { useState } from 'react'
import { useClient } from 'urql'
import { CreatePipelineDocument, type ProblemFieldsFragment, ValidateDocument, toProblem } from '@flowmason/graphql'
import type { Problem } from '@flowmason/ui'
import { type TextFile, readTextFile, titleOf } from '../lib/files.ts'
import { useChange } from '../lib/use-change.ts'

/** The maximum number of files at once. */
export const MAX_FILES = 50

export type FileResult = { name: string } & (
  | { kind: 'stored'; id: string }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'invalid'; file: TextFile; problems: readonly ProblemFieldsFragment[] }
)

export interface ImportFiles {
  take: (files: readonly File[]) => Promise<readonly FileResult[]>
  results: readonly FileResult[]
  /** The files that are still to be imported, the current one included. */
  left: number
  clear: () => void
}

export function useImportFiles(): ImportFiles {
  const client = useClient()
  const create = useChange(CreatePipelineDocument, { inPlace: true })
  const [results, setResults] = useState<readonly FileResult[]>([])
  const [left, setLeft] = useState(0)

  const importOne = async (chosen: File): Promise<FileResult> => {
    const { name } = chosen
    try {
      const file = await readTextFile(chosen)
      const { data, error } = await client
        .query(ValidateDocument, { source: file.text }, { requestPolicy: 'network-only' })
        .toPromise()
      if (error) return { name, kind: 'refused', problem: toProblem(error) }
      if (data && !data.validatePipeline.valid)
        return { name, kind: 'invalid', file, problems: data.validatePipeline.problems }
      const title = titleOf(file)
      const said: Problem[] = []
      const done = await create.run({ input: { source: file.text, ...(title ? { name: title } : {}) } }, (problem) =>
        said.push(problem),
      )
      if (done) return { name, kind: 'stored', id: done.createPipeline.pipeline.id }
      return { name, kind: 'refused', problem: said[0] ?? { message: 'The server did not respond.' } }
    } catch (reason) {
      return { name, kind: 'refused', problem: { message: (reason as Error).message, code: 'FILE_NOT_READ' } }
    }
  }
  const take = async (files: readonly File[]) => {
    setResults([])
    if (files.length > MAX_FILES) {
      const message = `At most ${MAX_FILES} files can be imported at once. None of the ${files.length} was.`
      const refused: FileResult[] = [{ name: '', kind: 'refused', problem: { message } }]
      setResults(refused)
      return refused
    }
    const all: FileResult[] = []
    for (const [at, file] of files.entries()) {
      setLeft(files.length - at)
      all.push(await importOne(file))
      setResults([...all])
    }
    setLeft(0)
    return all
  }
  return { take, results, left, clear: () => setResults([]) }
}
