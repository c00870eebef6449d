import { describe } from 'vitest';
import { identitySuite } from './identity-suite.ts';

describe('keys and signatures in Chromium', () => identitySuite(crypto.subtle));
