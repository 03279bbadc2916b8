//! Where values come from. Nothing here knows what a value means.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::SettingsError;

/// Every setting's name as the file spells it.
const NAMES: [&str; 30] = [
    "listen",
    "data",
    "region",
    "domains",
    "trusted_proxies",
    "root_access_key_id",
    "root_secret_access_key",
    "root_key",
    "previous_root_key",
    "root_kms_key_id",
    "root_kms_endpoint",
    "tls_certificate",
    "tls_key",
    "log_format",
    "log_level",
    "access_log",
    "metrics_token",
    "public_metrics",
    "sigv2",
    "legacy_bucket_defaults",
    "durability",
    "max_connections",
    "inline_limit",
    "reserve_mib",
    "kms_quota_scale",
    "default_encryption",
    "sse_c_over_http",
    "scrub_interval_hours",
    "scrub_rate_mib",
    "drain_seconds",
];

/// Settings that are lists, and the flag that adds to each.
const LISTS: [(&str, &str); 2] = [("domains", "--domain"), ("trusted_proxies", "--trusted-proxy")];

/// The flag of a setting that is a list.
fn list_flag(name: &str) -> Option<&'static str> {
    LISTS.iter().find(|(list, _)| *list == name).map(|(_, flag)| *flag)
}

/// What one source says, as text.
pub struct Layer {
    source: Source,
    values: BTreeMap<&'static str, Vec<String>>,
}

enum Source {
    Flags,
    Environment,
    File(PathBuf),
}

impl Source {
    /// The setting `name` as it is written there.
    fn spelling(&self, name: &str) -> String {
        match self {
            Self::Flags => list_flag(name).map_or_else(|| format!("--{}", name.replace('_', "-")), str::to_owned),
            Self::Environment => variable(name),
            Self::File(path) => format!("{name} in {}", path.display()),
        }
    }
}

fn variable(name: &str) -> String {
    format!("LARDER_{}", name.to_ascii_uppercase())
}

impl Layer {
    /// Flags that were given, by the setting's name.
    ///
    /// # Panics
    /// When a name is not a setting's: the flags are part of the program.
    #[must_use]
    pub fn flags(given: impl IntoIterator<Item = (&'static str, Vec<String>)>) -> Self {
        let values: BTreeMap<_, _> = given.into_iter().filter(|(_, values)| !values.is_empty()).collect();
        for name in values.keys() {
            assert!(NAMES.contains(name), "{name} is no setting");
        }
        Self { source: Source::Flags, values }
    }

    /// The variables among `all` that are named `LARDER_` and a setting's name. Others are left alone, also those that begin with
    /// `LARDER_`: Kubernetes makes some of the kind for a service called larder. An empty one counts as not set.
    #[must_use]
    pub fn environment(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let named = |variable_name: &str| NAMES.into_iter().find(|name| variable(name) == variable_name);
        let values = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(variable, value)| named(&variable).map(|name| (name, value)))
            .map(|(name, value)| {
                let is_list = list_flag(name).is_some();
                let values =
                    if is_list { value.split(',').map(|item| item.trim().to_owned()).collect() } else { vec![value] };
                (name, values)
            })
            .collect();
        Self { source: Source::Environment, values }
    }

    /// The file at `path`, or nothing when there is no such file.
    ///
    /// # Errors
    /// [`SettingsError`] when it cannot be read or holds what is not a setting.
    pub fn file(path: &Path) -> Result<Option<Self>, SettingsError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::document(path, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SettingsError::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// The TOML document `text`, which was found at `path`.
    ///
    /// # Errors
    /// [`SettingsError`] when it is not TOML or holds what is not a setting.
    pub fn document(path: &Path, text: &str) -> Result<Self, SettingsError> {
        let document: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            SettingsError::NotToml { path: path.to_owned(), line, reason: error.message().to_owned() }
        })?;
        let source = Source::File(path.to_owned());
        let mut values = BTreeMap::new();
        for (key, value) in &document {
            let invalid = |reason: &str| {
                let origin = source.spelling(key);
                SettingsError::Invalid { origin, reason: reason.to_owned() }
            };
            let Some(name) = NAMES.into_iter().find(|name| name == key) else {
                return Err(invalid(&format!("there is no such setting; there are {}", NAMES.join(", "))));
            };
            let texts =
                texts(value).ok_or_else(|| invalid("a text, number, true, false or list of texts is expected"))?;
            if texts.len() != 1 && list_flag(name).is_none() {
                return Err(invalid("one value is expected, not a list"));
            }
            values.insert(name, texts);
        }
        Ok(Self { source, values })
    }
}

fn texts(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Integer(number) => Some(vec![number.to_string()]),
        toml::Value::Float(number) => Some(vec![number.to_string()]),
        toml::Value::Boolean(switch) => Some(vec![switch.to_string()]),
        toml::Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// All sources, the one that wins first.
pub(super) struct Layers(Vec<Layer>);

impl Layers {
    pub(super) fn new(layers: impl IntoIterator<Item = Layer>) -> Self {
        Self(layers.into_iter().collect())
    }

    fn find(&self, name: &str) -> Option<(&Source, &[String])> {
        debug_assert!(NAMES.contains(&name), "{name} is no setting");
        self.0.iter().find_map(|layer| layer.values.get(name).map(|values| (&layer.source, values.as_slice())))
    }

    /// An error about the value of `name`.
    pub(super) fn invalid(&self, name: &str, reason: String) -> SettingsError {
        let origin = self.find(name).map_or_else(|| name.to_owned(), |(source, _)| source.spelling(name));
        SettingsError::Invalid { origin, reason }
    }

    /// The values of a list; several flags make one.
    pub(super) fn list<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, SettingsError> {
        let Some((_, texts)) = self.find(name) else { return Ok(None) };
        let values: Result<_, _> = texts.iter().map(|text| read(text)).collect();
        values.map(Some).map_err(|reason| self.invalid(name, reason))
    }

    /// A single value.
    pub(super) fn get<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, SettingsError> {
        Ok(self.list(name, read)?.and_then(|mut values| values.pop()))
    }

    /// Two values that only make sense together.
    pub(super) fn both<T>(
        &self,
        one: &str,
        other: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<(T, T)>, SettingsError> {
        match (self.get(one, &read)?, self.get(other, &read)?) {
            (Some(one), Some(other)) => Ok(Some((one, other))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.invalid(one, format!("{other} has to be set too"))),
            (None, Some(_)) => Err(self.invalid(other, format!("{one} has to be set too"))),
        }
    }
}
