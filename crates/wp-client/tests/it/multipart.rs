//! Multipart forms with files, as PHP reads them.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use wp_client::{Body, Client, ErrorKind, Multipart};

use crate::transports;

/// Says what PHP made of a form.
const SCRIPT: &str = r"<?php
header('Content-Type: application/json');
$files = array_map(fn($f) => [$f['name'], $f['type'], $f['error'], $f['size'], md5_file($f['tmp_name'])], $_FILES);
echo json_encode(['method' => $_SERVER['REQUEST_METHOD'], 'fields' => $_POST, 'files' => $files]);
";

/// PHP's own web server, until it is dropped.
struct Php {
    address: SocketAddr,
    child: Child,
    script: PathBuf,
}

impl Php {
    /// `None` where there is no PHP.
    fn start() -> Option<Self> {
        // Another program may take a free port meanwhile.
        for _ in 0..3 {
            let mut php = Self::start_at(TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())?;
            if php.is_ready() {
                return Some(php);
            }
        }
        panic!("php does not listen");
    }

    fn start_at(address: SocketAddr) -> Option<Self> {
        let script = std::env::temp_dir().join(format!("wp-client-multipart-{}.php", address.port()));
        std::fs::write(&script, SCRIPT).unwrap();
        let child = Command::new("php")
            .args(["-d", "upload_max_filesize=64M", "-d", "post_max_size=64M", "-S", &address.to_string()])
            .arg(&script)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            std::fs::remove_file(&script).unwrap();
            return None;
        };
        Some(Self { address, child, script })
    }

    fn is_ready(&mut self) -> bool {
        // Up to half a minute, for a busy machine.
        for _ in 0..600 {
            std::thread::sleep(Duration::from_millis(50));
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(self.address).is_ok() {
                return true;
            }
        }
        false
    }
}

impl Drop for Php {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.script);
    }
}

const LARGE: usize = 3_000_000;

/// Can be opened again.
fn large() -> Body {
    Body::reopen(LARGE as u64, || async { Ok(Body::stream(Body::from(vec![b'x'; LARGE]), LARGE as u64)) })
}

#[tokio::test]
async fn multipart_is_read_by_php_as_written() {
    let Some(php) = Php::start() else {
        // Around what the test runner keeps to itself.
        let _ = std::io::stdout()
            .write_all(b"test multipart::multipart_is_read_by_php_as_written ... not run: there is no php\n");
        return;
    };
    let form = |file: Body| {
        Multipart::new()
            .text("title", "J\u{fc} \"x\" & y=z;\r\n\t--\0")
            .text("a[b]", "1")
            .text("a[c]", "2")
            .file("file", "D\u{fc}ne \"1\".jpg", "image/jpeg", file)
            .file("second", "empty.txt", "text/plain", "")
            .file("third", "b", "application/octet-stream", b"\0\r\n--".to_vec())
    };
    for (name, transport) in transports() {
        let wp = Client::builder(format!("http://{}", php.address)).transport(transport).build().unwrap();
        let once = || Body::stream(Body::from(vec![b'x'; LARGE]), LARGE as u64);
        for file in [large(), once(), Body::from(vec![b'x'; LARGE])] {
            let got: Value =
                wp.post("/form").multipart(form(file)).timeout(Duration::from_secs(30)).await.unwrap();
            let expected = json!({
                "method": "POST",
                "fields": {"title": "J\u{fc} \"x\" & y=z;\r\n\t--\0", "a": {"b": "1", "c": "2"}},
                "files": {
                    "file": ["D\u{fc}ne %221%22.jpg", "image/jpeg", 0, LARGE, "8e32e22642bddc89698e25a4e9bf528b"],
                    "second": ["empty.txt", "text/plain", 0, 0, "d41d8cd98f00b204e9800998ecf8427e"],
                    "third": ["b", "application/octet-stream", 0, 5, "8fbb0760d9f9c41967c42ad47316d544"],
                },
            });
            assert_eq!(got, expected, "{name}");
        }
    }
}

#[tokio::test]
async fn multipart_rejects_an_invalid_form() {
    let wp = Client::builder("http://127.0.0.1:1").build().unwrap();
    let error = wp.post("/wp/v2/media").multipart(Multipart::new().text("", "x")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Request(_)) && !error.may_have_happened(), "{error:?}");
}
