// The actions for a pipeline besides running it; the same menu on its page and in the list.

import { useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { Activity, Copy, Download, FolderInput, Link2, PenLine, Play, Trash2, Wrench } from 'lucide-react'
import type { PipelineNameSource } from '@flowmason/graphql'
import { Ellipsis, IconButton, Menu, MenuItem, MenuLine } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { mayIn } from '../lib/may.ts'
import { MoveDialog } from '../publishing/move-dialog.tsx'
import { ToolDialog } from '../publishing/tool-dialog.tsx'
import { useMay, useViewer } from '../shell/shell.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { usePipelineChanges } from './use-pipeline-changes.ts'

export interface PipelineMenuProps {
  pipeline: { id: string; name: string; nameSource: PipelineNameSource; folder?: { id: string } | null }
  /** The version shown on the pipeline's page; absent in the list, which loads the latest version when needed. */
  version?: { number: number; source: string }
  onGone?: () => void
}

export function PipelineMenu({ pipeline, version, onGone }: PipelineMenuProps) {
  const navigate = useNavigate()
  const place = { pipelineId: pipeline.id, folderId: pipeline.folder?.id }
  const mayWrite = useMay('pipeline.write', place)
  // Moving changes what grants on folders give, so it needs the right in the organization.
  const mayMove = useMay('pipeline.write')
  const viewer = useViewer()
  const mayStart = viewer !== undefined && mayIn(viewer, 'run.start', place).length > 0
  const changes = usePipelineChanges(onGone ? { gone: onGone } : {})
  const [renaming, setRenaming] = useState(false)
  const [moving, setMoving] = useState(false)
  const [exposing, setExposing] = useState(false)
  return (
    <>
      <Menu
        width="w-60"
        trigger={
          <IconButton label={version ? 'More actions' : `Actions for ${pipeline.name}`} className="relative">
            <Ellipsis />
          </IconButton>
        }
      >
        {!version && mayStart && (
          <MenuItem
            icon={<Play size={14} />}
            onSelect={() =>
              void navigate({
                to: '/pipelines/$pipelineId',
                params: { pipelineId: pipeline.id },
                search: { run: true },
              })
            }
          >
            Run
          </MenuItem>
        )}
        <MenuItem
          icon={<Activity size={14} />}
          onSelect={() => void navigate({ to: '/runs', search: { pipeline: pipeline.id } })}
        >
          All runs of this pipeline
        </MenuItem>
        <MenuLine />
        {mayWrite && (
          <MenuItem icon={<PenLine size={14} />} onSelect={() => setRenaming(true)}>
            Rename
          </MenuItem>
        )}
        {mayMove && (
          <MenuItem icon={<FolderInput size={14} />} onSelect={() => setMoving(true)}>
            Move to a folder
          </MenuItem>
        )}
        {mayWrite && (
          <MenuItem icon={<Wrench size={14} />} onSelect={() => setExposing(true)}>
            Use as a tool
          </MenuItem>
        )}
        {mayWrite && (
          <MenuItem
            icon={<Copy size={14} />}
            disabled={changes.busy}
            onSelect={() => void changes.duplicate(pipeline, version?.source)}
          >
            Duplicate
          </MenuItem>
        )}
        <MenuItem icon={<Download size={14} />} onSelect={() => void changes.save(pipeline, version?.source)}>
          {version ? `Download version ${version.number}` : 'Download the latest version'}
        </MenuItem>
        <MenuItem
          icon={<Link2 size={14} />}
          onSelect={() => void navigator.clipboard.writeText(pipeline.id).then(() => toast('Id copied.'))}
        >
          Copy the id
        </MenuItem>
        {mayWrite && (
          <>
            <MenuLine />
            <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => void changes.remove(pipeline)}>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
      {renaming && <RenameDialog pipeline={pipeline} onClose={() => setRenaming(false)} />}
      {moving && <MoveDialog pipeline={pipeline} onClose={() => setMoving(false)} />}
      {exposing && <ToolDialog pipeline={pipeline} onClose={() => setExposing(false)} />}
    </>
  )
}
