// A mail server on loopback that takes every mail (SMTP without encryption), for links that are only ever sent.

import { type AddressInfo, type Socket, createServer } from 'node:net'
import { expect } from '@playwright/test'

export class MailServer {
  private readonly server = createServer((socket) => this.talk(socket))
  private readonly sockets = new Set<Socket>()
  private readonly mails: { to: string; text: string }[] = []

  /** The settings with which the program sends its mail here. */
  get env(): Record<string, string> {
    return {
      FLOWMASON_SMTP_HOST: '127.0.0.1',
      FLOWMASON_SMTP_PORT: String((this.server.address() as AddressInfo).port),
      FLOWMASON_SMTP_TLS: 'none',
      FLOWMASON_MAIL_FROM: 'FlowMason <flowmason@example.test>',
    }
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve))
  }

  stop(): Promise<void> {
    // The program keeps connections for its next mail.
    for (const socket of this.sockets) socket.destroy()
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  /** The link to a page, with what follows its path, in the newest mail to an address, once there is one. */
  async link(to: string, page: string): Promise<string> {
    const newest = () => this.mails.findLast((mail) => mail.to === to)?.text ?? ''
    const found = () => new RegExp(`https?://[^\\s"<]*${page}[#/][\\w-]+`).exec(newest())?.[0]
    await expect.poll(found, { message: `the link of a mail to ${to}` }).toBeDefined()
    return found() ?? ''
  }

  /** How many mails came for an address. */
  count(to: string): number {
    return this.mails.filter((mail) => mail.to === to).length
  }

  private talk(socket: Socket) {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const reply = (line: string) => void socket.write(`${line}\r\n`)
    let unread = ''
    let to = ''
    let content: string[] | undefined
    const read = (line: string) => {
      if (content && line !== '.') content.push(line.replace(/^\./, ''))
      else if (content) {
        this.mails.push({ to, text: decoded(content.join('\n')) })
        content = undefined
        reply('250 OK')
      } else if (/^QUIT/i.test(line)) socket.end('221 localhost\r\n')
      else if (/^EHLO/i.test(line)) reply('250 localhost')
      else if (/^DATA/i.test(line)) {
        content = []
        reply('354 Go on')
      } else {
        to = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1] ?? to
        reply('250 OK')
      }
    }
    socket.on('data', (part) => {
      const lines = (unread + part.toString('latin1')).split('\r\n')
      unread = lines.pop() ?? ''
      for (const line of lines) read(line)
    })
    reply('220 localhost')
  }
}

/** Undoes quoted-printable, which breaks long lines and so links. */
const decoded = (text: string) =>
  /quoted-printable/i.test(text)
    ? text
        .replaceAll(/=\n/g, '')
        .replaceAll(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    : text
