/**
 * Every form in which a base32 secret could be written somewhere: the text in any case and grouping, and its bytes in
 * hex, base64, as a list of numbers or as they are.
 */
export function formsOf(secret: string): readonly string[] {
  const bits = Array.from(secret, (c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
  const bytes = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const groups = (secret.match(/.{4}/g) ?? []).join(' ');
  const hex = bytes.toString('hex');
  return [
    ...[secret, secret.toLowerCase(), groups, groups.toLowerCase(), groups.replaceAll(' ', '-')],
    ...[hex, hex.toUpperCase(), (hex.match(/../g) ?? []).join(' '), (hex.match(/../g) ?? []).join(':')],
    ...[bytes.toString('base64').replaceAll('=', ''), bytes.toString('base64url'), bytes.toString('latin1')],
    ...[[...bytes].join(','), [...bytes].join(', ')],
    Buffer.from(secret).toString('base64').replaceAll('=', ''),
    Buffer.from(secret).toString('hex'),
  ];
}

/** Which of the secrets' forms and of the codes stand in what was written. The texts are bytes: `latin1`. */
export function leaksIn(
  written: Readonly<Record<string, string>>,
  { secrets, codes }: { readonly secrets: readonly string[]; readonly codes: readonly string[] },
): readonly string[] {
  const forms = secrets.flatMap(formsOf);
  return Object.entries(written).flatMap(([where, text]) => [
    ...forms.filter((form) => text.includes(form)).map((form) => `${where}: the secret as ${form}`),
    // Six digits in a row are also found in random hex.
    ...codes
      .filter((code) => new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`).test(text))
      .map((code) => `${where}: ${code}`),
  ]);
}
