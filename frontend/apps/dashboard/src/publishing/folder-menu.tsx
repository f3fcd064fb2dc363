// The folder filter of the list of pipelines; of the chosen folder, also its name and its deletion.

import { useState } from 'react'
import { Folder, FolderPlus, PenLine, Trash2 } from 'lucide-react'
import {
  CreateFolderDocument,
  DeleteFolderDocument,
  FoldersDocument,
  RenameFolderDocument,
} from '@flowmason/graphql/publishing'
import { Button, Dialog, ErrorPanel, Field, Input, Menu, MenuItem, MenuLabel, MenuLine, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'

const LONGEST = 100

interface Props {
  /** The id of the chosen folder. */
  chosen: string | undefined
  mayWrite: boolean
  onChoose: (folder: string | undefined) => void
}

export function FolderMenu({ chosen, mayWrite, onChoose }: Props) {
  const { data } = useAnswer(FoldersDocument, {})
  const [open, setOpen] = useState<'create' | 'rename' | 'delete'>()
  const folders = data?.folders ?? []
  const folder = folders.find(({ id }) => id === chosen)
  if (folders.length === 0 && chosen === undefined && !mayWrite) return null
  return (
    <>
      <Menu
        width="w-64"
        trigger={
          <Button icon={<Folder size={14} aria-hidden="true" />}>
            {folder?.name ?? <span className="max-sm:sr-only">Folder</span>}
          </Button>
        }
      >
        {folders.length === 0 && <MenuLabel>No folders</MenuLabel>}
        {folders.map(({ id, name }) => (
          <MenuItem key={id} checked={id === chosen} onSelect={() => onChoose(id === chosen ? undefined : id)}>
            {name}
          </MenuItem>
        ))}
        {chosen !== undefined && (
          <>
            <MenuLine />
            <MenuItem onSelect={() => onChoose(undefined)}>All pipelines</MenuItem>
          </>
        )}
        {mayWrite && (
          <>
            <MenuLine />
            <MenuItem icon={<FolderPlus size={14} />} onSelect={() => setOpen('create')}>
              New folder
            </MenuItem>
          </>
        )}
        {folder && mayWrite && (
          <>
            <MenuItem icon={<PenLine size={14} />} onSelect={() => setOpen('rename')}>
              Rename this folder
            </MenuItem>
            <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => setOpen('delete')}>
              Delete this folder
            </MenuItem>
          </>
        )}
      </Menu>
      {open === 'create' && <NewFolder onClose={() => setOpen(undefined)} onMade={onChoose} />}
      {folder && open === 'rename' && <RenameFolder folder={folder} onClose={() => setOpen(undefined)} />}
      {folder && open === 'delete' && (
        <DeleteFolder folder={folder} onClose={() => setOpen(undefined)} onGone={() => onChoose(undefined)} />
      )}
    </>
  )
}

function NewFolder({ onClose, onMade }: { onClose: () => void; onMade: (folder: string) => void }) {
  const create = useChange(CreateFolderDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name.' })
  const refused = fieldProblem(create.problem, { name: 'The name' })
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const done = await create.run({ input: { name: textOf(element, 'name') } })
    if (!done) return
    onClose()
    onMade(done.createFolder.folder.id)
  }
  return (
    <FormDialog
      title="New folder"
      action="Create the folder"
      busy={create.busy}
      failed="No folder was created"
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field label="Name" error={errors['name'] ?? (refused.at['name'] && <Ticked text={refused.at['name']} />)}>
        {(ids) => <Input {...ids} name="name" required maxLength={LONGEST} autoComplete="off" />}
      </Field>
    </FormDialog>
  )
}

interface OfFolder {
  folder: { id: string; name: string }
  onClose: () => void
}

function RenameFolder({ folder, onClose }: OfFolder) {
  const rename = useChange(RenameFolderDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name.' })
  const refused = fieldProblem(rename.problem, { name: 'The name' })
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    if (await rename.run({ input: { id: folder.id, name: textOf(element, 'name') } })) onClose()
  }
  return (
    <FormDialog
      title="Rename the folder"
      action="Rename"
      busy={rename.busy}
      failed="The folder was not renamed"
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field label="Name" error={errors['name'] ?? (refused.at['name'] && <Ticked text={refused.at['name']} />)}>
        {(ids) => (
          <Input {...ids} name="name" required maxLength={LONGEST} autoComplete="off" defaultValue={folder.name} />
        )}
      </Field>
    </FormDialog>
  )
}

function DeleteFolder({ folder, onClose, onGone }: OfFolder & { onGone: () => void }) {
  const remove = useChange(DeleteFolderDocument, { inPlace: true })
  const confirm = async () => {
    if (!(await remove.run({ input: { id: folder.id } }))) return
    toast(`The folder ${folder.name} is deleted. Its pipelines are in no folder now.`)
    onGone()
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete the folder ${folder.name}?`}
      description="Its pipelines are kept. What is granted on the folder ends."
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Keep it
          </Button>
          <Button variant="danger" busy={remove.busy} onClick={() => void confirm()}>
            Delete the folder
          </Button>
        </>
      }
    >
      {remove.problem && <ErrorPanel title="The folder was not deleted" problem={remove.problem} />}
    </Dialog>
  )
}
