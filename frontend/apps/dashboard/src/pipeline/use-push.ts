// Saves a file as the next version of a pipeline. The file is checked first, so that all problems are shown with their
// positions instead of one error message.

import { useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { useClient } from 'urql'
import {
  PipelineVersionDocument,
  type ProblemFieldsFragment,
  PushVersionDocument,
  ValidateDocument,
  toProblem,
} from '@flowmason/graphql'
import { toast } from '@flowmason/ui/toast'
import { type TextFile, pickPipelineFile, readTextFile } from '../lib/files.ts'
import { useChange } from '../lib/use-change.ts'

export function usePush(pipelineId: string, stored: () => void) {
  const navigate = useNavigate({ from: '/pipelines/$pipelineId' })
  const client = useClient()
  const push = useChange(PushVersionDocument)
  const [refused, setRefused] = useState<{ file: TextFile; problems: readonly ProblemFieldsFragment[] }>()
  const take = async (file: File) => {
    try {
      await store(await readTextFile(file))
    } catch (reason) {
      toast.error((reason as Error).message)
    }
  }
  /** Saves the file of an older version as the next version. No version is removed; new runs use the new one. */
  const makeCurrent = async (number: number) => {
    const { data, error } = await client.query(PipelineVersionDocument, { id: pipelineId, number }).toPromise()
    if (error) {
      toast.error(`Version ${number} could not be loaded.`, { description: toProblem(error).message })
      return
    }
    const text = data?.pipeline.version.source
    if (text !== undefined) await store({ name: `version ${number}`, text }, number)
  }
  /** Whether it is now the latest version. */
  const store = async (read: TextFile, of?: number): Promise<boolean> => {
    const { data } = await client
      .query(ValidateDocument, { source: read.text }, { requestPolicy: 'network-only' })
      .toPromise()
    if (data && !data.validatePipeline.valid) {
      setRefused({ file: read, problems: data.validatePipeline.problems })
      return false
    }
    const done = await push.run({ input: { pipelineId, source: read.text } })
    if (!done) return false
    stored()
    const { created, version: made } = done.pushPipelineVersion
    const again = of === undefined ? '' : ` It has the file of version ${of}.`
    toast(
      created ? `Version ${made.number} was saved.${again}` : `Nothing changed: the file is version ${made.number}.`,
    )
    void navigate({ search: { tab: 'versions' } })
    return true
  }
  return {
    busy: push.busy,
    refused,
    forget: () => setRefused(undefined),
    take,
    store,
    makeCurrent,
    choose: () => void pickPipelineFile().then((file) => file && take(file)),
  }
}
