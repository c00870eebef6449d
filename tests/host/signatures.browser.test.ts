import { describe } from 'vitest';
import { signaturesSuite } from './signatures-suite.ts';

describe('signatures at the edge in Chromium', () => signaturesSuite(crypto.subtle));
