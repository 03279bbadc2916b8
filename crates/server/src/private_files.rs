//! The small files beside the store: which there are, and whether they are what was written.

use std::path::Path;

use larder_admin_api::messages::{ScrubFinding, ScrubReport};

/// Who the data belongs to and who may use it. The keys of the root user are among them.
pub(crate) const ACCOUNT_FILES: [&str; 2] = ["account.toml", "root-credentials.toml"];

/// The root key as a KMS sealed it: of no use without the KMS.
pub(crate) const SEALED_ROOT_KEY: &str = "root.key.kms";

/// The root key itself.
pub(crate) const ROOT_KEY: &str = "root.key";

/// Adds to a report what is wrong with the small files in `data`.
pub(crate) fn check(data: &Path, report: &mut ScrubReport) {
    for name in ACCOUNT_FILES.into_iter().chain([SEALED_ROOT_KEY, ROOT_KEY]) {
        report.files += 1;
        let damage = match larder_private_file::check(&data.join(name)) {
            Ok(None) => continue,
            Ok(Some(damage)) => damage.to_owned(),
            Err(error) => error.to_string(),
        };
        report.damaged += 1;
        let message = format!("{name}: {damage}");
        report.findings.push(ScrubFinding { kind: "file".to_owned(), damage: true, message, ..Default::default() });
    }
}
