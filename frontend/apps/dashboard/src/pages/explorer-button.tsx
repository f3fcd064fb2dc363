// Opens the API explorer, or says why it cannot be opened. Only servers started with --dev have it.

import { useState } from 'react'
import { SquareTerminal } from 'lucide-react'
import { Button } from '@flowmason/ui'
import { type ExplorerAnswer, askForExplorer } from './explorer-answer.ts'

const EXPLORER = '/graphql'

const sentences: Record<Exclude<ExplorerAnswer, 'open'>, string> = {
  unreachable: 'The server cannot be reached. Try again.',
  failed: 'The server failed to open the API explorer. Try again later.',
  refused: 'The server refused to open the API explorer.',
  missing: 'This server does not offer the API explorer. ',
}

/** Remembers for the browser session that this server has no explorer, so that the button is not offered again. */
const STORAGE_KEY = 'flowmason.explorer.missing'

/** Checks for the explorer only on a click: a refused request would be logged as an error in the console. */
export function ExplorerButton() {
  const [answer, setAnswer] = useState<Exclude<ExplorerAnswer, 'open'> | undefined>(() =>
    sessionStorage.getItem(STORAGE_KEY) ? 'missing' : undefined,
  )
  const [asking, setAsking] = useState(false)
  const open = async () => {
    setAsking(true)
    const found = await askForExplorer(EXPLORER)
    if (found === 'open') location.assign(EXPLORER)
    else {
      if (found === 'missing') sessionStorage.setItem(STORAGE_KEY, 'yes')
      setAnswer(found)
      setAsking(false)
    }
  }
  return (
    <div className="flex flex-col items-start gap-2">
      {answer !== 'missing' && (
        <Button busy={asking} icon={<SquareTerminal size={14} aria-hidden="true" />} onClick={() => void open()}>
          Open the API explorer
        </Button>
      )}
      <p className="text-muted" role="status">
        {answer && sentences[answer]}
        {(!answer || answer === 'missing') && (
          <>
            {answer
              ? 'To enable it, start the server'
              : 'A page for trying queries, available if the server was started'}{' '}
            with <code>--dev</code>.
          </>
        )}
      </p>
    </div>
  )
}
