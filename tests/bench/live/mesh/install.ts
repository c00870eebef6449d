/** The meshes of the benchmark, in a page. */
import { BareMesh } from './bare.ts';
import { OwnMesh } from './ours.ts';
import type { PageMesh } from './page-mesh.ts';

declare global {
  interface Window {
    meshes: Readonly<Record<'bare' | 'ours', PageMesh>>;
  }
}

window.meshes = { bare: new BareMesh(), ours: new OwnMesh() };
