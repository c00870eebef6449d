/** Who is in the room, as this tab knows it: from the door, from links, and from what members say of themselves. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { DeviceReport } from './device.ts';
import type { ShareKey } from './share-keys.ts';

export interface MemberInfo {
  readonly id: MemberId;
  /** Empty until somebody has said it. */
  readonly name: string;
  /** Whether the door or a link says that it is here. */
  readonly present: boolean;
  readonly wantsSeat: boolean;
  /** Whom it is linked with, by its own report. */
  readonly linkedWith: readonly MemberId[];
  /** Its key for shares of aggregates, once its proofs were found good; `null` before. */
  readonly shareKey: ShareKey | null;
  /** What its device last told; `null` before. */
  readonly device: DeviceReport | null;
}

const unknown = {
  name: '',
  present: false,
  wantsSeat: true,
  linkedWith: [],
  shareKey: null,
  device: null,
};

export class Members {
  readonly #members = new Map<MemberId, MemberInfo>();

  get(id: MemberId): MemberInfo | undefined {
    return this.#members.get(id);
  }

  all(): readonly MemberInfo[] {
    return [...this.#members.values()];
  }

  present(): readonly MemberInfo[] {
    return this.all().filter(({ present }) => present);
  }

  /** Notes what is new about a member; `true` if anything is. An empty name never replaces one. */
  note(id: MemberId, news: Partial<Omit<MemberInfo, 'id'>>): boolean {
    const before = this.#members.get(id) ?? { id, ...unknown };
    const name = news.name || before.name;
    const after = { ...before, ...news, name };
    this.#members.set(id, after);
    return JSON.stringify(before) !== JSON.stringify(after);
  }
}
