import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { createMfa, MemoryStore } from 'passport-factors';
import { RedisStore } from 'passport-factors/redis';
import { describeStore } from 'passport-factors/testing';
import { createVerifyApi } from 'passport-factors/verify-api';
import visit from './visit.cjs';

await visit({ express, session, passport, createMfa, MemoryStore, RedisStore, describeStore, createVerifyApi });
