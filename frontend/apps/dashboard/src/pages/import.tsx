// Imports a .pipeline.json that is dropped or chosen. A file with errors is not saved; all its problems are listed,
// each with its position and a suggested fix.

import { useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { FileUp } from 'lucide-react'
import { useClient } from 'urql'
import { CreatePipelineDocument, type ProblemFieldsFragment, ValidateDocument, toProblem } from '@flowmason/graphql'
import { Button, ErrorPanel, type Problem, cx } from '@flowmason/ui'
import { type TextFile, nameFromFile, pickPipelineFile, readTextFile, useDrop } from '../lib/files.ts'
import { useChange } from '../lib/use-change.ts'
import { FileProblems } from '../pipeline/file-problems.tsx'

function hasName(source: string): boolean {
  try {
    const { name } = JSON.parse(source.replace(/^\uFEFF/, '')) as { name?: unknown }
    return typeof name === 'string' && name.trim() !== ''
  } catch {
    return false
  }
}

export function ImportBox({ compact }: { compact?: boolean }) {
  const navigate = useNavigate()
  const client = useClient()
  const create = useChange(CreatePipelineDocument, { inPlace: true })
  const [failed, setFailed] = useState<Problem>()
  const [invalid, setInvalid] = useState<{ file: TextFile; problems: readonly ProblemFieldsFragment[] }>()
  const [reading, setReading] = useState(false)

  const store = async (file: TextFile) => {
    // The name in the document is the title; the file's name is used only if the document has none.
    const name = hasName(file.text) ? undefined : nameFromFile(file.name)
    const done = await create.run({ input: { source: file.text, ...(name ? { name } : {}) } })
    if (done) void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: done.createPipeline.pipeline.id } })
  }
  const take = async (chosen: File) => {
    setFailed(undefined)
    setInvalid(undefined)
    create.clear()
    setReading(true)
    try {
      const file = await readTextFile(chosen)
      const { data, error } = await client
        .query(ValidateDocument, { source: file.text }, { requestPolicy: 'network-only' })
        .toPromise()
      if (error) setFailed(toProblem(error))
      else if (data && !data.validatePipeline.valid) setInvalid({ file, problems: data.validatePipeline.problems })
      else await store(file)
    } catch (reason) {
      setFailed({ message: (reason as Error).message, code: 'FILE_NOT_READ' })
    } finally {
      setReading(false)
    }
  }
  const drop = useDrop((file) => void take(file))
  return (
    <div className="flex flex-col gap-3">
      <div
        {...drop.handlers}
        className={cx(
          'flex flex-col items-center justify-center gap-2 rounded-float border border-dashed px-6 text-center transition-colors duration-120',
          compact ? 'py-5' : 'py-8',
          drop.over ? 'border-copper bg-raise' : 'border-line2',
        )}
      >
        <FileUp size={20} className="text-muted" aria-hidden="true" />
        <p>
          <span className="font-medium">Drop a .pipeline.json</span>{' '}
          <span className="text-muted">or choose one. It is stored byte for byte.</span>
        </p>
        <Button
          busy={reading || create.busy}
          onClick={() => void pickPipelineFile().then((file) => file && take(file))}
        >
          Choose a file
        </Button>
      </div>
      {(failed ?? create.problem) && (
        <ErrorPanel title="The file was not imported" problem={(failed ?? create.problem) as Problem} />
      )}
      {invalid && <FileProblems key={invalid.file.text} file={invalid.file} problems={invalid.problems} />}
    </div>
  )
}
