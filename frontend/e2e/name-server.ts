// A DNS server on loopback that answers questions for TXT records.

import { type Socket, createSocket } from 'node:dgram'

const TXT = 16
const NO_SUCH_NAME = 3

export class NameServer {
  private readonly socket: Socket = createSocket('udp4')
  /** The texts of each name. */
  readonly records = new Map<string, string[]>()
  address = ''

  async start(): Promise<void> {
    this.socket.on('message', (question, from) => {
      this.socket.send(this.answer(question), from.port, from.address)
    })
    await new Promise<void>((resolve) => this.socket.bind(0, '127.0.0.1', resolve))
    this.address = `127.0.0.1:${this.socket.address().port}`
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()))
  }

  private answer(question: Buffer): Buffer {
    let at = 12
    const labels: string[] = []
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length).toLowerCase())
      at += 1 + length
    }
    const end = at + 5
    const texts = question.readUInt16BE(at + 1) === TXT ? (this.records.get(labels.join('.')) ?? []) : []
    const head = Buffer.alloc(12)
    question.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8180 | (texts.length > 0 ? 0 : NO_SUCH_NAME), 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(texts.length, 6)
    return Buffer.concat([head, question.subarray(12, end), ...texts.map(record)])
  }
}

/** A record whose name is that of the question. */
function record(text: string): Buffer {
  const head = Buffer.from([0xc0, 12, 0, TXT, 0, 1, 0, 0, 0, 60, 0, text.length + 1, text.length])
  return Buffer.concat([head, Buffer.from(text, 'latin1')])
}
