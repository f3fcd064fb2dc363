// A separate server for a test: the real program if FLOWMASON_BIN names it, else the mock. It can be killed and
// restarted on the same port with the same data.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const real = process.env['FLOWMASON_BIN']
const START_MS = 20_000

/** A port of the loopback address that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

export class Server {
  private child: ChildProcess | undefined
  private port = 0
  private more: Readonly<Record<string, string>> = {}
  private readonly data = mkdtempSync(join(tmpdir(), 'flowmason-e2e-'))
  private readonly env: Readonly<Record<string, string>>
  private readonly host: string
  output = ''
  /** The one-time link that the last start printed. */
  link = ''

  /** `env`: more settings of the program. */
  constructor(env: Readonly<Record<string, string>> = {}, host = '127.0.0.1') {
    this.env = env
    this.host = host
  }

  get origin(): string {
    return `http://${this.host}:${this.port}`
  }

  /** Stops and starts again with more variables in its environment. */
  async restart(more: Readonly<Record<string, string>>): Promise<void> {
    await this.end('SIGKILL')
    this.more = more
    await this.start()
  }

  async start(): Promise<void> {
    this.port ||= await freePort()
    const listen = `127.0.0.1:${this.port}`
    const child = real
      ? spawn(real, ['serve', '--listen', listen], {
          env: {
            ...process.env,
            FLOWMASON_DATA_DIR: this.data,
            FLOWMASON_DEV: 'true',
            FLOWMASON_PASSWORD_COST: '4',
            // The session of a worker is older than the usual ten minutes when its last tests run.
            FLOWMASON_FRESH_PROOF_MINUTES: '1440',
            FLOWMASON_PUBLIC_URL: this.origin,
            ...this.env,
            ...this.more,
          },
          cwd: this.data,
        })
      : spawn(process.execPath, [join(import.meta.dirname, '../mock/main.ts'), '--listen', listen, '--data', this.data])
    this.child = child
    this.link = ''
    let fresh = ''
    const read = (part: Buffer) => {
      fresh += part.toString()
      this.output += part.toString()
      this.link = /https?:\/\/\S+\/sign-in#token=\S+/.exec(fresh)?.[0] ?? this.link
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    const deadline = Date.now() + START_MS
    for (;;) {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${this.output}`)
      if (await this.answers()) return
      if (Date.now() > deadline) throw new Error(`The server did not respond within ${START_MS} ms:\n${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/sign-in`)).ok
    } catch {
      return false
    }
  }

  /** The link appears in the terminal a moment after the first response. */
  async signInLink(): Promise<string> {
    for (let round = 0; round < 100 && !this.link; round++) await new Promise((resolve) => setTimeout(resolve, 50))
    if (!this.link) throw new Error(`No sign-in link was printed:\n${this.output}`)
    return this.link.replace(/^https?:\/\/[^/]+/, this.origin)
  }

  /** The mails that the server wrote to files, because it has no SMTP server, oldest first. */
  mails(): string[] {
    const folder = join(this.data, 'mail')
    // The names are ids, which begin with the time.
    return existsSync(folder)
      ? readdirSync(folder)
          .toSorted()
          .map((name) => readFileSync(join(folder, name), 'utf8'))
      : []
  }

  private end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      child.once('exit', () => resolve())
      child.kill(signal)
    })
  }

  kill(): Promise<void> {
    return this.end('SIGKILL')
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.data, { recursive: true, force: true })
  }
}
