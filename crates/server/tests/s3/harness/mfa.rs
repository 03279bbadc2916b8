//! A virtual MFA device, as an authenticator application is one (RFC 6238: SHA-1, 30 seconds, six digits).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Actor, TestServer};

/// A device that belongs to whoever enabled it.
pub(crate) struct Device<'a> {
    server: &'a TestServer,
    pub(crate) serial: String,
    key: hmac::Key,
}

impl<'a> Device<'a> {
    /// Makes a device and enables it for a user, or for the root user when none is named. `root` is who asks for it.
    ///
    /// The clock moves on, so that the next code is a new one.
    pub(crate) async fn enabled(root: &Actor<'a>, user: Option<&str>) -> Self {
        let name = user.unwrap_or("root");
        let made = root.iam("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]).send().await.succeeded();
        let seed = STANDARD.decode(made.first("Base32StringSeed")).expect("base64");
        let serial = made.first("SerialNumber");
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &from_base32(&seed));
        let device = Self { server: root.server, serial, key };
        let (first, second) = (device.code_at(0), device.code_at(1));
        let mut parameters = vec![("SerialNumber", device.serial.as_str())];
        parameters.extend([("AuthenticationCode1", first.as_str()), ("AuthenticationCode2", second.as_str())]);
        parameters.extend(user.map(|name| ("UserName", name)));
        root.iam("EnableMFADevice", &parameters).send().await.succeeded();
        device.server.advance(60);
        device
    }

    /// The code that it shows now.
    pub(crate) fn code(&self) -> String {
        self.code_at(0)
    }

    /// A code that it has not shown before; the clock moves on for it.
    pub(crate) fn next_code(&self) -> String {
        self.server.advance(30);
        self.code()
    }

    /// A code that it shows neither now nor soon.
    pub(crate) fn wrong_code(&self) -> String {
        let near: Vec<String> = (-4..=4).map(|steps| self.code_at(steps)).collect();
        let mut all = (0..1_000_000).map(|number| format!("{number:06}"));
        all.find(|code| !near.contains(code)).expect("there are more codes than near ones")
    }

    /// What `x-amz-mfa` holds.
    pub(crate) fn header(&self) -> String {
        format!("{} {}", self.serial, self.next_code())
    }

    /// The code of so many steps from now. RFC 4226, section 5.3.
    fn code_at(&self, steps: i64) -> String {
        let step = self.server.now().as_second() / 30 + steps;
        let tag = hmac::sign(&self.key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[19] & 15);
        let chosen: [u8; 4] = tag[offset..offset + 4].try_into().expect("four bytes");
        format!("{:06}", (u32::from_be_bytes(chosen) & 0x7fff_ffff) % 1_000_000)
    }
}

/// The bytes of a base32 text without padding (RFC 4648).
fn from_base32(text: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for character in text {
        let value = ALPHABET.iter().position(|letter| letter == character).expect("base32");
        held = (held << 5 | value as u32) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}
