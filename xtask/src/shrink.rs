//! Makes a built site small, for televisions from 2020 on and the lines that they hang on: one style sheet, glue without what nothing
//! uses, WebAssembly without what the glue doesn't use. What is loaded on demand, a pipeline's page, becomes one script of its modules, and
//! a style sheet of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    command::{command, read},
    site::{files, has_extension},
    tools::Tools,
    workspace::Workspace,
};

/// What Chromium 83 knows, for which .cargo/config.toml compiles all of it. Should a crate bring more all the same, it is an error here
/// and not an empty page on a television.
const FEATURES: [&str; 6] = [
    "--mvp-features",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
];

/// The lowest kilobyte is the end of the stack, so that no address below it is ever meant.
const OPTIMIZE: [&str; 2] = ["-O3", "--low-memory-unused"];

/// What esbuild leaves out of the glue beside blanks: the classes that wasm-bindgen exports for streams, which nothing here uses.
const SCRIPT: [&str; 6] = [
    "--bundle",
    "--format=esm",
    "--minify",
    "--target=chrome83",
    "--define:Symbol.dispose=undefined",
    "--log-level=error",
];
const STYLE: [&str; 5] =
    ["--bundle", "--minify", "--target=chrome83", "--external:*.woff2", "--log-level=error"];

/// Tells the browser to compile all of a script while it arrives, and not each function when it is called
/// (<https://github.com/v8/v8/wiki/Explicit-Compile-Hints>). Of the glue nearly all is.
const ALL_CALLED: &str = "//# allFunctionsCalledOnLoad\n";

/// What is loaded on demand: trunk gives these names without hashes.
const PAGE_SCRIPT: &str = "page.js";
const PAGE_MODULES: &str = "page";
const PAGE_STYLE: &str = "page.css";
/// The style sheet of a script that stands alone, which keeps its name like that.
const SETTINGS_STYLE: &str = "settings.css";

/// Shrinks the site that trunk has made in a folder.
pub fn site(workspace: &Workspace, tools: &Tools, site: &Path) -> Result<()> {
    page(tools, site)?;
    let others =
        |extension| anyhow::Ok(each(site, extension)?.into_iter().filter(|path| !is_of_page(path)));
    let scripts: Vec<PathBuf> = others("js")?.collect();
    for path in &scripts {
        script(tools, path, site)?;
    }
    let wasm: Vec<PathBuf> = others("wasm")?.collect();
    for path in &wasm {
        webassembly(workspace, tools, path, &scripts)?;
    }
    // Only now their content is what it stays. The scripts that stand alone keep their names.
    for path in scripts
        .iter()
        .filter(|path| file_name(path).is_ok_and(|name| with_hash(name, 0).is_some()))
        .chain(&wasm)
    {
        rename_by_content(path, site)?;
    }
    let (alone, first): (Vec<_>, Vec<_>) =
        others("css")?.partition(|path| file_name(path).is_ok_and(|name| name == SETTINGS_STYLE));
    for path in alone {
        style(tools, &path, site)?;
    }
    styles(tools, site, first)
}

/// What is loaded on demand. Its script comes last, for it names the style sheet.
fn page(tools: &Tools, site: &Path) -> Result<()> {
    let [script, modules, style] =
        [PAGE_SCRIPT, PAGE_MODULES, PAGE_STYLE].map(|name| site.join(name));
    let small = bundled(tools, site, "entry.mjs", &format!("import './{PAGE_SCRIPT}'"), &SCRIPT)?;
    fs::write(&script, small)?;
    fs::remove_dir_all(modules)?;
    self::style(tools, &style, site)?;
    for path in [style, script] {
        rename_by_content(&path, site)?;
    }
    Ok(())
}

/// Whether a file is loaded on demand.
fn is_of_page(path: &Path) -> bool {
    const BEGINS: [&str; 2] = ["page.", "page-"];
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| BEGINS.iter().any(|begin| name.starts_with(begin)))
}

/// The files of an extension, of which there must be one.
fn each(site: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let paths: Vec<_> =
        files(site)?.into_iter().filter(|path| has_extension(path, &[extension])).collect();
    ensure!(!paths.is_empty(), "trunk made no .{extension} file in {}", site.display());
    Ok(paths)
}

/// The glue is a module of which the wall uses one function; the other scripts stand alone.
fn script(tools: &Tools, script: &Path, site: &Path) -> Result<()> {
    let name = file_name(script)?;
    let is_glue = with_hash(name, 0).is_some();
    let entry = if is_glue {
        format!("export {{ default }} from './{name}'")
    } else {
        format!("import './{name}'")
    };
    let mut small = bundled(tools, site, "entry.mjs", &entry, &SCRIPT)?;
    if is_glue {
        small.insert_str(0, ALL_CALLED);
    }
    fs::write(script, small)?;
    Ok(())
}

/// A style sheet that is loaded on demand.
fn style(tools: &Tools, style: &Path, site: &Path) -> Result<()> {
    let entry = format!("@import './{}';", file_name(style)?);
    fs::write(style, bundled(tools, site, "entry.css", &entry, &STYLE)?)?;
    Ok(())
}

/// Keeps what the glue calls.
fn webassembly(
    workspace: &Workspace,
    tools: &Tools,
    wasm: &Path,
    scripts: &[PathBuf],
) -> Result<()> {
    let mut glue = scripts.iter().map(fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    let mut text =
        read(command(tools.binaryen("wasm-dis"), &workspace.root).args(FEATURES).arg(wasm))?;
    let graph = wasm.with_extension("json");
    fs::write(&graph, used(exports(&text), &glue.concat()))?;
    for (index, name) in imports(&text).into_iter().enumerate() {
        let short = format!("_{index}");
        for script in &mut glue {
            *script = script.replace(&name, &short);
        }
        text = text.replace(&format!("{name:?}"), &format!("{short:?}"));
    }
    for (script, text) in scripts.iter().zip(glue) {
        fs::write(script, text)?;
    }
    let short = wasm.with_extension("wat");
    fs::write(&short, text)?;
    // It prints what it removes.
    read(
        command(tools.binaryen("wasm-metadce"), &workspace.root)
            .args(FEATURES)
            .arg("-f")
            .arg(&graph)
            .arg(&short)
            .arg("-o")
            .arg(wasm),
    )?;
    fs::remove_file(&graph)?;
    fs::remove_file(&short)?;
    read(
        command(tools.binaryen("wasm-opt"), &workspace.root)
            .args(FEATURES)
            .args(OPTIMIZE)
            .arg(wasm)
            .arg("-o")
            .arg(wasm),
    )?;
    Ok(())
}

/// The names of all imports that have a hash at their end, which hardly compresses, the longest first.
fn imports(text: &str) -> Vec<String> {
    let names = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("(import \"")?.split('"').nth(2));
    let mut names: Vec<_> =
        names.filter(|name| name.starts_with("__wb")).map(str::to_owned).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

/// The names of all exports in WebAssembly's text format, as `wasm-dis` prints it.
fn exports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix("(export \"")?.split('"').next())
}

/// What `wasm-metadce` is told: those exports are reached that a script names.
fn used<'a>(exports: impl Iterator<Item = &'a str>, scripts: &str) -> String {
    let named = |name: &&str| {
        let ends = |rest: &str| {
            !rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '$'))
        };
        scripts.split(&format!(".{name}")).skip(1).any(ends)
    };
    let reached: Vec<_> = exports.filter(named).collect();
    let mut graph = vec![json!({ "name": "glue", "root": true, "reaches": reached })];
    graph.extend(reached.iter().map(|export| json!({ "name": export, "export": export })));
    Value::from(graph).to_string()
}

/// One style sheet in the place of the first: each request costs a television's processor.
fn styles(tools: &Tools, site: &Path, mut sheets: Vec<PathBuf>) -> Result<()> {
    let index = site.join("index.html");
    let mut page = fs::read_to_string(&index)?;
    let place = |path: &PathBuf| path.file_name().and_then(|name| page.find(name.to_str()?));
    sheets.sort_by_key(place);
    let imports = sheets.iter().map(|sheet| Ok(["@import './", file_name(sheet)?, "';"].concat()));
    let entry = imports.collect::<Result<String>>()?;
    let style = bundled(tools, site, "entry.css", &entry, &STYLE)?;
    let (first, rest) = sheets.split_first().context("no style sheet")?;
    for sheet in rest {
        page = without_link(&page, file_name(sheet)?)?;
        fs::remove_file(sheet)?;
    }
    fs::write(&index, page)?;
    fs::write(first, style)?;
    rename_by_content(first, site)?;
    Ok(())
}

/// The page without the `<link>` to a file.
fn without_link(page: &str, name: &str) -> Result<String> {
    let (before, after) =
        page.split_once(name).with_context(|| format!("index.html does not refer to {name}"))?;
    let (before, _) =
        before.rsplit_once("<link").with_context(|| format!("{name} stands in no link"))?;
    let (_, after) =
        after.split_once('>').with_context(|| format!("the link to {name} has no end"))?;
    Ok(format!("{before}{after}"))
}

/// What esbuild makes of an entry that stands in the site's folder.
fn bundled(
    tools: &Tools,
    site: &Path,
    name: &str,
    entry: &str,
    arguments: &[&str],
) -> Result<String> {
    let path = site.join(name);
    fs::write(&path, entry)?;
    let small = read(tools.esbuild(site).args(arguments).arg(name))?;
    fs::remove_file(&path)?;
    Ok(small)
}

/// Gives a file the name that its content deserves, for it is cached for ever under that name, and corrects those that refer to it.
fn rename_by_content(path: &Path, site: &Path) -> Result<PathBuf> {
    let content = fs::read(path)?;
    let old = file_name(path)?;
    let hash = hash(&content);
    let new = match with_hash(old, hash) {
        Some(new) => new,
        None if is_of_page(path) => with_first_hash(old, hash),
        None => bail!("{old} has no hash in its name; trunk's filehash must be on"),
    };
    let renamed = path.with_file_name(&new);
    fs::rename(path, &renamed)?;
    let mut referred = false;
    for path in files(site)?.into_iter().filter(|path| has_extension(path, &["html", "js"])) {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if text.contains(old) {
            fs::write(&path, text.replace(old, &new))?;
            referred = true;
        }
    }
    ensure!(referred, "nothing in {} refers to {old}", site.display());
    Ok(renamed)
}

fn file_name(path: &Path) -> Result<&str> {
    path.file_name()
        .and_then(|name| name.to_str())
        .with_context(|| format!("{} has no name", path.display()))
}

/// `wall-0123456789abcdef_bg.wasm` with another hash; none when there is none. Trunk writes hashes without leading zeros.
fn with_hash(name: &str, hash: u64) -> Option<String> {
    const FEWEST_DIGITS: usize = 10;
    let (before, after) = name.rsplit_once('-')?;
    let rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    (after.len() - rest.len() >= FEWEST_DIGITS).then(|| format!("{before}-{hash:016x}{rest}"))
}

/// `page.css` with a first hash in its name.
fn with_first_hash(name: &str, hash: u64) -> String {
    let (before, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{before}-{hash:016x}.{extension}")
}

/// The beginning of the content's SHA-256.
fn hash(content: &[u8]) -> u64 {
    Sha256::digest(content).iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(name: &str, expect: Option<&str>) {
        assert_eq!(with_hash(name, 0xab).as_deref(), expect);
    }

    #[test]
    fn only_the_hash_of_a_name_changes() {
        check_name(
            "pipelines-dashboard-0123456789abcdef_bg.wasm",
            Some("pipelines-dashboard-00000000000000ab_bg.wasm"),
        );
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

        let name = format!("wall-{:016x}_bg.wasm", hash(b"lowered"));
        assert_eq!(fs::read_to_string(site.join(&name)).unwrap(), "lowered");
        assert_eq!(
            fs::read_to_string(site.join("index.html")).unwrap(),
            format!("<link href=/{name}>")
        );
    }

    #[test]
    fn what_is_loaded_on_demand_gets_a_hash_and_nothing_else_without_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        fs::write(site.join("page.css"), "a{}").unwrap();
        fs::write(site.join("page.js"), "'./page.css'").unwrap();
        fs::write(site.join("boot.js"), "").unwrap();
        fs::write(site.join("index.html"), "<script src=./boot.js data-page=./page.js>").unwrap();

        rename_by_content(&site.join("page.css"), site).unwrap();
        let script = rename_by_content(&site.join("page.js"), site).unwrap();
        rename_by_content(&site.join("boot.js"), site).unwrap_err();

        assert_eq!(
            fs::read_to_string(&script).unwrap(),
            format!("'./page-{:016x}.css'", hash(b"a{}"))
        );
        let page = fs::read_to_string(site.join("index.html")).unwrap();
        assert_eq!(
            page,
            format!("<script src=./boot.js data-page=./{}>", file_name(&script).unwrap())
        );
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
    fn what_a_script_calls_is_kept() {
        let text = "(module\n (export \"memory\" (memory $0))\n (export \"__wbindgen_malloc\" (func $1))\n (export \"source_pull\" (func $2))\n)";
        let used = used(exports(text), "a.memory.buffer;b.__wbindgen_malloc(1);c.source_pull2()");
        assert_eq!(
            used,
            r#"[{"name":"glue","reaches":["memory","__wbindgen_malloc"],"root":true},{"export":"memory","name":"memory"},{"export":"__wbindgen_malloc","name":"__wbindgen_malloc"}]"#
        );
    }

    #[test]
    fn a_link_goes_and_the_rest_stays() {
        let page = "<title>x</title><link href=./a.css rel=stylesheet><link href=./b.css rel=stylesheet><body>";
        assert_eq!(
            without_link(page, "b.css").unwrap(),
            "<title>x</title><link href=./a.css rel=stylesheet><body>"
        );
        without_link(page, "c.css").unwrap_err();
    }

    #[test]
    fn the_hash_begins_the_sha_256() {
        assert_eq!(hash(b""), 0xe3b0_c442_98fc_1c14);
    }
}
