//! The real binary as a process, as an operator runs it.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

/// A server; its log stands beside its data folder.
pub struct Served {
    child: Child,
    pub origin: String,
    log: PathBuf,
    /// A server that can tell nobody what it has to say ends.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Served {
    /// A server on SQLite in `data`.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[], &[])
    }

    /// The same with more options, and more in its environment.
    pub fn start_with(data: &Path, options: &[&str], environment: &[(&str, &str)]) -> Self {
        let log = data.with_extension("log");
        let mut child = papo()
            .args(["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
            .args(options)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = output.by_ref().map_while(Result::ok);
        let origin = lines.find_map(|line| Some(line.strip_prefix("Papo is at ")?.to_owned()));
        let origin = origin.unwrap_or_else(|| panic!("{}", fs::read_to_string(&log).unwrap()));
        Self { child, origin, log, _output: output }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Stops it as systemd does.
    pub fn stop(mut self) {
        self.signal(Signal::TERM);
        assert!(self.ended().success(), "{}", self.log());
    }

    /// As kill -9 and a power cut do.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.ended();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The binary, with nothing in its environment that changes what it does.
pub fn papo() -> Command {
    let mut papo = Command::new(env!("CARGO_BIN_EXE_papo"));
    papo.env_remove("LEPTOS_SITE_ADDR").env_remove("PAPO_DATA").env_remove("NO_COLOR").stdin(Stdio::null());
    papo
}

/// Runs a command on the data folder.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    papo().args(arguments).arg("--data").arg(data).output().unwrap()
}

/// Runs a command that must succeed, and gives what it prints.
#[track_caller]
pub fn done(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail, and gives its one line.
#[track_caller]
pub fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}
