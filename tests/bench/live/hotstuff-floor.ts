/**
 * The pattern of chained HotStuff without faults, for the workers of signed-floor.ts. A request goes to all, and the leader
 * of the next view proposes it; blocks follow until three stand upon it. Whoever takes in the last of them answers the tab
 * that asked, once the block is written.
 */
export const hotStuffPattern = `
    const phases = { request: 0, propose: 1, vote: 2, reply: 3 };
    const depth = 3, proposalBytes = 900 + 330 * quorum;
    /** The last view proposed, and of the next one its votes. */
    let view = 0, votes = [], verifying = 0, waiting = [];
    /** Proposals are taken in one after the other. */
    let line = Promise.resolve(), early = [];
    /** Who asked, the view that proposes what was asked, and who said that it is committed. */
    let asked = null;
    const leads = (v) => v % n === self;
    const isWanted = (v) => asked !== null && v >= asked.view && v <= asked.view + depth;
    const proposeIfDue = async () => {
      const next = view + 1;
      if (!isWanted(next) || !leads(next) || (view > 0 && votes.length < quorum)) return;
      const certificate = votes.slice(0, quorum);
      await write();
      const proposal = await sign();
      const signatures = [proposal, ...certificate.map(({ signature }) => signature)];
      const frame = frameOf(phases.propose, next, signatures, proposalBytes);
      certificate.forEach(({ voter }, i) => (frame[8 + i] = voter));
      send(null, frame);
      await takeIn(next);
    };
    const takeIn = async (v) => {
      view = v;
      votes = [];
      verifying = 0;
      await write();
      const signature = await sign();
      const isCommitted = v === asked.view + depth;
      if (leads(v + 1)) await count(v, self, signature);
      else send((v + 1) % n, frameOf(phases.vote, v, [signature]));
      if (isCommitted) say();
    };
    const say = () => {
      const { asker, view } = asked;
      if (asker !== self) send(asker, frameOf(phases.reply, view, []));
      else hear(self, view);
    };
    const hear = (replica, seq) => {
      if (seq !== asked.view) return;
      asked.replies.add(replica);
      if (asked.replies.size > f && asked.replies.has(self)) answered(seq);
    };
    const count = async (v, voter, signature) => {
      if (v !== view) return;
      votes.push({ voter, signature });
      for (const vote of waiting.splice(0)) if (vote.v === v) await check(vote);
      if (votes.length === quorum) await proposeIfDue();
    };
    const check = async ({ v, from, signature }) => {
      // As many as are wanted beside its own.
      if (verifying >= quorum - 1) return;
      verifying++;
      await verify(from, signature);
      await count(v, from, signature);
    };
    const onProposal = (from, frame, v) => (line = line.then(async () => {
      if (v <= view) return;
      const checks = [verify(from, signatureIn(frame, 0))];
      for (let i = 0; i < quorum && v > 1; i++) {
        const voter = frame[8 + i];
        if (voter !== self) checks.push(verify(voter, signatureIn(frame, 1 + i)));
      }
      await Promise.all(checks);
      await takeIn(v);
    }));
    const ask = async (asker, view) => {
      asked = { asker, view, replies: new Set() };
      for (const proposal of early.splice(0)) onProposal(...proposal);
      await proposeIfDue();
    };
    const onFrame = async (from, frame, seq) => {
      const signature = signatureIn(frame, 0);
      switch (frame[1]) {
        case phases.request:
          await verify(from, signature);
          return ask(from, seq);
        case phases.propose:
          if (isWanted(seq)) return onProposal(from, frame, seq);
          // It came before the request.
          return void early.push([from, frame, seq]);
        case phases.vote:
          // A vote may come before the block that it is for.
          if (seq > view) return void waiting.push({ v: seq, from, signature });
          return check({ v: seq, from, signature });
        case phases.reply:
          return hear(from, seq);
      }
    };
    const decide = async (signature) => {
      const next = view + 1;
      const done = untilAnswered(next);
      send(null, frameOf(phases.request, next, [signature]));
      await ask(self, next);
      await done;
    };`;
