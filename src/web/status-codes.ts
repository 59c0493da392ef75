/**
 * The words of each HTTP status. Not imported, for what imports `node:http` makes Node 22 and later load their WebSocket
 * too, which takes 30 ms (nodejs/node#59686).
 */
export const { STATUS_CODES } = process.getBuiltinModule('node:http');
