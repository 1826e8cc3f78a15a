//! A certificate authority for one instance, with one certificate for 127.0.0.1.

use std::{
    fs,
    path::{Path, PathBuf},
};

use xshell::{Shell, cmd};

use super::{LIB, tools::run};
use crate::Result;

/// Writes `server.key` and `server.pem` to `dir`, and returns the path of the authority's certificate.
pub fn certify(sh: &Shell, dir: &Path) -> Result<PathBuf> {
    let config = Path::new(LIB).join("openssl.cnf");
    let [ca_key, ca, key, request, certificate] =
        ["ca.key", "ca.pem", "server.key", "server.csr", "server.pem"].map(|name| dir.join(name));
    let new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"];
    let (config, days) = (&config, "30");
    run(cmd!(
        sh,
        "openssl req -x509 -config {config} -extensions authority {new...} -days {days}
         -subj /CN=xtask-wordpress-authority -keyout {ca_key} -out {ca}"
    ))?;
    run(cmd!(sh, "openssl req -config {config} {new...} -subj /CN=127.0.0.1 -keyout {key} -out {request}"))?;
    run(cmd!(
        sh,
        "openssl x509 -req -in {request} -CA {ca} -CAkey {ca_key} -CAcreateserial -days {days} -sha256
         -extfile {config} -extensions server -out {certificate}"
    ))?;
    // The authority signs nothing else.
    fs::remove_file(ca_key)?;
    Ok(ca)
}
