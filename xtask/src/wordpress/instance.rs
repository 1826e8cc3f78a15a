//! One running WordPress.

use std::{
    fs,
    io::ErrorKind,
    net::TcpListener,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use xshell::Shell;

use super::{
    LIB,
    cache::Cache,
    home,
    options::Options,
    probe,
    process::Process,
    runtime::Runtime,
    site, tls,
    tools::{last_of, need},
};
use crate::Result;

/// The ports for instances. They are below the ephemeral ports of the machine.
const PORTS: RangeInclusive<u16> = 8_881..=9_880;

/// The timeout for booting. Playground is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// An instance: its directory, and the content of its `instance.json`, which our PHP scripts also read.
pub struct Instance {
    dir: PathBuf,
    state: Value,
}

impl Instance {
    /// Boots an instance with these options. If that fails, nothing is left behind.
    pub fn boot(sh: &Shell, options: &Options) -> Result<Self> {
        if options.tls {
            need(&["openssl", "node"])?;
        }
        let runtime = Runtime::find(sh, options)?;
        let cache = Cache::open(home())?;
        let mut instance = Self::claim(options)?;
        match instance.fill(sh, cache, &runtime, options) {
            Ok(()) => Ok(instance),
            Err(error) => {
                let log = last_of(&instance.dir.join("server.log"), 8);
                instance.stop()?;
                Err(format!("{error}\n{log}").trim_end().into())
            }
        }
    }

    /// All instances, running or not.
    pub fn all() -> Result<Vec<Self>> {
        let Ok(entries) = fs::read_dir(home().join("instances")) else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for entry in entries {
            let dir = entry?.path();
            // An instance without a readable state has not started any process.
            let text = fs::read_to_string(dir.join("instance.json")).unwrap_or_default();
            all.push(Self { dir, state: serde_json::from_str(&text).unwrap_or_default() });
        }
        all.sort_by_key(Self::port);
        Ok(all)
    }

    pub fn port(&self) -> u16 {
        let name = self.dir.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or_default()
    }

    pub fn is_up(&self) -> bool {
        let processes = self.processes();
        !processes.is_empty() && processes.iter().all(Process::is_alive)
    }

    /// Stops the processes of the instance and removes its directory.
    pub fn stop(&self) -> Result {
        for process in self.processes().iter().rev() {
            process.stop()?;
        }
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The environment variables that describe the site to a program.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let ca = self.authority().map(|path| path.display().to_string());
        let mut environment = vec![
            ("WP_URL", self.text("url")),
            ("WP_USER", "admin".to_owned()),
            ("WP_PASSWORD", "password".to_owned()),
            ("WP_APP_PASSWORD", self.text("app_password")),
            ("WP_SUBSCRIBER", "subscriber".to_owned()),
            ("WP_SUBSCRIBER_APP_PASSWORD", self.text("subscriber_app_password")),
            ("WP_ACCESS_LOG", self.text("access_log")),
            ("WP_CA", ca.unwrap_or_default()),
        ];
        let two_factor = self.state["two_factor_user"].as_str();
        environment.extend(two_factor.map(|user| ("WP_TWO_FACTOR_USER", user.to_owned())));
        environment
    }

    /// The certificate of the instance's own certificate authority, if it has one.
    pub fn authority(&self) -> Option<PathBuf> {
        self.state["ca"].as_str().map(PathBuf::from)
    }

    /// A value of the state as text.
    pub fn text(&self, key: &str) -> String {
        self.state[key].as_str().unwrap_or("-").to_owned()
    }

    /// Claims a port by creating its directory.
    fn claim(options: &Options) -> Result<Self> {
        let instances = home().join("instances");
        fs::create_dir_all(&instances)?;
        let ports = options.port.map_or(PORTS, |port| port..=port);
        for port in ports {
            let dir = instances.join(port.to_string());
            if is_free(port) && is_free(backend(port)) && fs::create_dir(&dir).is_ok() {
                return Ok(Self { dir, state: Value::Null });
            }
        }
        Err(match options.port {
            Some(port) if instances.join(port.to_string()).exists() => {
                format!("port {port} has an instance already: cargo xtask wordpress down --port {port}")
            }
            Some(port) => format!("port {port}, or {} behind it, is taken", backend(port)),
            None => format!("no port of {PORTS:?} is free; `cargo xtask wordpress status` lists instances"),
        }
        .into())
    }

    fn fill(&mut self, sh: &Shell, cache: Cache, runtime: &Runtime, options: &Options) -> Result {
        let site = site::lay(sh, &cache, runtime, options, &self.dir)?;
        let plugins = site::plugins(sh, &cache, &options.plugins, &site)?;
        site::mu_plugins(&options.mu_plugins, &site)?;
        // The rest uses only files of this instance, so other commands may use the cache.
        drop(cache);

        self.describe(options, &plugins);
        if options.tls {
            self.state["ca"] = tls::certify(sh, &self.dir)?.display().to_string().into();
        }
        fs::write(self.path("access_log"), "")?;
        self.save()?;
        site::configure(&site, &self.dir)?;
        runtime.script(sh, &self.dir, &site, "prepare.php")?;
        self.learn(options)?;

        let (port, home) = (self.port(), self.text("home"));
        let backend = if options.tls { backend(port) } else { port };
        self.start(&mut runtime.server(&self.dir, &site, backend, &home))?;
        if options.tls {
            let mut proxy = Command::new("node");
            proxy.arg(Path::new(LIB).join("tls-proxy.js")).args([port, backend].map(|port| port.to_string()));
            self.start(proxy.arg(&self.dir))?;
        }
        self.wait(sh)?;
        // The log starts empty, so that requests can be counted.
        Ok(fs::write(self.path("access_log"), "")?)
    }

    /// Writes the state that PHP and `status` read.
    fn describe(&mut self, options: &Options, plugins: &[String]) {
        let permalinks = options.permalinks;
        let (scheme, port) = (if options.tls { "https" } else { "http" }, self.port());
        let base = options.subdir.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
        let site = format!("{scheme}://127.0.0.1:{port}{base}");
        let path = |name: &str| self.dir.join(name).display().to_string();
        self.state = json!({
            "port": port,
            "home": site,
            "url": format!("{site}{}", permalinks.url),
            "rest": format!("{base}{}", permalinks.rest),
            "engine": options.engine.name(),
            "permalinks": permalinks.name,
            "structure": permalinks.structure,
            "subdir": options.subdir,
            "strip_authorization": options.strip_authorization,
            "tls": options.tls,
            "define": options.defines.iter().cloned().collect::<serde_json::Map<_, _>>(),
            "plugins": plugins,
            "lib": LIB,
            "access_log": path("access.log"),
            "facts": path("facts.json"),
            "processes": [],
        });
    }

    /// Reads the result of `prepare.php`, and checks that PHP has the requested version.
    fn learn(&mut self, options: &Options) -> Result {
        let facts: Value = serde_json::from_str(&fs::read_to_string(self.path("facts"))?)?;
        for key in ["wp", "php", "app_password", "subscriber_app_password", "two_factor_user"] {
            self.state[key] = facts[key].clone();
        }
        let found = self.text("php");
        match &options.php {
            Some(asked) if !found.starts_with(&format!("{asked}.")) => {
                Err(format!("PHP {asked} was requested, but {} runs {found}", options.engine.name()).into())
            }
            _ => self.save(),
        }
    }

    fn start(&mut self, command: &mut Command) -> Result {
        let process = Process::start(command, &self.dir.join("server.log"))?;
        if let Some(processes) = self.state["processes"].as_array_mut() {
            processes.push(process.to_json());
        }
        self.save()
    }

    /// Waits until the REST API responds.
    fn wait(&self, sh: &Shell) -> Result {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let responses = probe::responses(sh, self.port(), &self.text("rest"), self.state["ca"].as_str());
            // The server of another process may have taken the port at this moment, and respond.
            if !self.is_up() {
                return Err("the server exited".into());
            }
            if responses {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!("the REST API at {} did not respond in {} s", self.text("url"), PATIENCE.as_secs())
            .into())
    }

    fn processes(&self) -> Vec<Process> {
        let list = self.state["processes"].as_array();
        list.into_iter().flatten().filter_map(Process::from_json).collect()
    }

    fn path(&self, key: &str) -> PathBuf {
        PathBuf::from(self.text(key))
    }

    /// Writes the state atomically, since PHP may read it at any time.
    fn save(&self) -> Result {
        let part = self.dir.join("instance.json.part");
        fs::write(&part, format!("{:#}\n", self.state))?;
        Ok(fs::rename(part, self.dir.join("instance.json"))?)
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// The port of the server behind `tls-proxy.js`.
fn backend(port: u16) -> u16 {
    port.checked_add(1000).unwrap_or(port - 1000)
}
