import { AMR_CODE, AMR_RECOVERY_CODE } from '../../../src/domain/grant.js';

describe('the methods that a grant tells', () => {
  it('are those of RFC 8176 where there are some, and say that there were two factors', () => {
    expect(AMR_CODE).toEqual(['otp', 'mfa']);
    expect(AMR_RECOVERY_CODE).toEqual(['recovery_code', 'mfa']);
  });
});
