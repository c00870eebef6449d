import { determinismSuite } from './determinism.ts';

determinismSuite();
