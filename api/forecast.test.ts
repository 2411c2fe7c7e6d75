import { describe, expect, it } from 'vitest';
import { forecast, type QueueAhead } from './forecast.ts';

const inQueue = (changes: Partial<QueueAhead>) =>
  forecast({ slots: 1, running: [], ahead: [], beyond: 0, own: 60, ...changes });

describe('a forecast', () => {
  it('starts at once where a slot is free', () => {
    expect(inQueue({})).toEqual({ startsInSeconds: 0, endsInSeconds: 60 });
    expect(inQueue({ slots: 2, running: [100] })).toEqual({ startsInSeconds: 0, endsInSeconds: 60 });
  });

  it('waits for those that run and those that go before, on all slots', () => {
    expect(inQueue({ running: [10], ahead: [20, 30] })).toEqual({ startsInSeconds: 60, endsInSeconds: 120 });
    // the slots are free at 10 and 40, then at 30 and 40, then at 60 and 40
    expect(inQueue({ slots: 2, running: [10, 40], ahead: [20, 30] }).startsInSeconds).toBe(40);
  });

  it('takes those that it has not looked at to be like the others', () => {
    expect(inQueue({ slots: 2, ahead: [10, 30], beyond: 100 }).startsInSeconds).toBe(10 + (100 * 20) / 2);
    expect(inQueue({ beyond: 1 }).startsInSeconds).toBeNull();
  });

  it('says nothing of what depends on something unknown', () => {
    expect(inQueue({ running: [null] })).toEqual({ startsInSeconds: null, endsInSeconds: null });
    expect(inQueue({ own: null })).toEqual({ startsInSeconds: 0, endsInSeconds: null });
    expect(inQueue({ slots: 2, running: [null, 5] }).startsInSeconds).toBe(5);
  });

  it('knows no start where nobody works', () => {
    expect(inQueue({ slots: 0 })).toEqual({ startsInSeconds: null, endsInSeconds: null });
    expect(inQueue({ slots: 0, running: [10], ahead: [20], beyond: 5 }).startsInSeconds).toBeNull();
  });
});
