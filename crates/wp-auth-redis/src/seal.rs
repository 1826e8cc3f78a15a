//! The encoding of entries in Redis.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroizing;
use wp_auth::{ExposeSecret as _, StoreEntry, StoreError, StoreErrorKind};

use crate::EncryptionKey;

/// How an entry is encoded.
#[derive(Clone)]
pub(crate) enum Seal {
    /// As JSON.
    Plain,
    /// The version, a random nonce, and the encrypted JSON, which is bound to its place. The first key encrypts.
    Encrypted(Arc<[XChaCha20Poly1305]>),
}

/// The location of an entry. An encrypted entry cannot be decrypted at another location.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) key: &'a str,
}

/// The prefix of an encrypted value. No text begins with it, and another encryption scheme will use another
/// prefix.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// The purpose of the value, because the same key may also encrypt other data.
const PURPOSE: &str = "wp-auth-redis: an entry of a token store";

impl Place<'_> {
    /// The associated data of the encryption. Different places have different bytes.
    fn bytes(&self) -> Vec<u8> {
        let parts = [PURPOSE, self.prefix, self.key];
        parts
            .iter()
            .flat_map(|part| (part.len() as u64).to_be_bytes().into_iter().chain(part.bytes()))
            .collect()
    }
}

impl Seal {
    pub(crate) fn encrypted(key: &EncryptionKey) -> Self {
        Self::Encrypted(key.all().map(|key| XChaCha20Poly1305::new(key.into())).collect())
    }

    pub(crate) fn close(
        &self,
        place: Place<'_>,
        entry: &StoreEntry,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let json = entry.to_json();
        let text = json.expose_secret().as_bytes();
        let cipher = match self {
            Self::Plain => return Ok(Zeroizing::new(text.to_vec())),
            Self::Encrypted(ciphers) => ciphers.first(),
        };
        let failed = |what| StoreError::new(StoreErrorKind::Unavailable, what);
        let nonce = XNonce::try_generate().map_err(|_| failed("the system has no random numbers"))?;
        let payload = Payload { msg: text, aad: &place.bytes() };
        let sealed = cipher.and_then(|cipher| cipher.encrypt(&nonce, payload).ok());
        let sealed = sealed.ok_or_else(|| failed("the token cannot be encrypted"))?;
        Ok(Zeroizing::new([&[VERSION], nonce.as_slice(), &sealed].concat()))
    }

    pub(crate) fn open(&self, place: Place<'_>, value: &[u8]) -> Result<StoreEntry, StoreError> {
        let read = match self {
            Self::Plain => str::from_utf8(value).ok().and_then(|text| StoreEntry::from_json(text).ok()),
            Self::Encrypted(ciphers) => decrypt(ciphers, place, value),
        };
        // All failures look alike: the reason would help an attacker.
        read.ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt, self.expected()))
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        matches!(self, Self::Encrypted(_))
    }

    fn expected(&self) -> &'static str {
        match self {
            Self::Plain => "it is not JSON of this crate",
            Self::Encrypted(_) => {
                "it was not encrypted with this key for this user and this prefix, or was changed"
            }
        }
    }
}

fn decrypt(ciphers: &[XChaCha20Poly1305], place: Place<'_>, value: &[u8]) -> Option<StoreEntry> {
    let (nonce, sealed) = value.strip_prefix(&[VERSION])?.split_first_chunk::<NONCE>()?;
    let aad = place.bytes();
    let open = |cipher: &XChaCha20Poly1305| {
        cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad }).ok()
    };
    let text = Zeroizing::new(ciphers.iter().find_map(open)?);
    StoreEntry::from_json(str::from_utf8(&text).ok()?).ok()
}

/// Shows the encoding, but no key.
impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Encrypted(_) => "encrypted",
        })
    }
}

#[cfg(test)]
mod tests {
    use wp_auth::SavedToken;

    use super::*;

    const ANA: Place<'_> = Place { prefix: "wp:", key: "ana" };

    fn key(first: u8) -> EncryptionKey {
        let bytes = std::array::from_fn(|at| if at == 0 { first } else { u8::try_from(at).unwrap() });
        EncryptionKey::from_bytes(bytes).unwrap()
    }

    fn seal(first: u8) -> Seal {
        Seal::encrypted(&key(first))
    }

    fn json(entry: &StoreEntry) -> String {
        entry.to_json().expose_secret().to_owned()
    }

    fn entry() -> StoreEntry {
        StoreEntry::of_token(SavedToken::access("hunter2").client_name("sync"))
    }

    fn is_corrupt(seal: &Seal, place: Place<'_>, value: &[u8]) {
        let error = seal.open(place, value).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn sealed_entry_opens_only_with_its_key_place_and_bytes() {
        let sealed = seal(1).close(ANA, &entry()).unwrap();
        assert_eq!(json(&seal(1).open(ANA, &sealed).unwrap()), json(&entry()));
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"), "it is there to be read");
        assert_ne!(sealed, seal(1).close(ANA, &entry()).unwrap(), "the nonce is not random");
        is_corrupt(&seal(2), ANA, &sealed);
        for place in [
            Place { key: "eva", ..ANA },
            Place { prefix: "other:", ..ANA },
            Place { prefix: "", key: "wp:ana" },
            Place { prefix: "wp:a", key: "na" },
        ] {
            is_corrupt(&seal(1), place, &sealed);
        }
        for end in 0..sealed.len() {
            is_corrupt(&seal(1), ANA, &sealed[..end]);
            let mut changed = sealed.to_vec();
            changed[end] ^= 1;
            is_corrupt(&seal(1), ANA, &changed);
        }
        is_corrupt(&Seal::Plain, ANA, &sealed);
        is_corrupt(&seal(1), ANA, &Seal::Plain.close(ANA, &entry()).unwrap());
        is_corrupt(&Seal::Plain, ANA, b"{\"version\":[\"hunter2\"]}");
    }

    #[test]
    fn key_rotation_each_step_reads_entries_of_adjacent_steps() {
        let steps = [
            Seal::encrypted(&key(1)),
            Seal::encrypted(&key(1).also_decrypts(key(2))),
            Seal::encrypted(&key(2).also_decrypts(key(1))),
            Seal::encrypted(&key(2)),
        ];
        for pair in steps.windows(2) {
            for (writer, reader) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
                // The last step follows when no value of the old key is left.
                let sealed = writer.close(ANA, &entry()).unwrap();
                assert_eq!(json(&reader.open(ANA, &sealed).unwrap()), json(&entry()));
            }
        }
        is_corrupt(&steps[3], ANA, &steps[0].close(ANA, &entry()).unwrap());
        is_corrupt(&steps[0], ANA, &steps[2].close(ANA, &entry()).unwrap());
        let chain = Seal::encrypted(&key(3).also_decrypts(key(2).also_decrypts(key(1))));
        assert!(chain.open(ANA, &steps[0].close(ANA, &entry()).unwrap()).is_ok());
    }

    #[test]
    fn debug_of_seal_hides_the_key() {
        assert_eq!(format!("{:?} {:#?}", seal(1), Seal::Plain), "encrypted plain");
    }
}
