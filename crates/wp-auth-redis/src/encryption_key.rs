//! The keys that encrypt tokens.

use std::fmt;

use chacha20poly1305::aead::Generate as _;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::ConfigError;
use crate::names::hex;

const LENGTH: usize = 32;

/// A key with fewer distinct bytes is taken for a placeholder. One in 10^30 random keys has so few.
const MIN_DISTINCT: usize = 8;

/// The key that encrypts tokens: 32 random bytes, the same on every machine that uses the store. It is wiped from
/// memory and never shown.
///
/// Create it with [`generate`](Self::generate) or `openssl rand -hex 32`. Do not derive it from a password: an
/// attacker with a copy of the stored data could try passwords offline. Bytes that are text, and a placeholder
/// such as zeros, are refused.
///
/// # Another key
/// Replace a key in three steps, and complete each on all machines before the next: first the old key that [also
/// decrypts](Self::also_decrypts) with the new one; then the new key that also decrypts with the old one;
/// finally, when no token of the old key is left, the new key alone. No token is lost, although machines in two
/// adjacent steps run side by side.
pub struct EncryptionKey {
    current: Zeroizing<[u8; LENGTH]>,
    others: Vec<Zeroizing<[u8; LENGTH]>>,
}

impl EncryptionKey {
    /// Generates a new key. Use [`to_hex`](Self::to_hex) to copy it to the other machines.
    ///
    /// ```
    /// use wp_auth_redis::EncryptionKey;
    ///
    /// # fn main() -> Result<(), wp_auth_redis::ConfigError> {
    /// let key = EncryptionKey::generate()?;
    /// let hex = key.to_hex(); // a secret: hand it to the other machines, do not log it
    /// # let _ = hex; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::NoRandomNumbers`].
    pub fn generate() -> Result<Self, ConfigError> {
        let current = <[u8; LENGTH]>::try_generate().map_err(|_| ConfigError::NoRandomNumbers)?;
        Ok(Self { current: Zeroizing::new(current), others: Vec::new() })
    }

    /// Creates a key from its bytes.
    ///
    /// # Errors
    /// [`ConfigError::Key`] for bytes that are text, such as a passphrase or hexadecimal digits, and for a
    /// placeholder.
    pub fn from_bytes(bytes: [u8; LENGTH]) -> Result<Self, ConfigError> {
        let current = Zeroizing::new(bytes);
        if current.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
            return Err(ConfigError::key(
                "its bytes are text, and a key is random; `openssl rand -hex 32` makes one",
            ));
        }
        let is_distinct = |at: usize| !current[..at].contains(&current[at]);
        if (0..LENGTH).filter(|at| is_distinct(*at)).count() < MIN_DISTINCT {
            return Err(ConfigError::key("it is a placeholder; `openssl rand -hex 32` makes a key"));
        }
        Ok(Self { current, others: Vec::new() })
    }

    /// Creates a key from 64 hexadecimal digits, as `openssl rand -hex 32` writes them. Surrounding whitespace is
    /// ignored.
    ///
    /// # Errors
    /// [`ConfigError::Key`] for anything else, and the errors of [`from_bytes`](Self::from_bytes).
    pub fn from_hex(text: &str) -> Result<Self, ConfigError> {
        let invalid = || ConfigError::key("it is 64 hexadecimal digits");
        let (pairs, []) = text.trim().as_bytes().as_chunks::<2>() else { return Err(invalid()) };
        let mut key = Zeroizing::new([0; LENGTH]);
        if pairs.len() != LENGTH {
            return Err(invalid());
        }
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        for (byte, [high, low]) in key.iter_mut().zip(pairs) {
            let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return Err(invalid()) };
            *byte = high << 4 | low;
        }
        Self::from_bytes(*key)
    }

    /// Also decrypts data that was encrypted with `other`. New data is always encrypted with this key.
    ///
    /// ```
    /// use wp_auth_redis::EncryptionKey;
    ///
    /// # fn main() -> Result<(), wp_auth_redis::ConfigError> {
    /// # let (new, old) = (EncryptionKey::generate()?, EncryptionKey::generate()?);
    /// let key = new.also_decrypts(old); // encrypts with `new`, reads the entries of both
    /// # let _ = key; Ok(()) }
    /// ```
    pub fn also_decrypts(mut self, other: Self) -> Self {
        self.others.push(other.current);
        self.others.extend(other.others);
        self
    }

    /// The key as 64 hexadecimal digits, without the keys that it also decrypts with.
    pub fn to_hex(&self) -> SecretString {
        hex(&*self.current).into()
    }

    /// The key that encrypts, followed by the other keys that decrypt.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8; LENGTH]> {
        std::iter::once(&self.current).chain(&self.others).map(|key| &**key)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

    fn is_refused(key: Result<EncryptionKey, ConfigError>) -> bool {
        matches!(key.err(), Some(ConfigError::Key { .. }))
    }

    #[test]
    fn from_hex_and_to_hex_round_trip_64_digits() {
        let key = EncryptionKey::from_hex(&format!(" {}\n", HEX.to_uppercase())).unwrap();
        assert_eq!((key.current[1], key.current[30], key.current[31]), (1, 0x1e, 0xff));
        assert_eq!(key.to_hex().expose_secret(), HEX);
        for text in
            ["", "00", &HEX[1..], &HEX.replace('f', "g"), &HEX.replace("0a", "+a"), &format!("{HEX}00")]
        {
            assert!(is_refused(EncryptionKey::from_hex(text)), "{text}");
        }
    }

    #[test]
    fn encryption_key_rejects_pass_phrases_and_placeholders() {
        for text in [
            b"correct horse battery staple 123",
            b"0123456789abcdef0123456789abcdef",
            b"two lines\r\nof a password file\r\n\t",
        ] {
            assert!(is_refused(EncryptionKey::from_bytes(*text)));
            assert!(is_refused(EncryptionKey::from_hex(&hex(text))));
        }
        assert!(is_refused(EncryptionKey::from_bytes([0; 32])));
        let of = |distinct: usize| {
            EncryptionKey::from_bytes(std::array::from_fn(|at| 200 + u8::try_from(at % distinct).unwrap()))
        };
        assert!(is_refused(of(7)));
        assert!(of(8).is_ok());
    }

    #[test]
    fn generate_returns_a_new_valid_key_each_time() {
        let hex = || EncryptionKey::generate().unwrap().to_hex().expose_secret().to_owned();
        let (one, other) = (hex(), hex());
        assert_ne!(one, other);
        assert!(EncryptionKey::from_hex(&one).is_ok());
    }

    #[test]
    fn debug_of_encryption_key_hides_the_key() {
        let key = EncryptionKey::from_hex(HEX).unwrap().also_decrypts(EncryptionKey::generate().unwrap());
        assert_eq!(format!("{key:?} {key:#?}"), "EncryptionKey(…) EncryptionKey(…)");
    }
}
