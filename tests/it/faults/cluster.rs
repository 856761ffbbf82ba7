//! A PostgreSQL server of a test's own, that may be killed, cut off and filled up, and that a supervisor starts again.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Where a cluster lives.
pub enum Home {
    /// In a folder, reached by a socket there.
    Socket,
    /// In a network of its own, reached over a cable that can be pulled.
    Network,
    /// On a file system of this many MiB, reached by a socket.
    Small(u32),
}

/// A server with durable commits and one database `app` with PostGIS.
pub struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    socket: PathBuf,
    network: Option<String>,
    mounted: bool,
    /// As `--store` takes it.
    pub url: String,
}

fn root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

fn shell(command: &str) -> Output {
    Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output().unwrap()
}

fn ok(command: &str) -> Result<(), String> {
    let output = shell(command);
    let said =
        || format!("{command}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(said()) }
}

impl Cluster {
    /// Makes one and starts it; `None`, and a loud word, where this machine cannot.
    pub fn start(home: &Home) -> Option<Self> {
        let skipped = |why: &str| {
            eprintln!("SKIPPED: a fault of the database was NOT tried: {why}");
            None
        };
        let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut installed: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
        installed.sort();
        let Some(bin) = installed.into_iter().rfind(|bin| bin.join("initdb").exists()) else {
            return skipped("no PostgreSQL in /usr/lib/postgresql");
        };
        if !root() && !matches!(home, Home::Socket) {
            return skipped("it needs root");
        }
        // short: a socket's path may have 107 bytes
        let folder = tempfile::Builder::new().prefix("wg-f").tempdir_in("/tmp").unwrap().keep();
        let mut cluster = Self {
            bin,
            socket: folder.clone(),
            url: format!("postgres://postgres@{}/app", folder.display().to_string().replace('/', "%2F")),
            folder,
            network: None,
            mounted: false,
        };
        let prepared = match home {
            Home::Socket => Ok(()),
            Home::Small(mib) => {
                cluster.mounted = true;
                ok(&format!("mount -t tmpfs -o size={mib}m tmpfs {}", cluster.folder.display()))
            }
            Home::Network => {
                let name = format!("wg{}", std::process::id() % 100_000);
                let block = std::process::id() % 250;
                cluster.network = Some(name.clone());
                cluster.url = format!("postgres://postgres@10.231.{block}.2/app");
                ok(&format!(
                    "ip netns add {name} && ip link add {name} type veth peer name in0 netns {name} && \
                     ip addr add 10.231.{block}.1/30 dev {name} && ip link set {name} up && \
                     ip -n {name} addr add 10.231.{block}.2/30 dev in0 && ip -n {name} link set in0 up && \
                     ip -n {name} link set lo up"
                ))
            }
        };
        if let Err(why) = prepared {
            return skipped(&why);
        }
        cluster.make();
        Some(cluster)
    }

    fn make(&self) {
        if root() {
            ok(&format!("chown postgres: {0} && chmod 755 {0}", self.folder.display())).unwrap();
        }
        self.as_postgres("initdb -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync").unwrap();
        let settings = format!(
            "listen_addresses = '{}'\nunix_socket_directories = '{}'\nfsync = on\nsynchronous_commit = on\n\
             shared_buffers = 64MB\nmin_wal_size = 32MB\nmax_wal_size = 48MB\njit = off\n",
            if self.network.is_some() { "*" } else { "" },
            self.socket.display()
        );
        let data = self.folder.join("data");
        append(&data.join("postgresql.conf"), &settings);
        append(&data.join("pg_hba.conf"), "host all all 10.231.0.0/16 trust\n");
        assert!(self.up(Duration::from_mins(1)), "the server does not start");
        self.sql("postgres", "CREATE DATABASE app");
        self.sql("app", "CREATE EXTENSION postgis");
    }

    /// Runs a program of the server as the user it wants, where it lives.
    fn as_postgres(&self, words: &str) -> Result<(), String> {
        let inside = self.network.as_ref().map(|name| format!("ip netns exec {name} ")).unwrap_or_default();
        let user = if root() { "runuser -u postgres -- " } else { "" };
        ok(&format!(
            "cd {} && {inside}{user}{}/{words} </dev/null >>out.log 2>&1",
            self.folder.display(),
            self.bin.display()
        ))
        .map_err(|why| why + &std::fs::read_to_string(self.folder.join("out.log")).unwrap_or_default())
    }

    /// Starts it when it is not running, as its supervisor does; whether it answers in time.
    pub fn up(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            let running = self.as_postgres("pg_ctl -D data status").is_ok();
            let answers = running && self.as_postgres(&format!("pg_isready -q -h {}", self.socket.display())).is_ok();
            if answers {
                return true;
            }
            if !running {
                let _ = self.as_postgres("pg_ctl -D data -l server.log -w -t 20 start");
            }
            if Instant::now() > until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Kills the server and all its processes, as a power cut would.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        let Some(pid) = pid.lines().next().map(str::to_owned) else { return };
        let _ =
            shell(&format!("pkill -9 -P {pid}; kill -9 {pid}; while kill -0 {pid} 2>/dev/null; do sleep 0.02; done"));
    }

    /// Pulls the cable, or puts it back.
    pub fn cable(&self, plugged: bool) {
        let name = self.network.as_ref().expect("a network");
        ok(&format!("ip link set {name} {}", if plugged { "up" } else { "down" })).unwrap();
    }

    /// Fills the file system, or makes room again.
    pub fn fill(&self, full: bool) {
        let filler = self.folder.join("filler");
        if full {
            let _ = shell(&format!("dd if=/dev/zero of={} bs=4k 2>/dev/null", filler.display()));
        } else {
            let _ = std::fs::remove_file(filler);
        }
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("server.log")).unwrap_or_default()).into_owned()
    }

    /// Runs a statement from beside the server, whatever the cable; what it printed.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let output = Command::new(self.bin.join("psql"))
            .args(["-qXAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
            .arg(&self.socket)
            .args(["-d", database, "-c", statement])
            .output()
            .unwrap();
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

fn append(path: &Path, text: &str) {
    let mut all = std::fs::read_to_string(path).unwrap();
    all.push_str(text);
    std::fs::write(path, all).unwrap();
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
        if let Some(name) = &self.network {
            let _ = shell(&format!("ip link del {name}; ip netns del {name}"));
        }
        if self.mounted {
            let _ = shell(&format!("umount -l {}", self.folder.display()));
        }
        if std::thread::panicking() {
            eprintln!("the server's log: {}/server.log", self.folder.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
