/** What the server says of itself: sentences for who started it by hand, JSON lines for machines that collect them. */

/** Nothing said here holds a room's code, a name, a key or a token. */
export interface Log {
  /** What a healthy server does. Only machines want to read it. */
  info(event: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  /** A sentence for the operator. */
  warn(sentence: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  /** A mistake of ours. */
  error(sentence: string, error: unknown): void;
}

export const wordsLog: Log = {
  info: () => undefined,
  warn: (sentence) => console.error(sentence),
  error: (sentence, error) => console.error(sentence, error),
};

/** One JSON object a line on stdout, by pino, which is loaded only here. */
export async function openJsonLog(): Promise<Log> {
  const { pino, stdTimeFunctions } = await import('pino');
  const logger = pino({ name: 'synod', timestamp: stdTimeFunctions.isoTime });
  return {
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (sentence, fields = {}) => logger.warn(fields, sentence),
    error: (sentence, error) => logger.error({ err: error }, sentence),
  };
}
