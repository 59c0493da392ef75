/** Twilio's types name this module, whose own types come in a package that they do not bring. */
declare module 'jsonwebtoken' {
  namespace jwt {
    type Algorithm = string;
  }
  export type Algorithm = jwt.Algorithm;
  export default jwt;
}
