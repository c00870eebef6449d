/**
 * One other member as the mesh knows it: announced or not, being dialled, shaking hands, linked, or waited for. The
 * link that stands is replaced only by a handshake that has ended well.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import type { TimerHandle } from '../tab/clock.ts';
import { dials, type Channel, type ChannelSource } from './channel.ts';
import { Handshake, type HandshakeOptions, type HandshakeResult } from './handshake.ts';
import type { MeshMember } from './hello.ts';
import { meshLimits } from './limits.ts';
import { Link, type OwnPace } from './link.ts';
import type { LinkState, LinkStatus, Path, Section, SendOutcome } from './transport.ts';

export interface PeerContext {
  readonly source: ChannelSource;
  readonly handshake: HandshakeOptions;
  /** In [0, 1): spreads the redials of a whole room. */
  readonly random: () => number;
  sections(from: MemberId, sections: readonly Section[]): void;
  changed(status: LinkStatus): void;
}

export class Peer {
  /** Whether the signaling server says it is there. Only then is it dialled. */
  #present = false;
  #link: Link | null = null;
  #handshake: Handshake | null = null;
  #dialledAt: number | null = null;
  #announcedAt = -Infinity;
  #failures = 0;
  #redial: TimerHandle | null = null;
  /** Highest incarnation proved. A page that was replaced does not come back. */
  #incarnation = 0;
  #member: MeshMember | null = null;
  #why = 'not introduced yet';
  #told: LinkState = 'down';
  #toldPath: Path | null = null;
  #toldAnswers = false;
  /** Of links that are over. */
  #past = { sentFrames: 0, receivedFrames: 0, badFrames: 0, droppedFrames: 0 };

  constructor(
    readonly id: MemberId,
    private readonly context: PeerContext,
  ) {}

  /** The last one proved. */
  get member(): MeshMember | null {
    return this.#member;
  }

  /** Whether nothing would be lost by forgetting it. */
  get isForgettable(): boolean {
    return !this.#present && this.#link === null && this.#handshake === null;
  }

  announce(): void {
    this.#present = true;
    this.#announcedAt = this.#now();
    this.#failures = 0;
    // A page that was loaded anew finds that it has no link and dials or knocks itself.
    if (this.#link === null) this.#dialAnew();
  }

  /** It has no link to us and asks to be dialled: a new page, perhaps, whose old one never said bye. */
  knocked(): void {
    this.#present = true;
    // One begun since the page that knocks was announced is a dial to that page.
    const dialling = this.#dialledAt !== null && this.#dialledAt >= this.#announcedAt;
    if (!dialling) this.#dialAnew();
  }

  /** After sleep, or on another network: the link is made anew, at once or unless it shows that it lives. */
  restart(how: 'at once' | 'unless it lives'): void {
    const link = this.#link;
    if (link !== null && how === 'unless it lives') {
      return link.probe(() => {
        if (link === this.#link) this.#dialAnew();
      });
    }
    if (this.#present) this.#dialAnew();
  }

  withdraw(): void {
    this.#present = false;
    this.#cancelRedial();
    this.#tell();
  }

  opened(channel: Channel): void {
    // What comes through the server does not stop a better one from being taken into use.
    if (isRelayed(channel) && this.#handshake !== null && !isRelayed(this.#handshake)) {
      return channel.close();
    }
    this.#dialledAt = null;
    this.#cancelRedial();
    this.#handshake?.abandon();
    const options = {
      ...this.context.handshake,
      admits: (member: MeshMember) => this.#admits(member),
    };
    this.#handshake = new Handshake(channel, options, (result) => this.#shaken(channel, result));
    this.#handshake.begin();
    this.#tell();
  }

  dialFailed(why: string): void {
    this.#dialledAt = null;
    this.#failed(why);
  }

  send(sections: readonly Section[]): SendOutcome {
    return this.#link === null ? 'no-link' : this.#link.send(sections);
  }

  get idle(): boolean {
    return this.#link?.idle === true;
  }

  tick(pace: OwnPace): void {
    this.#link?.tick(pace);
    this.#tell();
  }

  /** Says bye and stays away until it is announced again. */
  leave(reason: string): void {
    this.#present = false;
    this.#cancelRedial();
    this.#handshake?.abandon();
    this.#handshake = null;
    this.#retire()?.leave(reason);
    this.#why = reason;
    this.#tell();
  }

  status(): LinkStatus {
    const link = this.#link;
    const state = this.#state();
    const past = this.#past;
    return {
      peer: this.id,
      state,
      why: state === 'up' ? '' : state === 'suspect' ? 'silent for a while' : this.#why,
      path: link?.path ?? null,
      incarnation: this.#incarnation,
      deviceAnswers: link?.deviceAnswers ?? false,
      roundTripMs: link?.roundTripMs ?? null,
      bufferedBytes: link?.bufferedBytes ?? 0,
      sentFrames: past.sentFrames + (link?.sentFrames ?? 0),
      receivedFrames: past.receivedFrames + (link?.receivedFrames ?? 0),
      badFrames: past.badFrames + (link?.badFrames ?? 0),
      droppedFrames: past.droppedFrames + (link?.droppedFrames ?? 0),
      connections: this.context.source.connections(this.id),
    };
  }

  #state(): LinkState {
    if (this.#link !== null) return this.#link.state === 'suspect' ? 'suspect' : 'up';
    if (this.#handshake !== null || this.#dialledAt !== null) return 'connecting';
    // Who waits to be dialled for the first time is being introduced.
    return this.#present && this.#failures === 0 && !this.#dials() ? 'connecting' : 'down';
  }

  #admits(member: MeshMember): true | string {
    if (member.incarnation < this.#incarnation) return 'a newer page of this member is linked';
    return this.context.handshake.admits(member);
  }

  #shaken(channel: Channel, result: HandshakeResult): void {
    this.#handshake = null;
    if (result.type === 'refused') {
      if (result.retry === 'never') this.#present = false;
      return this.#failed(result.why);
    }
    const { member } = result;
    const standing = this.#link?.member.incarnation === member.incarnation ? this.#link : null;
    if (standing && isRelayed(standing) && !isRelayed(channel)) return standing.moveTo(channel);
    // Nothing more of the old page is listened to, however much of it is still under way.
    this.#retire()?.abandon();
    this.#cancelRedial();
    this.#failures = 0;
    this.#incarnation = member.incarnation;
    this.#member = member;
    // A link that stands shows that it is there, whatever the server knows.
    this.#present = true;
    this.#link = new Link(member, channel, this.context.handshake.clock, {
      sections: (sections) => this.context.sections(this.id, sections),
      changed: () => this.#tell(),
      ended: (how, why) => this.#ended(how, why),
    });
    this.#told = 'connecting';
    this.#tell();
  }

  #ended(how: 'failed' | 'said-bye', why: string): void {
    this.#retire();
    // Its next page may be here before the last one's goodbye.
    const returning = this.#handshake !== null || this.#dialledAt !== null;
    if (how === 'failed' || returning) return this.#failed(why);
    this.#present = false;
    this.#why = `it said goodbye: ${why}`;
    this.#tell();
  }

  #failed(why: string): void {
    if (this.#link === null) this.#why = why;
    this.#failures++;
    this.#scheduleRedial();
    this.#tell();
  }

  #dials(): boolean {
    return dials(this.context.source.self, this.id);
  }

  /** Whether a link stands or not; one that is being made is left to end. */
  #dialAnew(): void {
    const age = this.#now() - (this.#dialledAt ?? -Infinity);
    if (this.#handshake === null && age > meshLimits.redialFreshMs) this.#dial();
    this.#tell();
  }

  #dial(): void {
    this.#cancelRedial();
    if (!this.#dials()) return this.context.source.knock(this.id);
    this.#dialledAt = this.#now();
    if (this.context.source.dial(this.id) === 'unreachable') {
      this.dialFailed('nobody can introduce us now');
    }
  }

  #scheduleRedial(): void {
    this.#cancelRedial();
    if (!this.#present || this.#link !== null || !this.#dials()) return;
    const doubled = meshLimits.redialFirstMs * 2 ** Math.min(this.#failures - 1, 10);
    const pause = Math.min(meshLimits.redialMaxMs, doubled) * (0.75 + 0.5 * this.context.random());
    this.#redial = this.context.handshake.clock.setTimeout(() => {
      this.#redial = null;
      if (this.#handshake === null && this.#dialledAt === null) this.#dial();
      this.#tell();
    }, pause);
  }

  /** Takes the link out of use and keeps its counts. */
  #retire(): Link | null {
    const link = this.#link;
    this.#link = null;
    if (link === null) return null;
    this.#past.sentFrames += link.sentFrames;
    this.#past.receivedFrames += link.receivedFrames;
    this.#past.badFrames += link.badFrames;
    this.#past.droppedFrames += link.droppedFrames;
    return link;
  }

  #cancelRedial(): void {
    if (this.#redial !== null) this.context.handshake.clock.clear(this.#redial);
    this.#redial = null;
  }

  #tell(): void {
    const state = this.#state();
    const path = this.#link?.path ?? null;
    // A path that becomes known is no news; another one is.
    const moved = path !== null && this.#toldPath !== null && path !== this.#toldPath;
    if (state === 'up' || path !== null) this.#toldPath = path;
    // That a silent one is slow and not dead is news, too.
    const answers = state === 'suspect' && this.#link?.deviceAnswers === true;
    if (state === this.#told && !moved && (!answers || this.#toldAnswers)) return;
    this.#told = state;
    this.#toldAnswers = answers;
    this.context.changed(this.status());
  }

  #now(): number {
    return this.context.handshake.clock.now();
  }
}

const isRelayed = ({ path }: Pick<Channel, 'path'>): boolean => path === 'relayed';
