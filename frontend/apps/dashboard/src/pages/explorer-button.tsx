// Opens the API explorer, or says why it cannot be opened. Only a server that was started for development has it.

import { useState } from 'react'
import { SquareTerminal } from 'lucide-react'
import { Button } from '@flowmason/ui'
import { type ExplorerAnswer, askForExplorer } from './explorer-answer.ts'

const EXPLORER = '/graphql'

const sentences: Record<Exclude<ExplorerAnswer, 'open'>, string> = {
  unreachable: 'The server cannot be reached. Try again.',
  failed: 'The server failed to open the API explorer. Try again later.',
  refused: 'The server refused to open the API explorer.',
  missing: 'Not available on this server. ',
}

/** Whether the server has the explorer is asked only on a press: a refused request is an error in the console. */
export function ExplorerButton() {
  const [answer, setAnswer] = useState<Exclude<ExplorerAnswer, 'open'>>()
  const [asking, setAsking] = useState(false)
  const open = async () => {
    setAsking(true)
    const found = await askForExplorer(EXPLORER)
    if (found === 'open') location.assign(EXPLORER)
    else {
      setAnswer(found)
      setAsking(false)
    }
  }
  return (
    <div className="flex flex-col items-start gap-2">
      <Button busy={asking} icon={<SquareTerminal size={14} aria-hidden="true" />} onClick={() => void open()}>
        Open the API explorer
      </Button>
      <p className="text-muted" role="status">
        {answer && sentences[answer]}
        {(!answer || answer === 'missing') && (
          <>
            {answer ? 'Start it' : 'Available when the server is started'} with <code>--dev</code>.
          </>
        )}
      </p>
    </div>
  )
}
