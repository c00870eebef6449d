/** The pattern of PBFT in a fault-free view, for the workers of signed-floor.ts. */
export const pbftPattern = `
    const phases = { propose: 0, prepare: 1, commit: 2, reply: 3 };
    const slots = new Map();
    const slotOf = (seq) => {
      if (!slots.has(seq)) {
        slots.set(seq, { proposed: false, prepared: false, decided: false, primary: -1,
          prepares: new Set(), commits: new Set(), replies: new Set() });
      }
      slots.delete(seq - 64);
      return slots.get(seq);
    };
    const say = async (phase, seq, tally) => {
      await write();
      const signature = await sign();
      send(null, frameOf(phase, seq, [signature]));
      tally.add(self);
      await advance(seq);
    };
    const advance = async (seq) => {
      const slot = slotOf(seq);
      if (slot.proposed && !slot.prepared && slot.prepares.size >= quorum - 1) {
        slot.prepared = true;
        await say(phases.commit, seq, slot.commits);
      }
      if (slot.prepared && !slot.decided && slot.commits.size >= quorum) {
        slot.decided = true;
        if (slot.primary === self) slot.replies.add(self);
        else send(slot.primary, frameOf(phases.reply, seq, []));
      }
      if (slot.replies.size > f && slot.decided) answered(seq);
    };
    const onFrame = async (from, frame, seq) => {
      const slot = slotOf(seq);
      const signature = signatureIn(frame, 0);
      switch (frame[1]) {
        case phases.propose:
          await Promise.all([verify(from, signature), verify(from, signatureIn(frame, 1))]);
          Object.assign(slot, { proposed: true, primary: from });
          return say(phases.prepare, seq, slot.prepares);
        case phases.prepare:
          await verify(from, signature);
          slot.prepares.add(from);
          return advance(seq);
        case phases.commit:
          await verify(from, signature);
          slot.commits.add(from);
          return advance(seq);
        case phases.reply:
          slot.replies.add(from);
          return advance(seq);
      }
    };
    let last = 0;
    const decide = async (request) => {
      const seq = ++last;
      const done = untilAnswered(seq);
      await write();
      Object.assign(slotOf(seq), { proposed: true, primary: self });
      send(null, frameOf(phases.propose, seq, [await sign(), request]));
      await advance(seq);
      await done;
    };`;
