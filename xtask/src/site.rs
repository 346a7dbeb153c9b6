//! The site: trunk builds it, then its WebAssembly and its scripts are made small, for televisions from 2020 on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    command::{read, run},
    step::Step,
    tools::Tools,
    workspace::Workspace,
};

/// Chromium 83 to 94 know nothing beyond WebAssembly's first version, for which .cargo/config.toml compiles all of it. Should a crate
/// bring more all the same, it is an error here and not an empty page on a television.
const OPTIMIZE: [&str; 3] = ["--mvp-features", "--enable-mutable-globals", "-Oz"];

/// What esbuild leaves out of the glue beside blanks: the classes that wasm-bindgen exports for streams, which nothing here uses.
const SHRINK: [&str; 6] =
    ["--bundle", "--format=esm", "--minify", "--target=chrome83", "--define:Symbol.dispose=undefined", "--log-level=error"];

/// A panic ends the wall at once; its text would be a tenth of the WebAssembly and is seen by nobody.
const WITHOUT_PANICS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// Builds `dist/` for release.
pub fn build(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let made = workspace.target.join("site/release");
    Step {
        name: "build the wall",
        usually: Some("about 3 min at first, 1 min later"),
        advice: "look at the compiler's error above; `cargo xtask dev` shows it sooner",
    }
    .run(|| {
        let mut trunk = trunk(workspace, tools, "build", &made);
        // Cargo appends these flags to those of .cargo/config.toml.
        trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", WITHOUT_PANICS);
        run(trunk.args(["--release", "true", "--cargo-profile", "wall"]))
    })?;
    Step {
        name: "shrink the WebAssembly for televisions",
        usually: None,
        advice: "the wall uses an instruction that Chromium 83 doesn't know; look at which crate brought it",
    }
    .run(|| {
        each(&made, "wasm", |wasm| {
            read(tools.wasm_opt(workspace).args(OPTIMIZE).arg(wasm).arg("-o").arg(wasm))?;
            rename_by_content(wasm, &made)
        })
    })?;
    Step { name: "shrink the scripts", usually: None, advice: "look at what esbuild says above" }.run(|| {
        each(&made, "js", |script| shrink(tools, script, &made))?;
        replace(&made, &workspace.dist())
    })
}

/// Builds the site for today's browsers, quickly; gives back where it lies.
pub fn build_for_development(workspace: &Workspace, tools: &Tools) -> Result<PathBuf> {
    let made = workspace.target.join("site/dev");
    Step { name: "build the wall", usually: Some("about 2 min at first"), advice: "look at the compiler's error above" }
        .run(|| run(&mut trunk(workspace, tools, "build", &made)))?;
    Ok(made)
}

/// `trunk build` or `trunk serve` into `made`.
pub fn trunk(workspace: &Workspace, tools: &Tools, verb: &str, made: &Path) -> Command {
    let mut trunk = tools.trunk(workspace);
    trunk
        // Another compiler may build the wall than the rest, and cargo lets only one build at a time into a folder.
        .env("CARGO_TARGET_DIR", target(workspace))
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        .arg(verb)
        // Shrinking changes the file after trunk has taken its checksum; the site loads nothing from elsewhere.
        .args(["--no-sri", "true", "--dist"])
        .arg(made);
    trunk
}

/// Where the wall's crates are compiled to.
pub fn target(workspace: &Workspace) -> PathBuf {
    workspace.target.join("wasm")
}

/// Does something with each file of an extension, of which there must be one.
fn each(site: &Path, extension: &str, change: impl Fn(&Path) -> Result<()>) -> Result<()> {
    let paths: Vec<_> = files(site)?.into_iter().filter(|path| has_extension(path, &[extension])).collect();
    ensure!(!paths.is_empty(), "trunk made no .{extension} file in {}", site.display());
    paths.iter().try_for_each(|path| change(path))
}

/// The glue is a module of which the wall uses one function; the other scripts stand alone and keep their names.
fn shrink(tools: &Tools, script: &Path, site: &Path) -> Result<()> {
    let name = file_name(script)?;
    let is_glue = name_with_hash(name, 0).is_some();
    let entry = site.join("entry.mjs");
    fs::write(&entry, if is_glue { format!("export {{ default }} from './{name}'") } else { format!("import './{name}'") })?;
    let small = read(tools.esbuild(site).args(SHRINK).arg("entry.mjs"))?;
    fs::remove_file(&entry)?;
    fs::write(script, small)?;
    if is_glue { rename_by_content(script, site) } else { Ok(()) }
}

/// Gives a file the name that its content deserves, for it is cached for ever under that name, and corrects those that refer to it.
fn rename_by_content(path: &Path, site: &Path) -> Result<()> {
    let content = fs::read(path)?;
    let old = file_name(path)?;
    let new =
        name_with_hash(old, fnv1a(&content)).with_context(|| format!("{old} has no hash in its name; trunk's filehash must be on"))?;
    fs::rename(path, path.with_file_name(&new))?;
    let mut referred = false;
    for path in files(site)?.into_iter().filter(|path| has_extension(path, &["html", "js"])) {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if text.contains(old) {
            fs::write(&path, text.replace(old, &new))?;
            referred = true;
        }
    }
    ensure!(referred, "nothing in {} refers to {old}", site.display());
    Ok(())
}

fn file_name(path: &Path) -> Result<&str> {
    path.file_name().and_then(|name| name.to_str()).with_context(|| format!("{} has no name", path.display()))
}

/// `wall-0123456789abcdef_bg.wasm` with another hash; none when there is none. Trunk writes hashes without leading zeros.
fn name_with_hash(name: &str, hash: u64) -> Option<String> {
    const FEWEST_DIGITS: usize = 10;
    let (before, after) = name.rsplit_once('-')?;
    let rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    (after.len() - rest.len() >= FEWEST_DIGITS).then(|| format!("{before}-{hash:016x}{rest}"))
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Every file below a folder, in the order of their names.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read the folder {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file's name ends in one of these.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| extensions.contains(&extension))
}

/// Puts a copy of `from` in the place of `to`.
fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove the old {}", to.display()))?;
    }
    for path in files(from)? {
        let copy = to.join(path.strip_prefix(from)?);
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&path, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(name: &str, expect: Option<&str>) {
        assert_eq!(name_with_hash(name, 0xab).as_deref(), expect);
    }

    #[test]
    fn only_the_hash_of_a_name_changes() {
        check_name("pipelines-dashboard-0123456789abcdef_bg.wasm", Some("pipelines-dashboard-00000000000000ab_bg.wasm"));
        check_name("wall-0123456789ABCDEF.wasm", Some("wall-00000000000000ab.wasm"));
        check_name("wall-123456789abcdef_bg.wasm", Some("wall-00000000000000ab_bg.wasm"));
        check_name("pipelines-dashboard_bg.wasm", None);
        check_name("wall.wasm", None);
        check_name("wall-é0123456789abcdef.wasm", None);
    }

    #[test]
    fn a_name_follows_the_content_and_references_follow_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        fs::write(site.join("wall-0123456789abcdef_bg.wasm"), "lowered").unwrap();
        fs::write(site.join("index.html"), "<link href=/wall-0123456789abcdef_bg.wasm>").unwrap();

        rename_by_content(&site.join("wall-0123456789abcdef_bg.wasm"), site).unwrap();

        let name = format!("wall-{:016x}_bg.wasm", fnv1a(b"lowered"));
        assert_eq!(fs::read_to_string(site.join(&name)).unwrap(), "lowered");
        assert_eq!(fs::read_to_string(site.join("index.html")).unwrap(), format!("<link href=/{name}>"));
    }

    #[test]
    fn a_file_that_nothing_refers_to_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wall-0123456789abcdef_bg.wasm");
        fs::write(&path, "lowered").unwrap();
        fs::write(folder.path().join("index.html"), "<html>").unwrap();
        rename_by_content(&path, folder.path()).unwrap_err();
    }

    #[test]
    fn an_old_site_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("snippets")).unwrap();
        fs::write(from.join("snippets/a.js"), "new").unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(to.join("old.js"), "old").unwrap();

        replace(&from, &to).unwrap();

        assert_eq!(files(&to).unwrap(), [to.join("snippets/a.js")]);
    }

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
