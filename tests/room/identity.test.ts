import { describe } from 'vitest';
import { identitySuite } from './identity-suite.ts';

describe('keys and signatures in Node', () => identitySuite(crypto.subtle));
