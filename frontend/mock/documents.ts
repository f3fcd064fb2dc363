// Sample pipelines: not the program's examples, but similar ones, with every shape that the canvas has to draw.

const input = (properties: Record<string, object>, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
})

export const supportInbox = {
  name: 'support-inbox',
  description: 'Reads a batch of tickets, tells their mood, and drafts a reply for the one that cannot wait.',
  input_schema: input(
    {
      tickets: { type: 'array', description: 'The tickets, each with an id, a customer and a text.' },
      language: { type: 'string', enum: ['en', 'pt', 'de'], default: 'en', description: 'The language of the reply.' },
      refund_limit: { type: 'integer', default: 120, description: 'The most that may be refunded without a person.' },
      urgent_only: { type: 'boolean', default: false, description: 'Leave the others to the archive.' },
      note: { type: 'string', description: 'Something the writer should know.' },
    },
    ['tickets'],
  ),
  sample_input: {
    tickets: [
      { id: '#48213', customer: 'Marta Silva', body: 'The hinge of my desk broke again.' },
      { id: '#48214', customer: 'Jo Park', body: 'When will my order arrive?' },
      { id: '#48215', customer: 'Li Wei', body: 'Thank you, the chair is lovely.' },
      { id: '#48216', customer: 'Ana Costa', body: 'I was charged twice.' },
      { id: '#48217', customer: 'Tom Beck', body: 'One leg is shorter than the others.' },
      { id: '#48218', customer: 'Ida Holm', body: 'Please cancel my order.' },
    ],
    language: 'en',
  },
  stages: [
    {
      id: 'fetch-tickets',
      component: 'json_transform',
      config: { data: '{{input.tickets}}', expression: '[t for t in data if t.body]' },
    },
    {
      id: 'classify',
      component: 'foreach',
      depends_on: ['fetch-tickets'],
      config: { items: '{{upstream.fetch-tickets.result}}', loop_stages: ['read-mood'], max_parallel: 3 },
    },
    {
      id: 'read-mood',
      component: 'generator',
      config: {
        provider: 'scripted',
        system_prompt: 'Answer with one word: calm, upset or happy.',
        prompt: 'Ticket {{context.item.id}} from {{context.item.customer}}:\n{{context.item.body}}',
      },
    },
    {
      id: 'route',
      component: 'router',
      depends_on: ['classify'],
      config: {
        value: '{{upstream.classify.results[0].content}}',
        routes: { upset: ['draft-reply', 'check'], happy: ['thank'] },
      },
    },
    {
      id: 'draft-reply',
      component: 'generator',
      config: {
        provider: 'scripted',
        system_prompt:
          'You answer customers of a furniture maker. Be warm, short and exact. Never promise a refund above {{input.refund_limit}}.',
        prompt:
          'Ticket {{input.tickets[0].id}} from {{input.tickets[0].customer}}:\n{{input.tickets[0].body}}\nMood: {{upstream.classify.results[0].content}}\nWrite the reply in {{input.language or "en"}}.',
      },
    },
    {
      id: 'check',
      component: 'critic',
      depends_on: ['draft-reply'],
      config: {
        content: '{{upstream.draft-reply.content}}',
        criteria: ['is warm', 'promises no refund above {{input.refund_limit}}'],
      },
    },
    {
      id: 'thank',
      component: 'json_transform',
      config: { data: { reply: 'Thank you, {{input.tickets[0].customer}}.' } },
    },
    {
      id: 'file',
      component: 'logger',
      depends_on: ['route'],
      config: { message: 'Answered {{input.tickets[0].id}}', level: 'info' },
    },
  ],
}

/** The first version of that pipeline: the prompt was another one, nothing was filed, and the mood was written down. */
export const earlierInbox = {
  ...supportInbox,
  stages: [
    ...supportInbox.stages
      .filter(({ id }) => id !== 'file')
      .map((stage) =>
        stage.id === 'read-mood'
          ? {
              ...stage,
              config: {
                ...stage.config,
                prompt: 'Ticket {{context.item.id}}:\n{{context.item.body}}\nHow does it sound?',
              },
            }
          : stage,
      ),
    {
      id: 'write-down',
      component: 'logger',
      depends_on: ['classify'],
      config: { message: 'The mood is {{upstream.classify.results[0].content}}' },
    },
  ],
}

export const dependencyReport = {
  name: 'dependency-report',
  description: 'Reads a lock file, groups its packages, finds duplicate versions and writes a report.',
  input_schema: input({ package: { type: 'array', description: 'The packages of the lock file.' } }, ['package']),
  sample_input: {
    package: [
      { name: 'serde', version: '1.0.228' },
      { name: 'syn', version: '1.0.109' },
      { name: 'syn', version: '2.0.106' },
    ],
  },
  stages: [
    { id: 'read', component: 'json_transform', config: { data: '{{input.package}}' } },
    {
      id: 'group',
      component: 'aggregate',
      depends_on: ['read'],
      config: { items: '{{upstream.read.result}}', group_by: 'name' },
    },
    {
      id: 'duplicates',
      component: 'filter',
      depends_on: ['group'],
      config: { items: '{{upstream.group.result}}', condition: 'len(item.versions) > 1' },
    },
    {
      id: 'rank',
      component: 'json_transform',
      depends_on: ['duplicates'],
      config: { expression: 'sorted(data, key="count")' },
    },
    {
      id: 'any',
      component: 'conditional',
      depends_on: ['rank'],
      config: { condition: 'len(upstream.rank.result) > 0', true_stages: ['table'], false_stages: ['clean'] },
    },
    { id: 'table', component: 'json_transform', config: { expression: '"| package | versions |"' } },
    { id: 'clean', component: 'json_transform', config: { expression: '"No duplicates."' } },
    {
      id: 'report',
      component: 'json_transform',
      depends_on: ['any', 'group'],
      config: { expression: '"# Dependencies"' },
    },
  ],
}

export const priceSync = {
  name: 'price-sync',
  description: 'Fetches the price list of a supplier and posts the differences.',
  input_schema: input({ supplier: { type: 'string', default: 'nordholz' } }),
  sample_input: { supplier: 'nordholz' },
  stages: [
    { id: 'guard', component: 'trycatch', config: { try_stages: ['fetch'], catch_stages: ['note-it'], rethrow: true } },
    {
      id: 'fetch',
      component: 'http_request',
      config: { url: 'https://{{input.supplier}}.example/prices', fails: true },
      retry_config: { max_retries: 2 },
    },
    { id: 'note-it', component: 'logger', config: { message: 'No prices from {{input.supplier}}' } },
    {
      id: 'post',
      component: 'http_request',
      depends_on: ['guard'],
      config: { method: 'POST', url: 'https://shop.example/prices' },
    },
  ],
}

export const broken = {
  name: 'invoice-reader',
  description: 'Reads invoices. One stage has a field too many.',
  stages: [
    { id: 'split', component: 'json_transform', config: { data: '{{input.pages}}' } },
    {
      id: 'draft-reply',
      component: 'generator',
      depends_on: ['split'],
      config: { prompt: 'Read {{upstream.split.result}}', colour: 'red' },
    },
    {
      id: 'check',
      component: 'critic',
      depends_on: ['draft-reply'],
      config: { content: '{{upstream.draft-reply.content}}' },
    },
  ],
}

export const longReport = {
  name: 'long-report',
  description: 'Writes a text of 2 MB, to be read in pages.',
  stages: [
    {
      id: 'wall',
      component: 'variable_set',
      config: { name: 'wall', value: '{{"brick upon brick, " * 60000}}' },
    },
  ],
}
