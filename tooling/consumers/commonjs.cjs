const express = require('express');
const session = require('express-session');
const passport = require('passport');
const { createMfa, MemoryStore } = require('passport-factors');
const { RedisStore } = require('passport-factors/redis');
const { describeStore } = require('passport-factors/testing');
const { createVerifyApi } = require('passport-factors/verify-api');
const visit = require('./visit.cjs');

module.exports = visit({
  express,
  session,
  passport,
  createMfa,
  MemoryStore,
  RedisStore,
  describeStore,
  createVerifyApi,
});
