import { defineConfig } from '@playwright/test'

// The tests start the server themselves (e2e/server.ts): FLOWMASON_BIN if it is set, else the mock.
export default defineConfig({
  testDir: 'e2e',
  workers: 2,
  fullyParallel: true,
  // Long enough for a machine that is several times slower; what is never shown fails all the same.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: process.env['CI'] ? [['line']] : [['list']],
  forbidOnly: Boolean(process.env['CI']),
  // Tests that fill the lists run after all others, and those that measure the page run alone at the end.
  projects: [
    { name: 'pages', testIgnore: /(lists|tasks)\.spec/ },
    { name: 'filled', testMatch: /lists\.spec/, dependencies: ['pages'] },
    { name: 'measured', testMatch: /tasks\.spec/, dependencies: ['filled'] },
  ],
  use: {
    // Screenshots of every frame take longer than the tests themselves.
    trace: { mode: 'retain-on-failure', screenshots: false },
    timezoneId: 'UTC',
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--force-color-profile=srgb',
        '--font-render-hinting=none',
      ],
    },
  },
})
