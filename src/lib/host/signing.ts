/**
 * Puts a replica's signature under what its core says. The core's own objects stay as they are, since it may hold them
 * or have written them: what leaves, and what comes back to the core, is a copy along the path to each statement.
 */
import { isSignedRequest, isSigned, notYetSigned, type Signed } from '#protocols/core/signed.ts';
import { isLater, type Eventually, type Signer } from './signer.ts';

export class Signing {
  readonly #signer: Signer;
  /** By the message or statement of a core: what it sends more than once in a turn has one signature. */
  readonly #signed = new Map<object, Eventually<object>>();

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** `message` with all of its statements signed, inner ones first; the same object if there was nothing to sign. */
  sign<M>(message: M): Eventually<M> {
    if (typeof message !== 'object' || message === null) return message;
    return this.#once(message, () => this.#signIn(message)) as Eventually<M>;
  }

  /** The turn is over: what the core sends again later is signed again. */
  endTurn(): void {
    if (this.#signed.size > 0) this.#signed.clear();
  }

  #once<T extends object>(original: T, sign: () => Eventually<T>): Eventually<T> {
    const known = this.#signed.get(original) as Eventually<T> | undefined;
    if (known !== undefined) return known;
    const signed = sign();
    if (signed !== original) this.#signed.set(original, signed);
    return signed;
  }

  #signIn<T>(value: T): Eventually<T> {
    if (typeof value !== 'object' || value === null) return value;
    if (isSignedRequest(value)) return value;
    if (!isSigned(value)) return this.#signParts(value);
    // Who signed it signed what it holds.
    if (value.signature !== notYetSigned) return value;
    return this.#once<Signed>(value, () => this.#signStatement(value)) as Eventually<T>;
  }

  #signStatement({ body, signer }: Signed): Eventually<Signed> {
    if (signer !== this.#signer.self) throw new Error(`a core spoke in the name of ${signer}`);
    const whole = this.#signIn(body);
    return isLater(whole)
      ? whole.then((later) => this.#signer.sign(later))
      : this.#signer.sign(whole);
  }

  /** A list or a plain object, copied if a part of it was signed. */
  #signParts<T extends object>(whole: T): Eventually<T> {
    let copy: T | null = null;
    let later: Promise<void>[] | null = null;
    for (const key of Object.keys(whole) as (keyof T)[]) {
      const part = whole[key];
      const signed = this.#signIn(part);
      if (signed === part) continue;
      const changed = (copy ??= copyOf(whole));
      if (isLater(signed)) (later ??= []).push(signed.then((done) => void (changed[key] = done)));
      else changed[key] = signed;
    }
    const signed = copy ?? whole;
    return later ? Promise.all(later).then(() => signed) : signed;
  }
}

function copyOf<T extends object>(whole: T): T {
  return Array.isArray(whole) ? ([...(whole as unknown[])] as T) : { ...whole };
}
