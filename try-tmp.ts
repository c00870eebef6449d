import { laboratoryNamed } from '#protocols/laboratory.ts';
import { runSeed } from '#lib/simulator/run.ts';
const laboratory = laboratoryNamed('pbft');
const [,, nodes='4', liars='1', from='1', to='100', events='400', mode='safety'] = process.argv;
const t=performance.now(); let forks=0; const verdicts:Record<string,number>={}, ev:Record<string,number>={}, lies:Record<string,number>={}; let viol:Record<string,string>={}; let ev_total=0, commits=0, leaders=0, conv=0, refused=0;
for (let seed=+from; seed<=+to; seed++){ const o=runSeed({laboratory},{seed,nodes:+nodes,mode:mode as any,eventsMax:+events,liars:+liars});
 ev_total+=o.events; commits+=o.commits; leaders+=o.leaders; conv+=o.court?.convicted??0; refused+=o.faults.refused;
 if(o.court&&o.court.fork!=='none'){forks++; verdicts[o.court.fork]=(verdicts[o.court.fork]??0)+1; if(o.court.fork!=='liars') viol['cannot '+seed]=JSON.stringify(o.steps.filter(s=>s.type==='turn').map((s:any)=>[s.machine,s.behaviour.what,s.behaviour.to]))}
 for(const [k,v] of Object.entries(o.court?.evidence??{})) ev[k]=(ev[k]??0)+v;
 for(const [k,v] of Object.entries(o.lies)) lies[k]=(lies[k]??0)+v;
 if(o.violation) viol[seed]=o.violation.id+' '+o.violation.text.slice(0,200)+' '+JSON.stringify(o.steps.filter(s=>s.type==='turn').map((s:any)=>[s.machine,s.behaviour.what,s.behaviour.to]));
}
const s=(performance.now()-t)/1e3;
console.log({runs:+to-+from+1, s, perSec:(+to-+from+1)/s, ev_total, commits, leaders, forks, conv, refused, verdicts, ev, lies, n:Object.keys(viol).length}); 
console.log(Object.entries(viol).slice(0,12));
