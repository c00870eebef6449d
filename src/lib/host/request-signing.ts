/** Puts a client's signature under its requests, once each: a retry is the same bytes. */
import { isQuery, type ClientMessage, type ClientRequest } from '#protocols/core/client.ts';
import { isLater, type Eventually, type Signer } from './signer.ts';

export class RequestSigning {
  readonly #signer: Signer;
  /** By the request as the client's core keeps it until it is answered. */
  readonly #signed = new WeakMap<ClientRequest, Eventually<ClientMessage>>();

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** The same messages in the same order, each request with its proof. */
  sign(messages: readonly ClientMessage[]): Eventually<readonly ClientMessage[]> {
    const signed = messages.map((message) => (isQuery(message) ? message : this.#sign(message)));
    return signed.some(isLater) ? Promise.all(signed) : (signed as ClientMessage[]);
  }

  #sign(request: ClientRequest): Eventually<ClientMessage> {
    let signed = this.#signed.get(request);
    if (!signed) {
      signed = this.#signer.signRequest(request);
      this.#signed.set(request, signed);
    }
    return signed;
  }
}
