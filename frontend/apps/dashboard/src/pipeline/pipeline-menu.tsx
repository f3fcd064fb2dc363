// The actions for a pipeline besides running it; the same menu on its page and in the list.

import { useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { Activity, Copy, Download, Link2, PenLine, Play, Trash2 } from 'lucide-react'
import type { PipelineNameSource } from '@flowmason/graphql'
import { Ellipsis, IconButton, Menu, MenuItem, MenuLine } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useMay } from '../shell/shell.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { usePipelineChanges } from './use-pipeline-changes.ts'

export interface PipelineMenuProps {
  pipeline: { id: string; name: string; nameSource: PipelineNameSource }
  /** The version shown on the pipeline's page; absent in the list, which loads the latest version when needed. */
  version?: { number: number; source: string }
  onGone?: () => void
}

export function PipelineMenu({ pipeline, version, onGone }: PipelineMenuProps) {
  const navigate = useNavigate()
  const mayWrite = useMay('pipeline.write', pipeline.id)
  const mayStart = useMay('run.start', pipeline.id)
  const changes = usePipelineChanges(onGone ? { gone: onGone } : {})
  const [renaming, setRenaming] = useState(false)
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
    </>
  )
}
