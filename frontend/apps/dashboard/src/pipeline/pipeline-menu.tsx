// What can be done with a pipeline besides running it.

import { useNavigate } from '@tanstack/react-router'
import { Activity, Copy, Download, Ellipsis, Link2 } from 'lucide-react'
import { CreatePipelineDocument, type VersionFieldsFragment } from '@flowmason/graphql'
import { IconButton, Menu, MenuItem, MenuLine } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { download } from '../lib/files.ts'
import { useChange } from '../lib/use-change.ts'
import { useMay } from '../shell/shell.tsx'
import type { PipelineData } from './pipeline-page.tsx'

/** As a name of a file on every system. */
export const fileName = (name: string): string => `${name.replaceAll(/[\\/:*?"<>|\0]/g, '-')}.pipeline.json`

export function PipelineMenu({ pipeline, version }: { pipeline: PipelineData; version: VersionFieldsFragment }) {
  const navigate = useNavigate()
  const mayWrite = useMay('pipeline.write')
  const create = useChange(CreatePipelineDocument)
  const duplicate = async () => {
    const done = await create.run({ input: { source: version.source, name: `${pipeline.name} (copy)` } })
    if (!done) return
    toast(`${pipeline.name} is duplicated.`)
    void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: done.createPipeline.pipeline.id } })
  }
  return (
    <Menu
      width="w-60"
      trigger={
        <IconButton label="More actions">
          <Ellipsis size={16} aria-hidden="true" />
        </IconButton>
      }
    >
      <MenuItem icon={<Download size={14} />} onSelect={() => download(fileName(pipeline.name), version.source)}>
        Download version {version.number}
      </MenuItem>
      {mayWrite && (
        <MenuItem icon={<Copy size={14} />} disabled={create.busy} onSelect={() => void duplicate()}>
          Duplicate
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem
        icon={<Link2 size={14} />}
        onSelect={() => void navigator.clipboard.writeText(pipeline.id).then(() => toast('The id is copied.'))}
      >
        Copy the id
      </MenuItem>
      <MenuItem
        icon={<Activity size={14} />}
        onSelect={() => void navigate({ to: '/runs', search: { pipeline: pipeline.id } })}
      >
        All runs of this pipeline
      </MenuItem>
    </Menu>
  )
}
