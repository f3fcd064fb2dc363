// What can be done with a version in the list: compare it, make it the draft or the current version, download it.

import { Suspense, useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { ArrowLeftRight, Download, History, PenLine } from 'lucide-react'
import { useClient } from 'urql'
import { PipelineVersionDocument, toProblem } from '@flowmason/graphql'
import { Ellipsis, IconButton, Menu, MenuItem, MenuLine } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { later } from '../lib/later.tsx'
import { download, pipelineFile } from '../lib/files.ts'

const RestoreDialog = later(() => import('../comparing/restore-dialog.tsx'), 'RestoreDialog')

interface Props {
  pipeline: { id: string; name: string }
  number: number
  latest: number
  /** Whether the caller may change the pipeline. */
  mayChange: boolean
}

export function VersionActions({ pipeline, number, latest, mayChange }: Props) {
  const navigate = useNavigate()
  const client = useClient()
  const [restoring, setRestoring] = useState(false)
  const compare = (search: { from: number; to: number | 'draft' }) =>
    void navigate({ to: '/pipelines/$pipelineId/compare', params: { pipelineId: pipeline.id }, search })
  const save = async () => {
    const { data, error } = await client.query(PipelineVersionDocument, { id: pipeline.id, number }).toPromise()
    const source = data?.pipeline.version.source
    if (source !== undefined) download(pipelineFile(`${pipeline.name}-version-${number}`), source)
    else if (error) toast.error(`Version ${number} could not be loaded.`, { description: toProblem(error).message })
  }
  return (
    <>
      <Menu
        width="w-64"
        trigger={
          <IconButton label={`Actions for version ${number}`}>
            <Ellipsis />
          </IconButton>
        }
      >
        {number > 1 && (
          <MenuItem icon={<ArrowLeftRight size={14} />} onSelect={() => compare({ from: number - 1, to: number })}>
            Compare with the one before
          </MenuItem>
        )}
        {number < latest && (
          <MenuItem icon={<ArrowLeftRight size={14} />} onSelect={() => compare({ from: number, to: latest })}>
            Compare with the current one
          </MenuItem>
        )}
        <MenuItem icon={<PenLine size={14} />} onSelect={() => compare({ from: number, to: 'draft' })}>
          Compare with the draft
        </MenuItem>
        <MenuLine />
        {mayChange && (
          <MenuItem icon={<History size={14} />} onSelect={() => setRestoring(true)}>
            Make this the draft
          </MenuItem>
        )}
        <MenuItem icon={<Download size={14} />} onSelect={() => void save()}>
          Download
        </MenuItem>
      </Menu>
      {restoring && (
        <Suspense fallback={null}>
          <RestoreDialog pipelineId={pipeline.id} number={number} onClose={() => setRestoring(false)} />
        </Suspense>
      )}
    </>
  )
}
