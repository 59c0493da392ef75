import type { VNode } from 'preact';
import { encode } from 'uqr';

/** A QR code as inline SVG, dark on light whatever the colour scheme: scanners need it so. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const dark = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x.toString()} ${y.toString()}h1v1h-1z`] : [])),
  );
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size.toString()} ${size.toString()}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path fill="#fff" d={`M0 0h${size.toString()}v${size.toString()}H0z`} />
      <path fill="#000" d={dark.join('')} />
    </svg>
  );
}
