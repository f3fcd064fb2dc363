// Run filters that a person saved under a name.

import { type FormEvent, useState } from 'react'
import { Bookmark, BookmarkPlus, Trash2 } from 'lucide-react'
import { DeleteSavedRunViewDocument, SaveRunViewDocument, SavedRunViewsDocument } from '@flowmason/graphql'
import { Button, Dialog, ErrorPanel, Field, Input, Menu, MenuItem, MenuLabel, MenuLine, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fromView, toView } from '../lib/run-filter.ts'
import { type RunSearch, isFiltered, readSearch } from '../lib/run-search.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'

const same = (a: RunSearch, b: RunSearch) => {
  const text = (search: RunSearch) => JSON.stringify(Object.entries(readSearch({ ...search })).toSorted())
  return text(a) === text(b)
}

export function SavedViews({ search, onOpen }: { search: RunSearch; onOpen: (search: RunSearch) => void }) {
  const answer = useAnswer(SavedRunViewsDocument, {})
  const remove = useChange(DeleteSavedRunViewDocument)
  const [saving, setSaving] = useState(false)
  const views = answer.data?.savedRunViews ?? []
  const current = views.find((view) => same(fromView(view), search))
  const drop = async (id: string, name: string) => {
    if (!(await remove.run({ input: { id } }))) return
    toast(`The view ${name} was deleted.`)
    answer.refetch()
  }
  return (
    <>
      <Menu
        align="start"
        width="w-60"
        trigger={
          <Button icon={<Bookmark size={14} aria-hidden="true" />}>
            <span className="max-w-32 truncate">{current?.name ?? 'Views'}</span>
          </Button>
        }
      >
        {views.length === 0 && <MenuLabel>No saved views yet</MenuLabel>}
        {views.map((view) => (
          <MenuItem key={view.id} checked={view === current} onSelect={() => onOpen(fromView(view))}>
            {view.name}
          </MenuItem>
        ))}
        {(isFiltered(search) || current) && <MenuLine />}
        {isFiltered(search) && !current && (
          <MenuItem icon={<BookmarkPlus size={14} />} onSelect={() => setSaving(true)}>
            Save this filter
          </MenuItem>
        )}
        {current && (
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => void drop(current.id, current.name)}>
            Delete this view
          </MenuItem>
        )}
      </Menu>
      {saving && (
        <SaveDialog
          search={search}
          onClose={(saved) => {
            setSaving(false)
            if (saved) {
              answer.refetch()
              onOpen(saved)
            }
          }}
        />
      )}
    </>
  )
}

function SaveDialog({ search, onClose }: { search: RunSearch; onClose: (saved?: RunSearch) => void }) {
  const save = useChange(SaveRunViewDocument, { inPlace: true })
  const refused = fieldProblem(save.problem, { name: 'The name' })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name for this view.' })
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    const done = await save.run({ input: { name, filter: toView(search) } })
    if (!done) return
    toast(`The view ${name} was saved.`)
    onClose(search)
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Save this filter"
      description="Only you see it, in this organization."
      footer={
        <>
          <Button variant="quiet" onClick={() => onClose()}>
            Close
          </Button>
          <Button variant="primary" type="submit" form="view-form" busy={save.busy}>
            Save
          </Button>
        </>
      }
    >
      <form {...form} id="view-form" onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Name" error={errors['name'] ?? (refused.at['name'] && <Ticked text={refused.at['name']} />)}>
          {(ids) => <Input {...ids} name="name" required maxLength={100} autoComplete="off" />}
        </Field>
        {refused.rest && <ErrorPanel title="The view was not saved" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}
