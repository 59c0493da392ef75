import type { Request, Response } from 'express';
import { saveSession } from './login-record.js';
import { asPassportRequest } from './passport-request.js';

/** Sends a browser on to a page (POST-redirect-GET), with what that page needs saved first: it may ask for it very soon. */
export async function redirect(
  { req, res }: { readonly req: Request; readonly res: Response },
  url: string,
): Promise<void> {
  await saveSession(asPassportRequest(req).session);
  res.redirect(303, url);
}
