//! Which operation a request names.

/// The services that speak here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Key Management Service.
    Kms,
    /// Service Quotas.
    ServiceQuotas,
}

impl Service {
    /// The name in credential scopes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kms => "kms",
            Self::ServiceQuotas => "servicequotas",
        }
    }

    /// What the names of its operations begin with in `X-Amz-Target`.
    #[must_use]
    pub fn target_prefix(self) -> &'static str {
        match self {
            Self::Kms => "TrentService.",
            Self::ServiceQuotas => "ServiceQuotasV20190624.",
        }
    }
}

/// The operation that a target names, if it is one of the service's as far as its form goes.
pub(crate) fn operation(service: Service, target: Option<&str>) -> Option<&str> {
    let name = target?.strip_prefix(service.target_prefix())?;
    let is_name = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_prefix_and_a_name() {
        let named = |target| operation(Service::Kms, target);
        assert_eq!(named(Some("TrentService.Decrypt")), Some("Decrypt"));
        for wrong in [
            None,
            Some(""),
            Some("Decrypt"),
            Some("TrentService."),
            Some("trentservice.Decrypt"),
            Some("TrentService.De crypt"),
        ] {
            assert_eq!(named(wrong), None, "{wrong:?}");
        }
        assert_eq!(
            operation(Service::ServiceQuotas, Some("ServiceQuotasV20190624.ListServices")),
            Some("ListServices")
        );
        assert_eq!(operation(Service::ServiceQuotas, Some("TrentService.Decrypt")), None);
    }
}
