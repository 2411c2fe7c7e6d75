import { expect, it } from 'vitest';
import { addressOf, clientOf } from './address.ts';

const socket = { remoteAddress: '10.0.0.7' } as never;

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['<script>', '10.0.0.7'],
  ['x'.repeat(12_000), '10.0.0.7'],
  [undefined, '10.0.0.7'],
])('of %j as proxies tell it the address is %s', (ip, address) => {
  expect(addressOf({ ip, socket })).toBe(address);
});

it('addresses of IPv6 that one client may choose among are one client', () => {
  expect(clientOf({ ip: '2001:db8::1', socket })).toBe(clientOf({ ip: '2001:db8::2', socket }));
  expect(clientOf({ ip: '192.0.2.1', socket })).not.toBe(clientOf({ ip: '192.0.2.2', socket }));
});
