//! Virtual MFA devices and their codes.

use std::sync::Arc;

use larder_types::Timestamp;

use super::{AccountState, Change, Quotas, checks, tags};
use crate::model::{Assignment, MfaDevice, Tag, Who};
use crate::totp::{self, Totp};
use crate::{IamError, ids};

/// So many wrong codes in a row ...
const MOST_WRONG_CODES: u8 = 5;
/// ... and the device takes none for so long.
const LOCKED_MILLIS: i64 = 5 * 60 * 1000;
/// A device's clock may be off by this many steps.
const TOLERANCE: i64 = 1;
/// By how many steps it may be off when it is enabled.
const ENABLE_WINDOW: i64 = 10;
/// By how many steps it may be off when it is synchronized again: four hours.
const RESYNC_WINDOW: i64 = 480;
/// `arn:aws:iam::123456789012:mfa/` and the name must fit into a serial number.
const LONGEST_NAME: usize = 226;

/// What a new device is to be.
#[derive(Clone, Debug, Default)]
pub struct CreateMfaDevice {
    /// Its name.
    pub name: String,
    /// Its path; `/` when it is not given.
    pub path: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum MfaVerdict {
    /// It is good, and has been used up.
    Good,
    /// It is wrong, or was used before.
    Wrong,
    /// There were too many wrong codes: it was not looked at.
    Locked,
}

impl AccountState {
    /// All devices, assigned or not, in order of their paths and names.
    pub fn mfa_devices(&self) -> impl Iterator<Item = &Arc<MfaDevice>> {
        self.mfa_devices.values()
    }

    /// The devices of a user or of the root user.
    pub fn mfa_devices_of<'a>(&'a self, who: &'a Who) -> impl Iterator<Item = &'a Arc<MfaDevice>> {
        self.mfa_devices.values().filter(move |device| device.assigned.as_ref().is_some_and(|it| it.who == *who))
    }

    /// A device by its serial number.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn mfa_device(&self, serial: &str) -> Result<&Arc<MfaDevice>, IamError> {
        let prefix = format!("arn:aws:iam::{}:mfa", self.id());
        let found = serial.strip_prefix(&prefix).and_then(|name| self.mfa_devices.get(&checks::folded(name)));
        found
            .filter(|device| device.arn(self.id()) == serial)
            .ok_or_else(|| IamError::missing(format!("VirtualMFADevice with serial number {serial} doesn't exist.")))
    }

    /// Makes a device that belongs to nobody yet. The answer has its seed, which is not to be shown again.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `ValidationError`, `InvalidInput`, `LimitExceeded`.
    pub fn create_mfa_device(
        &mut self,
        change: &Change<'_>,
        request: CreateMfaDevice,
    ) -> Result<Arc<MfaDevice>, IamError> {
        let CreateMfaDevice { name, path, tags } = request;
        checks::name("virtualMFADeviceName", &name, LONGEST_NAME)?;
        let path = path.unwrap_or_else(|| "/".to_owned());
        checks::path(&path)?;
        tags::check_new(&tags, "MFADevice")?;
        if self.mfa_devices.get(&key(&path, &name)).is_some() {
            return Err(IamError::exists("MFADevice entity at the same path and name already exists."));
        }
        if self.mfa_devices.len() >= Quotas::MFA_DEVICES {
            let quota = Quotas::MFA_DEVICES;
            return Err(IamError::limit(format!("Cannot exceed quota for VirtualMFADevicesPerAccount: {quota}")));
        }
        let device = MfaDevice {
            name: name.into(),
            path: path.into(),
            created: change.now,
            tags,
            seed: Arc::new(ids::mfa_seed(change.rng)),
            assigned: None,
            last_step: 0,
            drift: 0,
            wrong_codes: 0,
            locked_until: None,
        };
        Ok(self.replace_mfa_device(device))
    }

    /// Assigns a device to a user or to the root user, who gives two codes that follow each other.
    ///
    /// Unlike other methods this changes the state also without success: wrong codes are counted.
    ///
    /// # Errors
    /// `NoSuchEntity`, `EntityAlreadyExists` when it is assigned already, `LimitExceeded`.
    pub fn enable_mfa_device(
        &mut self,
        change: &Change<'_>,
        who: Who,
        serial: &str,
        codes: [&str; 2],
    ) -> Result<MfaVerdict, IamError> {
        let mut device = MfaDevice::clone(self.mfa_device(serial)?);
        if device.assigned.is_some() {
            return Err(IamError::exists("MFA Device is already in use."));
        }
        if let Who::User(id) = &who
            && self.user_by_id(id).is_none()
        {
            return Err(IamError::missing(format!("The user with id {id} cannot be found.")));
        }
        if self.mfa_devices_of(&who).count() >= Quotas::MFA_DEVICES_PER_USER {
            let quota = Quotas::MFA_DEVICES_PER_USER;
            return Err(IamError::limit(format!("Cannot exceed quota for MFADevicesPerUser: {quota}")));
        }
        let verdict = device.synchronize(change.now, codes, ENABLE_WINDOW);
        if verdict == MfaVerdict::Good {
            device.assigned = Some(Assignment { who, enabled: change.now });
        }
        self.replace_mfa_device(device);
        Ok(verdict)
    }

    /// Finds out how far a device's clock is off, by two codes that follow each other. Counts wrong codes as
    /// [`AccountState::enable_mfa_device`] does.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is another's.
    pub fn resync_mfa_device(
        &mut self,
        change: &Change<'_>,
        who: &Who,
        serial: &str,
        codes: [&str; 2],
    ) -> Result<MfaVerdict, IamError> {
        let mut device = self.own_device(who, serial)?;
        let verdict = device.synchronize(change.now, codes, RESYNC_WINDOW);
        self.replace_mfa_device(device);
        Ok(verdict)
    }

    /// Takes a device away from its owner; it can be enabled again.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is another's.
    pub fn deactivate_mfa_device(&mut self, who: &Who, serial: &str) -> Result<(), IamError> {
        let mut device = self.own_device(who, serial)?;
        device.assigned = None;
        self.replace_mfa_device(device);
        Ok(())
    }

    /// Deletes a device that is not assigned.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_mfa_device(&mut self, serial: &str) -> Result<(), IamError> {
        let device = self.mfa_device(serial)?;
        if device.assigned.is_some() {
            return Err(IamError::conflict("MFA VirtualDevice in use. Must deactivate first."));
        }
        let key = key(&device.path, &device.name);
        self.mfa_devices.remove(&key);
        Ok(())
    }

    /// Uses up a code of a device. Counts wrong codes as [`AccountState::enable_mfa_device`] does.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is another's.
    pub fn verify_mfa(
        &mut self,
        change: &Change<'_>,
        who: &Who,
        serial: &str,
        code: &str,
    ) -> Result<MfaVerdict, IamError> {
        let mut device = self.own_device(who, serial)?;
        let verdict = device.use_code(change.now, code);
        self.replace_mfa_device(device);
        Ok(verdict)
    }

    fn own_device(&self, who: &Who, serial: &str) -> Result<MfaDevice, IamError> {
        let device = self.mfa_device(serial)?;
        if device.assigned.as_ref().is_none_or(|it| it.who != *who) {
            return Err(IamError::missing(format!("MFA Device invalid for user: {serial}")));
        }
        Ok(MfaDevice::clone(device))
    }

    pub(super) fn replace_mfa_device(&mut self, device: MfaDevice) -> Arc<MfaDevice> {
        let key = key(&device.path, &device.name);
        if let Some(same) = self.mfa_devices.get(&key).filter(|it| ***it == device) {
            return Arc::clone(same);
        }
        let device = Arc::new(device);
        self.mfa_devices.insert(key, Arc::clone(&device));
        device
    }
}

impl MfaDevice {
    /// What an app takes to show this device's codes. Holds the seed.
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_VirtualMFADevice.html>
    #[must_use]
    pub fn otpauth_uri(&self, account_name: &str) -> crate::Secret {
        let encode = |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        let (name, account, seed) = (encode(&self.name), encode(account_name), self.seed.expose());
        crate::Secret::new(format!("otpauth://totp/{name}@{account}?secret={seed}&issuer={account}"))
    }

    fn use_code(&mut self, now: Timestamp, code: &str) -> MfaVerdict {
        let Some(totp) = self.ready(now) else { return MfaVerdict::Locked };
        let middle = self.step_at(now);
        let mut found = None;
        // All of them, so that the time taken does not tell which.
        for step in middle - TOLERANCE..=middle + TOLERANCE {
            let Ok(step) = u64::try_from(step) else { continue };
            if totp.is_code_of(step, code) {
                found = Some(step);
            }
        }
        match found {
            Some(step) => self.accept(step),
            None => self.reject(now),
        }
    }

    fn synchronize(&mut self, now: Timestamp, codes: [&str; 2], window: i64) -> MfaVerdict {
        let Some(totp) = self.ready(now) else { return MfaVerdict::Locked };
        let middle = i64::try_from(totp::step_at(now)).unwrap_or(i64::MAX / 2);
        let steps = (middle - window..=middle + window).filter_map(|step| u64::try_from(step).ok());
        let is_pair = |step: &u64| totp.is_code_of(*step, codes[0]) && totp.is_code_of(*step + 1, codes[1]);
        let Some(first) = steps.into_iter().find(is_pair) else { return self.reject(now) };
        let verdict = self.accept(first + 1);
        if verdict == MfaVerdict::Good {
            let ahead = i64::try_from(first).unwrap_or(i64::MAX / 2) - middle;
            // The second code is the current one on a device whose clock is right, and the first then is one step old.
            let drift = i32::try_from(ahead + 1).unwrap_or(0);
            // What lies within the tolerance is the time that typing takes rather than a wrong clock.
            self.drift = if i64::from(drift.abs()) <= TOLERANCE { 0 } else { drift };
        }
        verdict
    }

    /// The step that the device is believed to be in.
    fn step_at(&self, now: Timestamp) -> i64 {
        i64::try_from(totp::step_at(now)).unwrap_or(i64::MAX / 2) + i64::from(self.drift)
    }

    /// What makes codes; `None` while the device is locked.
    fn ready(&mut self, now: Timestamp) -> Option<Totp> {
        if self.locked_until.is_some_and(|until| now < until) {
            return None;
        }
        self.locked_until = None;
        Some(Totp::from_base32(self.seed.expose()).expect("seeds are made as base32 and checked when they are read"))
    }

    fn accept(&mut self, step: u64) -> MfaVerdict {
        // Given before: refused, but no guess, so that a script which repeats itself locks nobody out.
        if step <= self.last_step {
            return MfaVerdict::Wrong;
        }
        self.last_step = step;
        self.wrong_codes = 0;
        MfaVerdict::Good
    }

    fn reject(&mut self, now: Timestamp) -> MfaVerdict {
        self.wrong_codes += 1;
        if self.wrong_codes >= MOST_WRONG_CODES {
            self.wrong_codes = 0;
            self.locked_until = Some(now.plus_millis(LOCKED_MILLIS));
        }
        MfaVerdict::Wrong
    }
}

fn key(path: &str, name: &str) -> Arc<str> {
    checks::folded(&format!("{path}{name}"))
}
