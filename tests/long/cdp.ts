/** The browser's own debugging protocol, bare: Playwright keeps every tab "visible", and here one must be hidden. */
import WebSocket from 'ws';

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

export class Cdp {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data)) as Answer));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser is gone'));
    });
  }

  static connect(url: string): Promise<Cdp> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new Cdp(socket)));
      socket.once('error', reject);
    });
  }

  /** `session`: of one target; without it, the browser itself is meant. */
  send<T>(method: string, params: object, session?: string): Promise<T> {
    const id = this.#nextId++;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    const target = session === undefined ? {} : { sessionId: session };
    this.#socket.send(JSON.stringify({ id, method, params, ...target }));
    return answered as Promise<T>;
  }

  /** The value of `expression`, or of the promise that it is. */
  async evaluate(session: string, expression: string): Promise<unknown> {
    // As text: the debugger's own copy of a value leaves out arrays that are frozen or of another kind.
    const text = `(async () => JSON.stringify([await (${expression})]))()`;
    const params = { expression: text, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send<Evaluated>(
      'Runtime.evaluate',
      params,
      session,
    );
    if (!exceptionDetails) return (JSON.parse(String(result.value)) as unknown[])[0];
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id ?? 0);
    if (id === undefined || !waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result);
  }
}
