//! One timeline on every path, with all that is held of it.

use ds4::{
    session::{self, Engine},
    verify::{long, work},
};

use super::tiny::tiny;

#[test]
fn a_timeline_is_the_same_on_every_path() {
    // `DS4_KV_LONG=1` asks for one that takes longer.
    let n = if std::env::var_os("DS4_KV_LONG").is_some() { 4097 } else { 600 };
    let options = session::Options { context: n, threads: 2, ..session::Options::default() };
    let mut engine = Engine::open(&tiny(), &options).unwrap();
    let mut heard = (0, vec![]);
    let report = long(&mut engine, n, &mut |path, done| {
        assert!(heard.0 <= done && done <= work(n));
        heard.0 = done;
        heard.1.push(path);
    })
    .unwrap();
    heard.1.dedup();
    assert_eq!(heard.1, ["cold", "chunked", "rewound", "forked", "restored"]);
    assert!(report.holds(), "{report:?}");
    let paths: Vec<_> = report.outcomes.iter().map(|outcome| outcome.path).collect();
    assert_eq!(paths, heard.1[1..]);
    let n_pages = n.div_ceil(engine.page_tokens());
    assert_eq!(report.n_bytes, engine.slot_bytes() + n_pages * engine.page_bytes());
    assert_eq!((report.n_rows, engine.n_pages()), (5, 0));
}
