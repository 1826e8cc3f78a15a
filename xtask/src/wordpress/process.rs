//! Processes that outlive the command that started them.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::Result;

/// How long to wait for a process to exit before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process and its children. A pid alone does not identify it, since pids are reused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pid: u32,
    /// The boot and the time at which it started.
    started: String,
}

impl Process {
    /// Starts a process in its own group, with its output in `log`.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let pid = child.id();
        let started = started(pid).ok_or("the process exited immediately")?;
        // Collects the process when it exits, so that it does not stay a zombie while this command runs.
        thread::spawn(move || child.wait());
        Ok(Self { pid, started })
    }

    pub fn from_json(value: &Value) -> Option<Self> {
        let pid = value["pid"].as_u64()?.try_into().ok()?;
        Some(Self { pid, started: value["started"].as_str()?.to_owned() })
    }

    pub fn to_json(&self) -> Value {
        json!({ "pid": self.pid, "started": self.started })
    }

    pub fn is_alive(&self) -> bool {
        started(self.pid).as_ref() == Some(&self.started)
    }

    /// Stops the process and its children. Does nothing if the pid belongs to another process now.
    pub fn stop(&self) -> Result {
        // While children of the process exist, its pid is not reused before the next boot.
        let is_ours = started(self.pid).map_or(self.started.starts_with(&boot()), |it| it == self.started);
        if !is_ours {
            return Ok(());
        }
        for signal in ["TERM", "KILL"] {
            self.signal(signal);
            let start = Instant::now();
            while start.elapsed() < PATIENCE {
                if !self.has_members() {
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(30));
            }
        }
        Err(format!("process {} does not exit", self.pid).into())
    }

    /// Signals the whole group by the shell's builtin `kill`, since the program `kill` is not installed everywhere.
    fn signal(&self, signal: &str) -> bool {
        let kill = format!("kill -s {signal} -- -{} 2>/dev/null", self.pid);
        Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success())
    }

    /// Whether the group has a process left, the process itself or a child.
    fn has_members(&self) -> bool {
        let Some(entries) = fs::read_dir("/proc").ok().filter(|_| has_proc()) else {
            return self.signal("0");
        };
        let group = self.pid.to_string();
        entries.flatten().filter_map(|entry| stat(&entry.path())).any(|stat| stat[2] == group)
    }
}

fn has_proc() -> bool {
    Path::new("/proc/self/stat").exists()
}

/// The fields of a process's `stat` from its state on. `None` for a zombie, which may wait long to be collected.
fn stat(process: &Path) -> Option<Vec<String>> {
    let text = fs::read_to_string(process.join("stat")).ok()?;
    // The process name before these fields may contain any character.
    let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect();
    (fields.len() > 19 && fields[0] != "Z").then_some(fields)
}

/// The start time of a running process.
fn started(pid: u32) -> Option<String> {
    if has_proc() {
        let stat = stat(&Path::new("/proc").join(pid.to_string()))?;
        return Some(boot() + &stat[19]);
    }
    let pid = pid.to_string();
    let output = Command::new("ps").args(["-o", "lstart=", "-p", &pid]).env("LC_ALL", "C").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The id of the current boot; empty if the machine has none.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_stopped_with_its_children_and_another_is_not_touched() {
        let log = std::env::temp_dir().join(format!("xtask-process-{}", std::process::id()));
        let process = Process::start(Command::new("sh").args(["-c", "sleep 60 & sleep 60"]), &log).unwrap();
        assert!(process.is_alive());
        let recycled = Process { started: "another time".to_owned(), ..process.clone() };
        recycled.stop().unwrap();
        assert!(!recycled.is_alive() && process.is_alive());
        let read = Process::from_json(&process.to_json()).unwrap();
        assert_eq!(read, process);
        read.stop().unwrap();
        assert!(!process.is_alive() && !process.has_members());
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn children_that_lost_their_parent_are_stopped_too() {
        let log = std::env::temp_dir().join(format!("xtask-orphans-{}", std::process::id()));
        let process = Process::start(Command::new("sh").args(["-c", "sleep 60 & sleep 0.5"]), &log).unwrap();
        while process.is_alive() {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(process.has_members());
        Process { started: "another boot".to_owned(), ..process.clone() }.stop().unwrap();
        assert!(process.has_members());
        process.stop().unwrap();
        assert!(!process.has_members());
        fs::remove_file(log).unwrap();
    }
}
