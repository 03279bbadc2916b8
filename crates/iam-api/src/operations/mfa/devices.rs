//! Making, giving out and listing virtual MFA devices. Codes are judged by `larder-identity`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use larder_identity::{AccountState, Change, CreateMfaDevice, MfaDevice, Who};

use super::qr;
use crate::operations::{Codes, Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::{ROOT, Request};
use crate::shapes;

/// Makes a device. This answer alone shows its seed. Both forms of it are blobs in IAM's model, hence the base64.
pub(in crate::operations) fn create(
    request: &Request<'_>,
    change: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let input = &request.input;
    let device = state.create_mfa_device(
        change,
        CreateMfaDevice {
            name: request.text("VirtualMFADeviceName", &rules::DEVICE_NAME)?.to_owned(),
            path: input.optional("Path", &rules::PATH)?.map(str::to_owned),
            tags: input.tags()?,
        },
    )?;
    let account_name = state.account().alias.as_ref().map_or_else(|| state.id().to_string(), ToString::to_string);
    let png = qr::png(device.otpauth_uri(&account_name).expose());
    let mut xml = Xml::new();
    xml.element("VirtualMFADevice", |xml| {
        xml.text("SerialNumber", device.arn(request.account));
        xml.text("Base32StringSeed", STANDARD.encode(device.seed.expose()));
        xml.text("QRCodePNG", STANDARD.encode(png));
        shapes::some_tags(xml, &device.tags);
    });
    Ok(Done::Answer(xml))
}

pub(in crate::operations) fn delete(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    state.delete_mfa_device(request.text("SerialNumber", &rules::SERIAL_NUMBER)?)?;
    done()
}

pub(in crate::operations) fn deactivate(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let serial = request.text("SerialNumber", &rules::SERIAL_NUMBER)?;
    let who = request.subject(state)?.who();
    state.deactivate_mfa_device(&who, serial)?;
    done()
}

/// What EnableMFADevice and ResyncMFADevice are given.
pub(in crate::operations) fn codes(request: &Request<'_>, state: &AccountState) -> Result<Codes, Fault> {
    let codes = [
        request.text("AuthenticationCode1", &rules::CODE)?.to_owned(),
        request.text("AuthenticationCode2", &rules::CODE)?.to_owned(),
    ];
    let serial = request.text("SerialNumber", &rules::SERIAL_NUMBER)?.to_owned();
    Ok(Codes { who: request.subject(state)?.who(), serial, codes })
}

/// The devices of one user.
pub(in crate::operations) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let subject = request.subject(state)?;
    let who = subject.who();
    let devices = state.mfa_devices_of(&who).map(|device| (device.arn(request.account), device));
    let page = Page::of(&request.input, devices)?;
    let mut xml = Xml::new();
    page.write(&mut xml, "MFADevices", |xml, device| {
        xml.text("UserName", subject.name());
        xml.text("SerialNumber", device.arn(request.account));
        if let Some(assigned) = &device.assigned {
            xml.time("EnableDate", assigned.enabled);
        }
    });
    Ok(xml)
}

/// All devices of the account.
pub(in crate::operations) fn list_virtual(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let statuses = [("Assigned", Some(true)), ("Unassigned", Some(false)), ("Any", None)];
    let assigned = request.input.word("AssignmentStatus", &statuses)?.flatten();
    let devices = state.mfa_devices().filter(|device| assigned.is_none_or(|is| device.assigned.is_some() == is));
    let page = Page::of(&request.input, devices.map(|device| (device.arn(request.account), device)))?;
    let mut xml = Xml::new();
    page.write(&mut xml, "VirtualMFADevices", |xml, device| {
        xml.text("SerialNumber", device.arn(request.account));
        shapes::assignment(xml, state, device);
    });
    Ok(xml)
}

pub(in crate::operations) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let serial = request.text("SerialNumber", &rules::SERIAL_NUMBER)?;
    let who = request.subject(state)?.who();
    let device = state.mfa_device(serial)?;
    let assigned = device.assigned.as_ref().filter(|assigned| assigned.who == who);
    let assigned = assigned.ok_or_else(|| Fault::missing(format!("MFA Device invalid for user: {serial}")))?;
    let mut xml = Xml::new();
    write_owner(&mut xml, state, device);
    xml.text("SerialNumber", serial);
    xml.time("EnableDate", assigned.enabled);
    Ok(xml)
}

fn write_owner(xml: &mut Xml, state: &AccountState, device: &MfaDevice) {
    match device.assigned.as_ref().map(|assigned| &assigned.who) {
        Some(Who::Root) => xml.text("UserName", ROOT),
        Some(Who::User(id)) => xml.optional("UserName", state.user_by_id(id).map(|user| &user.name)),
        None => {}
    }
}
