//! Many processes of this program.

use std::env::current_exe;
use std::path::Path;
use std::process::Stdio;

use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::worker;

pub(crate) const PROCESSES: usize = 8;
pub(crate) const TASKS: usize = 50;

/// What all its processes have in common.
#[derive(Clone)]
pub(crate) struct Fleet {
    pub(crate) site: String,
    pub(crate) scheme: &'static str,
    pub(crate) password: &'static str,
    pub(crate) store: String,
    /// Whose processes they are, where they are not ours.
    pub(crate) user: Option<u32>,
}

impl Fleet {
    pub(crate) fn new(site: String, store: String) -> Self {
        Self { site, scheme: "jwt", password: "password", store, user: None }
    }

    /// Starts processes. What they keep beside their store is in `runtime`.
    pub(crate) fn start(&self, count: usize, runtime: &Path) -> Vec<Process> {
        (0..count).map(|_| Process::start(self, runtime)).collect()
    }
}

/// A process. It ends when it is dropped.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// How the requests of a process went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Went {
    pub(crate) good: usize,
    pub(crate) bad: usize,
    pub(crate) cancelled: usize,
    /// Of a request, in milliseconds.
    pub(crate) longest: usize,
    /// The number of notices about store failures since it started.
    pub(crate) notices: usize,
}

impl Process {
    fn start(fleet: &Fleet, runtime: &Path) -> Self {
        let Fleet { site, scheme, password, store, user } = fleet;
        let mut command = Command::new(current_exe().unwrap());
        #[cfg(unix)]
        if let Some(user) = user {
            command.uid(*user).gid(*user);
        }
        let mut child = command
            .args([worker::FLAG, site, scheme, password, store])
            .env("XDG_RUNTIME_DIR", runtime)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, output }
    }

    pub(crate) async fn begin(&mut self, tasks: usize) {
        self.tell(&format!("all {tasks}")).await;
    }

    /// Requests that are cancelled, each at random within so many milliseconds.
    pub(crate) async fn begin_and_cancel(&mut self, tasks: usize, within: u64) {
        self.tell(&format!("cancel {tasks} {within}")).await;
    }

    async fn tell(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    pub(crate) async fn end(&mut self) -> Went {
        let line = self.output.next_line().await.unwrap().expect("the process died");
        let numbers: Vec<usize> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        let [good, bad, cancelled, longest, notices] = numbers[..] else { panic!("{line}") };
        Went { good, bad, cancelled, longest, notices }
    }

    /// Kills it, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// All send their requests at once.
pub(crate) async fn run(processes: &mut [Process], tasks: usize) -> Vec<Went> {
    for process in &mut *processes {
        process.begin(tasks).await;
    }
    join_all(processes.iter_mut().map(Process::end)).await
}

/// Each of them had nothing but successes, and so many notices.
pub(crate) fn all_went_well(went: &[Went], notices: usize) {
    for went in went {
        assert_eq!((went.good, went.bad, went.cancelled, went.notices), (TASKS, 0, 0, notices));
    }
}
