// Mails that were not delivered, with the reason and a way to send them again. Shown only if there are any, or if it is
// not known whether there are.

import { MailsDocument, type MailFieldsFragment, ResendMailDocument } from '@flowmason/graphql/people'
import { Ago, Button, ErrorPanel } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'

/** More than anybody reads; older ones are in the API. */
const MAX_SHOWN = 20

const kinds: Record<string, string> = {
  invitation: 'Invitation',
  second_person_off: 'Second person turned off',
  publication_requested: 'Request to publish',
  publication_decided: 'Decision about a request to publish',
  trigger_trouble: 'Trigger that does not fire',
  webhook_disabled: 'Webhook disabled',
}

export function UndeliveredMails() {
  const answer = useAnswer(MailsDocument, { first: MAX_SHOWN }, { keep: true })
  const mails = answer.data?.mails.edges.map((edge) => edge.node) ?? []
  if (answer.problem)
    return (
      <ErrorPanel
        title="The undelivered mails could not be loaded"
        problem={answer.problem}
        onRetry={answer.refetch}
        className="mt-4"
      />
    )
  if (mails.length === 0) return null
  return (
    <section aria-labelledby="undelivered" className="flex flex-col gap-3 pt-4">
      <h2 id="undelivered" className="title">
        Undelivered mail
      </h2>
      <ul aria-labelledby="undelivered" className="divide-y divide-line rounded-float border border-line bg-panel">
        {mails.map((mail) => (
          <Row key={mail.id} mail={mail} onSent={answer.refetch} />
        ))}
      </ul>
    </section>
  )
}

function Row({ mail, onSent }: { mail: MailFieldsFragment; onSent: () => void }) {
  const resend = useChange(ResendMailDocument)
  const again = async () => {
    if (!(await resend.run({ input: { id: mail.id } }))) return
    toast(`The mail to ${mail.recipient} is sent again.`)
    onSent()
  }
  return (
    <li data-mail={mail.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5">
      <div className="min-w-0 flex-1 max-sm:basis-full">
        <p className="truncate">
          <span className="font-medium">{mail.recipient}</span> · {kinds[mail.kind] ?? mail.kind}
        </p>
        <p className="text-xs break-words text-muted">
          {mail.error ?? 'It was not delivered'} · <Ago at={mail.createdAt} />
        </p>
      </div>
      {mail.canResend ? (
        <Button
          variant="quiet"
          busy={resend.busy}
          aria-label={`Send the mail to ${mail.recipient} again`}
          onClick={() => void again()}
        >
          Send again
        </Button>
      ) : (
        <span className="text-xs text-muted">Its link has expired</span>
      )}
    </li>
  )
}
