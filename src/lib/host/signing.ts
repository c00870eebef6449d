/**
 * Puts a replica's signature under what its core says. The core's own objects stay as they are, since it may hold them
 * or have written them: what leaves, and what comes back to the core, is a copy along the path to each statement.
 */
import { isSignedRequest, isSigned, notYetSigned, type Signed } from '#protocols/core/signed.ts';
import { isLater, type Eventually, type Signer } from './signer.ts';

export class Signing {
  readonly #signer: Signer;
  /** By the message or statement of a core: what it sends more than once in a turn has one signature. */
  #signed = new Map<object, Eventually<object>>();

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** `message` with all of its statements signed, inner ones first; the same object if there was nothing to sign. */
  sign<M>(message: M): Eventually<M> {
    if (typeof message !== 'object' || message === null) return message;
    const known = this.#signed.get(message);
    if (known !== undefined) return known as Eventually<M>;
    const signed = this.#signIn(message);
    if (signed !== message) this.#signed.set(message, signed as Eventually<object>);
    return signed;
  }

  /** The turn is over: what the core sends again later is signed again. */
  endTurn(): void {
    // Not emptied: V8 chains the inner tables that a map has had, and what was in them outlives the turn.
    if (this.#signed.size > 0) this.#signed = new Map();
  }

  #signIn<T>(value: T): Eventually<T> {
    if (typeof value !== 'object' || value === null) return value;
    if (isSignedRequest(value)) return value;
    if (!isSigned(value)) return this.#signParts(value);
    // Who signed it signed what it holds.
    if (value.signature !== notYetSigned) return value;
    return this.#signStatement(value) as Eventually<T>;
  }

  #signStatement(statement: Signed): Eventually<Signed> {
    const known = this.#signed.get(statement) as Eventually<Signed> | undefined;
    if (known !== undefined) return known;
    const { body, signer, share } = statement;
    if (signer !== this.#signer.self) throw new Error(`a core spoke in the name of ${signer}`);
    const whole = this.#signIn(body);
    const signed = isLater(whole)
      ? whole.then((later) => this.#signer.sign(later, share))
      : this.#signer.sign(whole, share);
    this.#signed.set(statement, signed);
    return signed;
  }

  /** A list or a plain object, copied if a part of it was signed. */
  #signParts<T extends object>(whole: T): Eventually<T> {
    let copy: T | null = null;
    let later: Promise<void>[] | null = null;
    // What a core says is plain: no field is inherited, and no list of them need be made.
    for (const key in whole) {
      const part = whole[key];
      if (typeof part !== 'object') continue;
      const signed = this.#signIn(part);
      if (signed === part) continue;
      copy ??= copyOf(whole);
      if (isLater(signed)) (later ??= []).push(putLater(copy, key, signed));
      else copy[key] = signed;
    }
    const signed = copy ?? whole;
    return later ? settled(later, signed) : signed;
  }
}

// Each a function of its own: what closes over a loop's variables costs every turn of it, whether anything is later or not.
async function putLater<T, K extends keyof T>(
  into: T,
  key: K,
  signed: Promise<T[K]>,
): Promise<void> {
  into[key] = await signed;
}

async function settled<T>(parts: readonly Promise<void>[], whole: T): Promise<T> {
  await Promise.all(parts);
  return whole;
}

function copyOf<T extends object>(whole: T): T {
  return Array.isArray(whole) ? ([...(whole as unknown[])] as T) : { ...whole };
}
