// `flowmason` in a terminal, with a configuration folder of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { real } from './server.ts'

export class Terminal {
  /** What it has printed so far. */
  text = ''
  /** How it ended. */
  readonly ended: Promise<number | null>
  private readonly child: ChildProcess

  constructor(folder: string, args: readonly string[]) {
    const env = { ...process.env, XDG_CONFIG_HOME: folder }
    this.child = spawn(real ?? '', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const read = (part: Buffer) => {
      this.text += part.toString()
    }
    this.child.stdout?.on('data', read)
    this.child.stderr?.on('data', read)
    // Not before everything that it printed was read.
    this.ended = new Promise((resolve) => this.child.once('close', resolve))
  }

  /** The page that `flowmason login` asks to open, and the code that it shows; nothing until it has printed them. */
  request(): { page: string; code: string } | undefined {
    const [, page, code] = /^Open (\S+)\nand check that it shows the code (\S+)$/m.exec(this.text) ?? []
    return page && code ? { page, code } : undefined
  }

  end() {
    this.child.kill()
  }
}
