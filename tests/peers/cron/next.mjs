// What another implementation says about cron expressions: `cron-parser`, with luxon and the time zones of Node.
//
// node next.mjs
//
// It reads lines of JSON {"cron", "zone", "after", "count"} with `after` in seconds since 1970, and answers each
// with a line: the next firings in seconds, or {"refused": why}. The first line is {"zones": version}.

import { createInterface } from 'node:readline'
import { CronExpressionParser } from 'cron-parser'

function next({ cron, zone, after, count }) {
  try {
    const currentDate = new Date(after * 1000)
    return CronExpressionParser.parse(cron, { currentDate, tz: zone })
      .take(count)
      .map((date) => date.getTime() / 1000)
  } catch (error) {
    return { refused: error.message }
  }
}

process.stdout.write(`${JSON.stringify({ zones: process.versions.tz })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(next(JSON.parse(line)))}\n`)
}
