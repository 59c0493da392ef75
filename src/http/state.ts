import { describeState } from '../web/login-answer.js';
import { showMfa } from '../web/session-state.js';
import { representDate, representFactorBriefly } from '../web/represent.js';
import { takeIntended } from '../web/way-back.js';
import { redirect } from '../web/redirect.js';
import { formTo, showPage } from './page-answer.js';
import type { Route } from './exchange.js';

/** GET `/`: where this session stands. */
export const showState: Route = {
  json: async ({ res, current }) => {
    const { amr, authTime } = showMfa(current);
    res.json({
      ...describeState(current),
      amr,
      auth_time: authTime === null ? null : representDate(authTime),
      factors: current.found.factors.map(representFactorBriefly),
      recovery_codes_left: current.state === 'satisfied' ? current.found.recoveryCodesLeft : null,
    });
    await Promise.resolve();
  },
  page: async (exchange) => {
    const { current, base } = exchange;
    if (current.state === 'challenge_required') return redirect(exchange, `${base}/challenges`);
    if (current.state === 'enrollment_required') return redirect(exchange, `${base}/factors`);
    const { factors, recoveryCodesLeft } = current.found;
    return showPage(exchange, 'overview', {
      notice: current.takeNotice(),
      factors: factors.map(({ sid, friendlyName, createdAt }) => ({
        name: friendlyName,
        createdAt,
        url: `${base}/factors/${sid}`,
      })),
      recoveryCodesLeft: factors.length === 0 ? null : recoveryCodesLeft,
      enrollUrl: `${base}/factors`,
      recoveryCodesUrl: `${base}/recovery-codes`,
      logOutOthers: current.state === 'satisfied' ? formTo(exchange, `${base}/logout-others`) : null,
      continueUrl: takeIntended(current, '/'),
    });
  },
};
