import { chromium, type Browser } from 'playwright-core';
import { requireProgram } from '../support/program.js';

/** A real Chromium without a window: that of `CHROMIUM_PATH`, or on PATH. */
export async function openChromium(): Promise<Browser> {
  const executablePath =
    process.env['CHROMIUM_PATH'] ??
    requireProgram({ names: ['chromium', 'chromium-browser', 'google-chrome'], debianPackage: 'chromium' });
  // A sandbox of its own is refused to root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
