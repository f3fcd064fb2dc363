// The command for the same run in a terminal, and the file to run. The server does not keep the original file name of a
// pipeline, so the command uses the name of the download.

import { useState } from 'react'
import { Download } from 'lucide-react'
import { PipelineVersionDocument, toProblem } from '@flowmason/graphql'
import { Copy, IconButton } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { api } from '../api.ts'
import { download, pipelineFile } from '../lib/files.ts'
import { runCommand } from '../lib/shell.ts'
import type { RunData } from './run-page.tsx'
import { nameOf } from './value-source.ts'

export function TerminalLine({ run }: { run: RunData }) {
  const [busy, setBusy] = useState(false)
  const file = pipelineFile(run.pipeline.name)
  const command = runCommand(
    file,
    run.inputValue.truncated ? { file: nameOf({ run: run.id, part: 'input' }) } : { value: run.input },
  )
  const save = async () => {
    setBusy(true)
    const { data, error } = await api.client.query(PipelineVersionDocument, {
      id: run.pipeline.id,
      number: run.version.number,
    })
    setBusy(false)
    if (data) download(file, data.pipeline.version.source)
    else if (error) toast.error('The file could not be loaded.', { description: toProblem(error).message })
  }
  return (
    <span className="flex items-center">
      <code className="truncate text-muted" title={command}>
        {command}
      </code>
      <Copy text={command} label="Copy the command" />
      <IconButton label={`Download ${file}, the file that it runs`} disabled={busy} onClick={() => void save()}>
        <Download size={14} aria-hidden="true" />
      </IconButton>
    </span>
  )
}
