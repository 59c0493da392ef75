import { renderOverview } from '../pages/overview.js';
import { describeState } from '../web/login-answer.js';
import { showMfa } from '../web/session-state.js';
import { representDate, representFactorBriefly } from '../web/represent.js';
import { redirect, showPage } from './page-answer.js';
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
    const factors = current.found.factors.map(({ friendlyName }) => friendlyName);
    return showPage(exchange, renderOverview({ factors, message: null, enrollUrl: `${base}/factors` }));
  },
};
