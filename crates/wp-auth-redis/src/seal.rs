//! Tokens as they lie in Redis.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use secrecy::zeroize::{Zeroize as _, Zeroizing};
use wp_auth::{ExposeSecret as _, SavedToken, StoreError, StoreErrorKind};

use crate::ConfigError;

/// The key that tokens are encrypted with: 32 random bytes, the same wherever the store is used. It is wiped
/// from memory, and shown nowhere.
pub struct EncryptionKey([u8; 32]);

impl EncryptionKey {
    /// A key from its bytes. They are a key that nobody can guess, and no password.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key from 64 hexadecimal digits, as `openssl rand -hex 32` writes them; blanks around them do not count.
    ///
    /// # Errors
    /// [`ConfigError::Key`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, ConfigError> {
        let (pairs, []) = text.trim().as_bytes().as_chunks::<2>() else { return Err(ConfigError::Key) };
        let mut key = Self([0; 32]);
        if pairs.len() != key.0.len() {
            return Err(ConfigError::Key);
        }
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        for (byte, [high, low]) in key.0.iter_mut().zip(pairs) {
            let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return Err(ConfigError::Key) };
            *byte = high << 4 | low;
        }
        Ok(key)
    }
}

impl From<[u8; 32]> for EncryptionKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self::new(bytes)
    }
}

impl Drop for EncryptionKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(…)")
    }
}

/// How a token is written down.
#[derive(Clone)]
pub(crate) enum Seal {
    /// As JSON.
    Plain,
    /// This version, a random nonce, and the JSON, encrypted for one key of the store.
    Encrypted(Arc<XChaCha20Poly1305>),
}

/// What an encrypted value begins with: no text does, and another way to encrypt will have another one.
const VERSION: u8 = 1;
const NONCE: usize = 24;

impl Seal {
    pub(crate) fn encrypted(key: &EncryptionKey) -> Self {
        Self::Encrypted(Arc::new(XChaCha20Poly1305::new((&key.0).into())))
    }

    pub(crate) fn close(&self, key: &str, token: &SavedToken) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let json = token.to_json();
        let text = json.expose_secret().as_bytes();
        let Self::Encrypted(cipher) = self else { return Ok(Zeroizing::new(text.to_vec())) };
        let failed = |what| StoreError::new(StoreErrorKind::Unavailable, what);
        let nonce = XNonce::try_generate().map_err(|_| failed("the system has no random numbers"))?;
        // Whose it is, is sealed in: it cannot be handed to somebody else.
        let payload = Payload { msg: text, aad: key.as_bytes() };
        let sealed = cipher.encrypt(&nonce, payload).map_err(|_| failed("the token cannot be encrypted"))?;
        Ok(Zeroizing::new([&[VERSION], nonce.as_slice(), &sealed].concat()))
    }

    pub(crate) fn open(&self, key: &str, value: &[u8]) -> Result<SavedToken, StoreError> {
        let read = match self {
            Self::Plain => str::from_utf8(value).ok().and_then(|text| SavedToken::from_json(text).ok()),
            Self::Encrypted(cipher) => decrypt(cipher, key, value),
        };
        // Why it cannot be read is not told apart: that would help only who tries.
        read.ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt, self.expected()))
    }

    fn expected(&self) -> &'static str {
        match self {
            Self::Plain => "it is not JSON of this crate",
            Self::Encrypted(_) => "it was not encrypted with this key for this user, or was changed",
        }
    }
}

fn decrypt(cipher: &XChaCha20Poly1305, key: &str, value: &[u8]) -> Option<SavedToken> {
    let (nonce, sealed) = value.strip_prefix(&[VERSION])?.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: key.as_bytes() };
    let text = Zeroizing::new(cipher.decrypt(&XNonce::from(*nonce), payload).ok()?);
    SavedToken::from_json(str::from_utf8(&text).ok()?).ok()
}

/// Says how, and not by which key.
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
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF";

    fn seal(byte: u8) -> Seal {
        Seal::encrypted(&EncryptionKey::new([byte; 32]))
    }

    fn json(token: &SavedToken) -> String {
        token.to_json().expose_secret().to_owned()
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_for_the_same_user_and_as_it_is_alone() {
        let token = SavedToken::access("hunter2").client_name("sync");
        let sealed = seal(1).close("ana", &token).unwrap();
        assert_eq!(json(&seal(1).open("ana", &sealed).unwrap()), json(&token));
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"), "it is there to be read");
        assert_ne!(sealed, seal(1).close("ana", &token).unwrap(), "the nonce is not random");
        let corrupt = |seal: Seal, key: &str, value: &[u8]| {
            let error = seal.open(key, value).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt);
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        };
        corrupt(seal(2), "ana", &sealed);
        corrupt(seal(1), "eva", &sealed);
        for end in 0..sealed.len() {
            corrupt(seal(1), "ana", &sealed[..end]);
            let mut changed = sealed.to_vec();
            changed[end] ^= 1;
            corrupt(seal(1), "ana", &changed);
        }
        corrupt(Seal::Plain, "ana", &sealed);
        corrupt(seal(1), "ana", &Seal::Plain.close("ana", &token).unwrap());
        corrupt(Seal::Plain, "ana", b"{\"access\":[\"hunter2\"]}");
    }

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        let key = EncryptionKey::from_hex(&format!(" {HEX}\n")).unwrap();
        assert_eq!((key.0[1], key.0[30], key.0[31]), (1, 0x1e, 0xff));
        for text in
            ["", "00", &HEX[1..], &HEX.replace('f', "g"), &HEX.replace("0a", "+a"), &format!("{HEX}00")]
        {
            assert_eq!(EncryptionKey::from_hex(text).unwrap_err(), ConfigError::Key, "{text}");
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = EncryptionKey::from([0xab; 32]);
        let shown = format!("{key:?} {:?}", Seal::encrypted(&key));
        assert!(!shown.contains("171") && !shown.contains("ab"), "{shown}");
    }
}
