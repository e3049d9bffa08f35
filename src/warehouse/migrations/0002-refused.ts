/** What stands refused is asked for by every push and every look at the status page: without these each would read all messages. */
export function statements(): string[] {
  return [
    // the messages of one figure in their order, to see whether a newer one has taken its place
    'CREATE INDEX message_figure ON message (figure, seq)',
    "CREATE INDEX receipt_refused ON receipt (target, seq) WHERE result = 'refused'",
    "CREATE INDEX receipt_taken ON receipt (target, confirmed_at) WHERE result <> 'refused'",
  ]
}
