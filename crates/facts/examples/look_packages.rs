//! Scratch.
use plimsoll_base::{LineIndex, Location};
use plimsoll_discover::{Options, Tree};
fn main() {
    for path in std::env::args().skip(1) {
        let tree = Tree::open(std::path::Path::new(&path), &Options::default()).unwrap();
        let f = plimsoll_facts::gather(&tree);
        let place = |at: Location| {
            let file = &tree.files[at.file.0 as usize];
            let line = at.span.map(|s| { let b = tree.read(at.file).unwrap_or_default(); LineIndex::new(&b).line_column(s.start).0 });
            format!("{}:{}", file.path, line.map(|l| l.to_string()).unwrap_or_default())
        };
        println!("##### {path}");
        for p in &f.packages {
            println!("PKG {} [{}] name={:?} deps={}({} dev) scripts={} lock={:?} compete={:?} rt={:?} root={:?} members={} product={} exact={} hashed={} lang={:?} mgr={:?} tools={:?}", p.path, p.ecosystem.word(), p.name, p.dependencies.len(), p.dependencies.iter().filter(|d| d.dev).count(), p.scripts.len(),
              p.lock.as_ref().map(|l| (l.path.clone(), l.tool.clone(), l.resolved.iter().map(|(n,v)| format!("{n} {} {}", v.value, place(v.at))).collect::<Vec<_>>())), p.competing_locks.iter().map(|l| &l.path).collect::<Vec<_>>(), p.runtimes.iter().map(|(n,v)| format!("{n} {} {}", v.value, place(v.at))).collect::<Vec<_>>(), p.workspace_root, p.members.len(), p.product, p.exact, p.hashed, p.languages, p.manager.as_ref().map(|m| &m.value), p.tools.iter().map(|t| &t.0).collect::<Vec<_>>());
            for d in p.dependencies.iter().take(3) { println!("    dep {} {:?} {} dev={}", d.name, d.constraint, place(d.at), d.dev); }
        }
        for u in &f.updaters { println!("UPD {} {} everything={} {:?}", u.tool, place(u.at), u.everything, u.entries.iter().map(|e| (e.ecosystem.clone(), e.folders.clone(), e.disabled, place(e.at))).collect::<Vec<_>>()); }
        for v in &f.versions { println!("VER {:?} {} {:?} {} says={:?} -> {:?}", v.scope, v.product, v.version, place(v.at), v.says, plimsoll_facts::packages::support(&v.product, &v.version)); }
        let lib = &f.library;
        for q in f.problems.iter().filter(|q| lib.files()[q.at.file.0 as usize].path.contains("package") || lib.files()[q.at.file.0 as usize].path.contains("require") || q.says.contains("dependencies")) { println!("PROBLEM {} {}", place(q.at), q.says); }
    }
}
