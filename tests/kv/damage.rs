//! Files that are not what was written: they are removed with a warning, and tokens are computed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use ds4::{
    kv::{
        Kv, Source,
        disk::{Secret, Settings},
    },
    session::Session,
    tokenizer::TokenId,
};
use ds4_plan::CacheRounding;

use super::{Keeper, on_disk, tokens};

/// A page and some tokens more.
const KEPT: usize = 300;

/// A folder with one mark and its page, and the prompt that goes on after it.
fn kept(keeper: &mut Keeper, folder: &Path) -> (PathBuf, PathBuf, Vec<TokenId>) {
    let prompt = tokens(4, KEPT + 1);
    let session = keeper.session(&prompt[..KEPT]);
    keeper.keep(&session);
    keeper.engine.close(session);
    keeper.kv.flush();
    assert_eq!(keeper.kv.take_warnings(), [""; 0]);
    let find = |kind: &str| {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut found = files.filter(|path| path.extension().is_some_and(|found| found == kind));
        let path = found.next().unwrap();
        assert_eq!(found.next(), None);
        path
    };
    (find("page"), find("mark"), prompt)
}

/// What a program does that opens the folder: tokens reused, and its warnings.
fn reopened(keeper: &mut Keeper, folder: &Path, prompt: &[TokenId]) -> (usize, Vec<String>) {
    keeper.kv = Kv::open(&keeper.engine, &on_disk(folder));
    let resumed = keeper.resume(None, prompt);
    keeper.engine.close(resumed.session);
    (resumed.receipt.n_reused, keeper.kv.take_warnings())
}

#[test]
fn any_change_of_a_file_is_a_warning_and_a_cold_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(&on_disk(folder.path()));
    let (page, mark, prompt) = kept(&mut keeper, folder.path());
    let (reused, warnings) = reopened(&mut keeper, folder.path(), &prompt);
    assert_eq!((reused, &warnings[..]), (KEPT, &[][..]));
    let index = folder.path().join("index");
    for file in [&page, &mark] {
        let whole = fs::read(file).unwrap();
        let mut changes: Vec<Vec<u8>> = vec![];
        // Every byte of the head, and some of the rest.
        let rest = (208..whole.len()).step_by(whole.len() / 40);
        for byte in (0..208).chain(rest).chain([whole.len() - 1]) {
            let mut changed = whole.clone();
            changed[byte] ^= 1 << (byte % 8);
            changes.push(changed);
        }
        for len in [0, 1, 207, 208, 300, whole.len() / 2, whole.len() - 1] {
            changes.push(whole[..len].to_vec());
        }
        changes.push([&whole[..], &[0]].concat());
        changes.push(vec![0; whole.len()]);
        for (number, changed) in changes.iter().enumerate() {
            fs::write(file, changed).unwrap();
            // The index may know the file as it was, or not exist.
            if number % 2 == 0 {
                let _ = fs::remove_file(&index);
            }
            let (reused, warnings) = reopened(&mut keeper, folder.path(), &prompt);
            assert_eq!(reused, 0, "change {number} of {}", file.display());
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].contains("is removed: "), "{warnings:?}");
            assert!(!file.exists(), "change {number} of {}", file.display());
        }
        fs::write(file, &whole).unwrap();
        assert_eq!(reopened(&mut keeper, folder.path(), &prompt), (KEPT, vec![]));
    }
}

#[test]
fn files_that_are_not_ours_are_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(&on_disk(folder.path()));
    let (page, mark, prompt) = kept(&mut keeper, folder.path());

    // Under another name, and a length that nothing could hold.
    let other = folder.path().join(format!("{}.page", "ab".repeat(32)));
    fs::copy(&page, &other).unwrap();
    let huge = folder.path().join(format!("{}.mark", "cd".repeat(32)));
    File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    // What has no name of ours stays as it is.
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    fs::create_dir(folder.path().join(format!("{}.mark", "ef".repeat(32)))).unwrap();
    let (reused, warnings) = reopened(&mut keeper, folder.path(), &prompt);
    assert_eq!((reused, warnings.len()), (KEPT, 2), "{warnings:?}");
    assert!(!other.exists() && !huge.exists() && notes.exists());

    // A mark whose page is gone.
    let whole = fs::read(&page).unwrap();
    fs::remove_file(&page).unwrap();
    assert_eq!(reopened(&mut keeper, folder.path(), &prompt), (0, vec![]));
    assert!(mark.exists());
    // The same tokens kept again make it whole.
    let session = keeper.session(&prompt[..KEPT]);
    keeper.keep(&session);
    keeper.engine.close(session);
    keeper.kv.flush();
    assert!(fs::read(&page).unwrap() == whole);
    assert_eq!(reopened(&mut keeper, folder.path(), &prompt), (KEPT, vec![]));
}

#[test]
fn other_plans_and_keys_do_not_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(&on_disk(folder.path()));
    let (_, mark, prompt) = kept(&mut keeper, folder.path());
    let plain = fs::read(&mark).unwrap();

    let mut rounded = Keeper::on(
        ds4::session::Options {
            cache: Some(CacheRounding::Rounded),
            threads: 2,
            ..ds4::session::Options::default()
        },
        &on_disk(folder.path()),
    );
    assert_eq!(reopened(&mut rounded, folder.path(), &prompt), (0, vec![]));

    let key = folder.path().join("key");
    let secrets = [7_u8, 8].map(|byte| {
        fs::write(&key, [byte; 32]).unwrap();
        Secret::read(&key).unwrap()
    });
    let sealed = |number: usize| {
        let mut options = on_disk(folder.path());
        let Some(Settings { secret, .. }) = &mut options.disk else { unreachable!() };
        *secret = Some(secrets[number].clone());
        options
    };
    let resume = |keeper: &mut Keeper, number| -> (Session, usize, Source) {
        keeper.kv = Kv::open(&keeper.engine, &sealed(number));
        let resumed = keeper.resume(None, &prompt);
        assert_eq!(keeper.kv.take_warnings(), [""; 0]);
        (resumed.session, resumed.receipt.n_reused, resumed.receipt.source)
    };
    let (mut session, n_reused, _) = resume(&mut keeper, 0);
    assert_eq!(n_reused, 0);
    let expected = keeper.go_on(&mut session, &prompt, &[TokenId(9)]);
    keeper.engine.close(session);
    let session = keeper.session(&prompt[..KEPT]);
    keeper.keep(&session);
    keeper.engine.close(session);
    keeper.kv.flush();
    assert_eq!(resume(&mut keeper, 1).1, 0);
    let (mut session, n_reused, source) = resume(&mut keeper, 0);
    assert_eq!((n_reused, source), (KEPT, Source::Disk));
    assert!(keeper.go_on(&mut session, &prompt, &[TokenId(9)]) == expected);

    // Neither tokens nor rows can be read in an encrypted file.
    let ids: Vec<u8> = prompt[256..KEPT].iter().flat_map(|token| token.0.to_le_bytes()).collect();
    let holds = |file: &[u8], what: &[u8]| file.windows(what.len()).any(|bytes| bytes == what);
    let rows = &plain[plain.len() / 2..][..64];
    assert!(holds(&plain, &ids) && holds(&plain, rows));
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "mark")) {
        assert!(file == mark || !holds(&fs::read(&file).unwrap(), &ids), "{}", file.display());
        assert!(file == mark || !holds(&fs::read(&file).unwrap(), rows), "{}", file.display());
    }
    assert_eq!(reopened(&mut keeper, folder.path(), &prompt), (KEPT, vec![]));
}
