// What senders of webhooks send: bodies, signed by the packages that the senders themselves publish.
//
// node sign.mjs
//
// It reads lines of JSON {"scheme", "secret", "body", "id", "time"} with `time` in seconds since 1970, and answers
// each with a line: the headers. The body is sent as it is given, byte by byte.

import { createHmac } from 'node:crypto'
import { createInterface } from 'node:readline'
import { sign } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'

// It asks nobody: only its signer is used.
const stripe = new Stripe('sk_test_nothing')

const schemes = {
  github: async ({ secret, body, id }) => ({
    'x-github-delivery': id,
    'x-github-event': 'push',
    'x-hub-signature-256': await sign(secret, body),
  }),
  stripe: async ({ secret, body, time }) => ({
    'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: time }),
  }),
  standard: async ({ secret, body, id, time }) => ({
    'webhook-id': id,
    'webhook-timestamp': String(time),
    'webhook-signature': new Webhook(secret).sign(id, new Date(time * 1000), body),
  }),
  // Slack publishes no signer, but the formula: docs.slack.dev/authentication/verifying-requests-from-slack.
  slack: async ({ secret, body, time }) => ({
    'x-slack-request-timestamp': String(time),
    'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`,
  }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line)
  process.stdout.write(`${JSON.stringify(await schemes[wanted.scheme](wanted))}\n`)
}
