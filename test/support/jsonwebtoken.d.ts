/** Twilio's types name this module, whose own types come in a package that they do not bring. */
declare module 'jsonwebtoken' {
  export type Algorithm = string;
  const jwt: unknown;
  export default jwt;
  export as namespace jwt;
}
