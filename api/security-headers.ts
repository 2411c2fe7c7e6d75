/** Headers that keep browsers from misusing answers; each page widens the content security policy by what it needs. */
import helmet from 'helmet';

/** As a header's value: what is not named is not allowed. */
export function contentSecurityPolicy(directives: Record<string, string> = {}): string {
  const all = { 'base-uri': "'none'", 'form-action': "'none'", ...directives, 'frame-ancestors': "'none'" };
  return ["default-src 'none'", ...Object.entries(all).map(([name, sources]) => `${name} ${sources}`)].join('; ');
}

export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': "'none'", 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'" },
  },
  // `no-referrer` would make the Origin of our own forms `null`.
  referrerPolicy: { policy: 'same-origin' },
  strictTransportSecurity: { includeSubDomains: false },
  xFrameOptions: { action: 'deny' },
});
