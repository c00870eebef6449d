/**
 * Every bound of the links, with the attack or the browser fact behind it. Milliseconds where a name ends in Ms,
 * bytes where it says so, counts otherwise.
 */
export const meshLimits = {
  /**
   * One data-channel message. Browsers agree on no more than 64 KiB, and messages are not interleaved: a larger
   * one would hold up heartbeats behind it.
   */
  frameBytesMax: 16_384,
  /** One section, put together again from chunks. A peer could otherwise announce more than a page can hold. */
  sectionBytesMax: 4_194_304,
  /** Sections in one frame: thousands of empty ones would cost more to hand on than to send. */
  sectionsPerFrameMax: 1_024,
  /** What stands in the channel itself. What waits there can no longer be overtaken by a more urgent frame. */
  channelBytesMax: 262_144,
  /** Where the channel asks for more, so that the wire never runs dry while frames wait here. */
  channelRefillBytes: 65_536,
  /** Buffered here and in the channel: from here on `send` answers `backpressure`. */
  highWaterBytes: 1_048_576,
  /** Waiting frames of one link. A peer that never reads would otherwise fill this page's memory. */
  queueBytesMax: 8_388_608,
  /** Waiting traces of one link: a queue of traces belongs to whoever sends them. */
  traceQueueBytesMax: 262_144,

  /** Messages kept until somebody listens: an honest side sends one hello and waits for ours. */
  earlyMessagesMax: 8,
  /** Names as the door bounds them: 24 characters of at most 4 bytes. */
  nameBytesMax: 96,
  nonceBytes: 32,
  /** Words of a `bye`, shown to a person. */
  reasonBytesMax: 240,
  /** A stranger that holds a channel open without proving a key. Noble on a slow phone signs in about 10 ms. */
  helloTimeoutMs: 5_000,
  /** From the last step of an introduction to the open channel; ICE gives up after about 17 s (measured, Chromium 156). */
  connectTimeoutMs: 15_000,
  /** For all steps together: 31 tabs on two busy cores take half of it. */
  connectMsMax: 60_000,

  /** Time for what was sent last to leave before a connection is destroyed. */
  lingerMs: 300,
  /** A check of the other end may overtake the candidate that says what kind of address it comes from. */
  lateCandidateMs: 3_000,

  /** A PeerServer that has not answered by then is taken for one that is not there. */
  claimTimeoutMs: 8_000,
  /** How often an id that may be ours still is asked for by a message to oneself. */
  echoEveryMs: 300,
  /** A PeerServer that has not brought back a message to oneself by then is out of reach. */
  echoTimeoutMs: 2_000,

  /** How often links are looked at. */
  tickMs: 500,
  /** Longest silence a healthy side allows itself. */
  heartbeatMs: 1_000,
  /** The round trip is measured at least this often, whatever else is sent. */
  roundTripEveryMs: 4_000,
  /** Three heartbeats and some Wi-Fi. */
  suspectAfterMs: 3_500,
  /** ICE knows of a dead network after 8 to 18 s; of a stalled tab it never knows. */
  downAfterMs: 20_000,
  /** From this silence on the network stack at the other end is looked at. */
  pulseAfterMs: 1_000,
  /** An answer of it tells for so long: ICE asks every 2 s (Chromium) to 6 s (RFC 7675). */
  pulseFreshMs: 8_000,
  /** A page whose device answers is waited for until then: what it is sent meanwhile piles up in its memory. */
  asleepMsMax: 120_000,
  /** After sleep or on another network: a link that shows no life within this is made anew. Phones answer in a third. */
  probeMs: 1_200,
  /** A look that comes this late means that we slept, not the others. */
  ownLagMs: 1_000,

  redialFirstMs: 500,
  redialMaxMs: 10_000,
  /** A dial under way is begun anew by an announcement or a restart only when it is older than this. */
  redialFreshMs: 200,

  /** An introduction stands still for so long: the server relays. People wait no longer before they say it is broken. */
  relayAfterMs: 4_000,
  /** Both ends speak with the server already. */
  relayOpenTimeoutMs: 5_000,
  /** Under way from one end of a relayed channel to the other: with 63 peers less than the server keeps for one tab. */
  relayWindowBytes: 49_152,
  /** How long the other end may not know what this one has taken. */
  relayTellMs: 50,
  /** Pauses between attempts at a direct channel while the server relays: each makes an RTCPeerConnection. */
  upgradePausesMs: [5_000, 15_000, 45_000, 120_000, 300_000],
  /** The last frame through the server is waited for so long when the direct channel stands. */
  moveTimeoutMs: 5_000,

  /** Peers ever heard of. A room holds 64; who lost its disk comes back as another. */
  peersMax: 256,
  /**
   * Offers and knocks taken from one peer at once, and the pause that earns another: each makes an RTCPeerConnection, of
   * which Chromium refuses the 500th of a page, or a relayed channel's keys.
   */
  offersBurst: 6,
  offerEveryMs: 5_000,

  /** Sections held back for one peer by delay and flight. */
  heldSectionsMax: 8_192,
  heldBytesMax: 33_554_432,
  /** What a person may choose. A minute outlasts every election timeout. */
  delayMsMax: 60_000,
  /** A reordered section stays back for up to this long, so that later ones overtake it. */
  reorderHoldMs: 120,
} as const;
