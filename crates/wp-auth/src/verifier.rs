//! A digest of a password that shows whether two processes have the same one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use pbkdf2::{Params, Pbkdf2};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::digest::hex;
use crate::unblock::unblock;

/// A digest of the password that a token was granted for. It is stored with the token, so that a process gets the
/// token only if it has the same password.
///
/// In a store that others may read, it is PBKDF2-HMAC-SHA256, salted with the key of the entry, which names the
/// site and the user. In a sealed store it is an HMAC. It is computed once for each password, on first use.
#[derive(Clone, Default)]
pub(crate) struct Verifier(Arc<Mutex<Option<Computed>>>);

struct Computed {
    /// The HMAC of the password, to check quickly whether it is still the same.
    keyed: String,
    digest: String,
}

impl Verifier {
    /// `None` if no thread can be started to compute it.
    pub(crate) async fn of(&self, key: &str, secret: &SecretString, is_sealed: bool) -> Option<String> {
        let keyed = keyed(key, secret);
        if is_sealed {
            return Some(keyed);
        }
        if let Some(computed) = self.computed().as_ref().filter(|computed| computed.keyed == keyed) {
            return Some(computed.digest.clone());
        }
        let (verifier, key, secret) = (self.clone(), key.to_owned(), secret.clone());
        // The computation continues if the caller is cancelled; the next call then finds the result.
        unblock(move || {
            let digest = slow(&key, &secret);
            *verifier.computed() = Some(Computed { keyed, digest: digest.clone() });
            digest
        })
        .await
    }

    fn computed(&self) -> MutexGuard<'_, Option<Computed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keyed(key: &str, secret: &SecretString) -> String {
    // HMAC accepts keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(secret.expose_secret().as_bytes());
    format!("hmac-sha256:{}", hex(&mac.finalize().into_bytes()))
}

/// With the number of rounds that OWASP recommends (600,000 in 2023).
fn slow(key: &str, secret: &SecretString) -> String {
    let mut digest = [0; 32];
    // Not generic, so compiled in its own crate, which a program may optimize alone.
    Pbkdf2::SHA256.hash_password_into(secret.expose_secret().as_bytes(), key.as_bytes(), &mut digest);
    format!("pbkdf2-sha256:{}:{}", Params::RECOMMENDED_ROUNDS, hex(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifier_digest_depends_on_password_and_key() {
        for digest in [keyed, slow] {
            let one = digest("site ana", &"hunter2".into());
            assert_eq!(one, digest("site ana", &"hunter2".into()));
            assert_ne!(one, digest("site ana", &"hunter3".into()));
            assert_ne!(one, digest("site eva", &"hunter2".into()));
            assert!(!one.contains("hunter2"));
        }
    }

    #[test]
    fn slow_digest_is_standard_pbkdf2() {
        // Python's `hashlib.pbkdf2_hmac("sha256", b"passwd", b"salt", 600000)`.
        let known = "1074be241b7be078a90369fae10cdc0394cf64a6780904421bd79c51fd372db0";
        assert_eq!(slow("salt", &"passwd".into()), format!("pbkdf2-sha256:600000:{known}"));
    }

    #[tokio::test]
    async fn verifier_digest_is_cached_per_password() {
        let verifier = Verifier::default();
        let (one, other) = ("hunter2".into(), "hunter3".into());
        let digest = verifier.of("key", &one, false).await;
        // A known digest needs no thread.
        let again = futures_util::FutureExt::now_or_never(verifier.of("key", &one, false));
        assert_eq!(again.unwrap(), digest);
        assert_ne!(verifier.of("key", &other, false).await, digest, "a provider may change its password");
    }
}
