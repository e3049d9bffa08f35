/** What the long-running parts say, one line at a time; the command line decides where it goes. */
export interface Log {
  info(message: string, details?: Readonly<Record<string, unknown>>): void
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
  error(message: string, error?: unknown): void
}
