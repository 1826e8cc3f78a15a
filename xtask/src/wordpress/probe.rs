//! Checks whether a REST API responds.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

use xshell::{Shell, cmd};

/// Sends a request, over TLS if there is a certificate authority; the server's certificate must then be valid.
pub fn responses(sh: &Shell, port: u16, path: &str, ca: Option<&str>) -> bool {
    let head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let response = match ca {
        None => plain(port, &head).unwrap_or_default(),
        Some(ca) => {
            let options = ["-quiet", "-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile", ca];
            let address = format!("127.0.0.1:{port}");
            let client = cmd!(sh, "openssl s_client {options...} -connect {address}");
            client.stdin(head).quiet().ignore_status().ignore_stderr().read().unwrap_or_default()
        }
    };
    is_api(&response)
}

fn plain(port: u16, head: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(head.as_bytes())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// Whether it is the index, or the error of a plugin that blocks it; not a page of a site that is still being set up.
fn is_api(response: &str) -> bool {
    match response.split(' ').nth(1) {
        Some("200") => response.contains("\"namespaces\""),
        Some("401" | "403") => response.to_ascii_lowercase().contains("content-type: application/json"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_response_of_the_api_counts() {
        for (response, good) in [
            ("HTTP/1.1 200 OK\r\n\r\n{\"namespaces\":[]}", true),
            ("HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n{\"status\":\"error\"}", true),
            ("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>", false),
            ("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", false),
            ("HTTP/1.0 200 OK\r\n\r\n<html>", false),
            ("HTTP/1.1 500 No\r\n\r\n{\"namespaces\":[]}", false),
            ("", false),
        ] {
            assert_eq!(is_api(response), good, "{response}");
        }
    }
}
