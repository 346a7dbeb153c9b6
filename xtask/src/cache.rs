//! The folder outside the tree that holds pinned tools.
//!
//! Whatever lies there under its final name is whole: it is made under another name and moved when it is ready, so an installation that was
//! killed leaves nothing that passes for a tool.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};

use crate::step::say;

/// The cache, held by this process alone until it is dropped.
pub struct Cache {
    root: PathBuf,
    _lock: File,
}

impl Cache {
    /// Opens the cache, and waits while another xtask installs something.
    pub fn open() -> Result<Self> {
        let root = place(
            env::var_os("PIPELINES_DASHBOARD_CACHE"),
            env::var_os("XDG_CACHE_HOME"),
            env::home_dir(),
        )
        .context("there is no home folder; set PIPELINES_DASHBOARD_CACHE to a folder for tools")?;
        Self::open_at(root)
    }

    fn open_at(root: PathBuf) -> Result<Self> {
        fs::create_dir_all(&root)
            .with_context(|| format!("cannot make the cache folder {}", root.display()))?;
        let path = root.join(".lock");
        let lock =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        if lock.try_lock().is_err() {
            say(&format!("waiting for another xtask that works in {}", root.display()));
            lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        }
        Ok(Self { root, _lock: lock })
    }

    /// The folder `name`, made by `make` when it isn't there or isn't what `is_good` wants.
    ///
    /// `make` is handed an empty folder that gets the final name when it succeeded.
    pub fn folder(
        &self,
        name: &str,
        is_good: impl Fn(&Path) -> bool,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let path = self.root.join(name);
        if is_good(&path) {
            return Ok(path);
        }
        let unfinished = self.root.join(format!("{name}.unfinished"));
        for old in [&path, &unfinished] {
            if old.exists() {
                fs::remove_dir_all(old)
                    .with_context(|| format!("cannot remove {}", old.display()))?;
            }
        }
        fs::create_dir(&unfinished)
            .with_context(|| format!("cannot make {}", unfinished.display()))?;
        make(&unfinished)?;
        fs::rename(&unfinished, &path)
            .with_context(|| format!("cannot move {} to its place", unfinished.display()))?;
        anyhow::ensure!(is_good(&path), "{} was installed, but does not work", path.display());
        Ok(path)
    }

    /// Whether `note` was taken less than a day ago: for what is slow to find out and may change.
    pub fn noted(&self, note: &str) -> bool {
        const KEPT: Duration = Duration::from_hours(24);
        let taken = fs::metadata(self.root.join(note)).and_then(|metadata| metadata.modified());
        taken.is_ok_and(|taken| SystemTime::now().duration_since(taken).is_ok_and(|age| age < KEPT))
    }

    /// Remembers for a day what was found out.
    pub fn note(&self, note: &str, reason: &str) -> Result<()> {
        let path = self.root.join(note);
        fs::write(&path, reason).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn place(own: Option<OsString>, xdg: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    const NAME: &str = "pipelines-dashboard";
    let set = |value: Option<OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
    set(own)
        .or_else(|| set(xdg).map(|xdg| xdg.join(NAME)))
        .or_else(|| home.map(|home| home.join(".cache").join(NAME)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_place(own: Option<&str>, xdg: Option<&str>, expect: &str) {
        let place = place(
            own.map(OsString::from),
            xdg.map(OsString::from),
            Some(PathBuf::from("/home/ada")),
        );
        assert_eq!(place, Some(PathBuf::from(expect)));
    }

    #[test]
    fn the_cache_is_where_the_person_wants_it() {
        check_place(None, None, "/home/ada/.cache/pipelines-dashboard");
        check_place(None, Some("/xdg"), "/xdg/pipelines-dashboard");
        check_place(Some("/own"), Some("/xdg"), "/own");
        // The XDG specification tells to ignore relative paths.
        check_place(None, Some("xdg"), "/home/ada/.cache/pipelines-dashboard");
        assert_eq!(place(None, None, None), None);
    }

    fn install(cache: &Cache, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        cache.folder("tool", |path| path.join("whole").exists(), make)
    }

    #[test]
    fn half_a_tool_is_never_taken_for_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open_at(folder.path().to_path_buf()).unwrap();

        install(&cache, |path| {
            fs::write(path.join("half"), "")?;
            anyhow::bail!("no network")
        })
        .unwrap_err();
        assert!(!folder.path().join("tool").exists());

        let path = install(&cache, |path| Ok(fs::write(path.join("whole"), "")?)).unwrap();
        assert!(!path.join("half").exists());

        install(&cache, |_| anyhow::bail!("installed twice")).unwrap();

        fs::remove_file(path.join("whole")).unwrap();
        install(&cache, |path| Ok(fs::write(path.join("whole"), "again")?)).unwrap();
    }

    #[test]
    fn a_tool_that_does_not_work_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open_at(folder.path().to_path_buf()).unwrap();
        let error = install(&cache, |_| Ok(())).unwrap_err();
        assert!(error.to_string().ends_with("was installed, but does not work"), "{error}");
    }

    #[test]
    fn a_note_lasts() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open_at(folder.path().to_path_buf()).unwrap();
        assert!(!cache.noted("offline"));
        cache.note("offline", "refused").unwrap();
        assert!(cache.noted("offline"));
    }
}
