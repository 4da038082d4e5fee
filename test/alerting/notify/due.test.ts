import { expect } from 'chai';
import { dueAt, type Tellable, type Told } from '../../../src/alerting/notify/due.ts';
import { HOUR, START } from './an-alert.ts';

const now = START + 10;
const firing: Tellable = { state: 'firing', startsAtMillis: START, cooldownMillis: HOUR };
const resolved: Tellable = { ...firing, state: 'resolved' };
const told = (state: Told['state'], changes: Partial<Told> = {}): Told => ({
  state,
  startsAtMillis: START,
  atMillis: now - 5,
  ...changes,
});

describe('when a channel is to be told', () => {
  const cases: [string, Tellable, Told | undefined, number | null][] = [
    ['of what fires and was never told', firing, undefined, now],
    ['of what fires and nobody knows whether it was told', firing, told('trying'), now],
    ['of what still fires: after the cooldown', firing, told('firing'), now - 5 + HOUR],
    ['of what still fires without a cooldown: never', { ...firing, cooldownMillis: 0 }, told('firing'), null],
    ['of what fires for the second time', { ...firing, startsAtMillis: START + 1 }, told('resolved'), now],
    [
      'of what fires again when nobody was told of the end',
      { ...firing, startsAtMillis: START + 1 },
      told('firing'),
      now,
    ],
    [
      'of what still fires after the clock was set back',
      firing,
      told('firing', { atMillis: now + 24 * HOUR }),
      now + HOUR,
    ],
    ['of the end of what was told', resolved, told('firing'), now],
    ['of the end of what may have been told', resolved, told('trying'), now],
    ['of the end of what was never told: never', resolved, undefined, null],
    ['of the end twice: never', resolved, told('resolved'), null],
  ];
  for (const [what, alert, before, at] of cases) {
    it(what, () => expect(dueAt(alert, before, now)).to.equal(at));
  }
});
