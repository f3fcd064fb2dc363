// A dialog with a form and its two buttons.

import type { FormEvent, ReactNode } from 'react'
import type { ApiProblem } from '@flowmason/graphql'
import { Button, Dialog, ErrorPanel } from '@flowmason/ui'

interface Props {
  title: string
  wide?: boolean
  /** The label of the button that sends the form. */
  action: string
  busy: boolean
  /** The title of an error that belongs to no field, and the error. */
  failed: string
  problem: ApiProblem | undefined
  onSubmit: (form: HTMLFormElement) => void
  onClose: () => void
  /** From `useFormCheck`. */
  form: { noValidate: boolean; onInput: (event: { target: EventTarget }) => void }
  children: ReactNode
}

const FORM = 'form-dialog'

export function FormDialog({
  title,
  wide = false,
  action,
  busy,
  failed,
  problem,
  onSubmit,
  onClose,
  form,
  children,
}: Props) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    onSubmit(event.currentTarget)
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      wide={wide}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="primary" type="submit" form={FORM} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      <form {...form} id={FORM} onSubmit={submit} className="flex flex-col gap-4">
        {children}
        {problem && <ErrorPanel title={failed} problem={problem} />}
      </form>
    </Dialog>
  )
}

/** The text of a field of a form. */
export const textOf = (form: HTMLFormElement, name: string): string => String(new FormData(form).get(name) ?? '').trim()
