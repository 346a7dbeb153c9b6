//! Starting other programs.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// npm; on Windows it is a script.
pub const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// A command that starts in `directory` with the environment the person had before cargo and rustup added theirs.
///
/// rustup's proxy sets `RUSTUP_TOOLCHAIN` for all that a `cargo run` starts, which would keep `rust-toolchain.toml` and another toolchain
/// from being used; cargo's own variables describe xtask, not what it builds.
pub fn command(program: impl AsRef<OsStr>, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory);
    for (name, _) in std::env::vars_os() {
        let cargos = name.to_str().is_some_and(|name| {
            matches!(
                name,
                "RUSTUP_TOOLCHAIN"
                    | "RUST_RECURSION_COUNT"
                    | "CARGO"
                    | "CARGO_MANIFEST_DIR"
                    | "CARGO_MANIFEST_PATH"
            ) || name.starts_with("CARGO_PKG_")
        });
        if cargos {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end with the person's own stdout and stderr.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Runs to the end and gives back stdout; stderr is shown only when it failed.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    text(command, output)
}

/// Runs to the end, shows stdout as it comes and hands each of its lines to `each`.
pub fn follow(command: &mut Command, mut each: impl FnMut(&str)) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command))?;
    if let Some(stdout) = child.stdout.take() {
        for read in BufReader::new(stdout).split(b'\n') {
            let read =
                read.with_context(|| format!("cannot read what {} prints", line(command)))?;
            let shown = String::from_utf8_lossy(&read);
            crate::step::say(&shown);
            each(&shown);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Runs for `limit` at most and is killed then: for what asks the network, which may never answer.
pub fn run_for(command: &mut Command, limit: Duration) -> Result<()> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| cannot_start(command))?;
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("{} ended with {status}", line(command));
            }
            return Ok(());
        }
        if start.elapsed() > limit {
            // It may just have ended by itself.
            _ = child.kill();
            child.wait()?;
            bail!("{} was given up after {} s", line(command), limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Whether a program is there and answers `--version`; what it answers.
pub fn version(program: impl AsRef<OsStr>, directory: &Path) -> Option<String> {
    read(command(program, directory).arg("--version")).ok().map(|text| text.trim().to_owned())
}

/// Puts `folder` before everything else on the PATH of `command`.
pub fn prepend_path(command: &mut Command, folder: &Path) {
    let own = command
        .get_envs()
        .find_map(|(name, value)| if name == "PATH" { value } else { None })
        .map(OsStr::to_os_string);
    let path = own.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    // A folder whose name holds the separator can't stand in PATH; what isn't found then is named by who looks for it.
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
}

/// The command as one would type it.
pub fn line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

fn cannot_start(command: &Command) -> String {
    format!(
        "cannot start {}: is it installed and on PATH?",
        command.get_program().to_string_lossy()
    )
}

fn text(command: &Command, output: Output) -> Result<String> {
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", line(command), output.status, stderr.trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} printed something that is not UTF-8", line(command)))
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let error =
            run_for(command("sleep", Path::new("/")).arg("600"), Duration::from_millis(100))
                .unwrap_err();
        assert_eq!(error.to_string(), "sleep 600 was given up after 0 s");
    }

    #[test]
    fn folders_are_put_before_path() {
        let mut command = command("true", Path::new("/"));
        prepend_path(command.env("PATH", "/bin"), Path::new("/first"));
        prepend_path(&mut command, Path::new("/zeroth"));
        let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path);
        assert_eq!(path, Some(OsStr::new("/zeroth:/first:/bin")));
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut command("no-such-program", Path::new("/"))).unwrap_err();
        assert_eq!(error.to_string(), "cannot start no-such-program: is it installed and on PATH?");
    }

    #[test]
    fn a_failure_tells_what_was_written_to_stderr() {
        let error = read(command("sh", Path::new("/")).args(["-c", "echo broken >&2; exit 3"]))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "sh -c echo broken >&2; exit 3 ended with exit status: 3: broken"
        );
    }
}
