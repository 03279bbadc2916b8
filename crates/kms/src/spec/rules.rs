//! Which usages, algorithms and operations fit which kinds of keys.
//!
//! Source: "Key type reference", AWS KMS developer guide.

use super::{
    DataKeyPairSpec, EncryptionAlgorithm, GrantOperation, KeyAgreementAlgorithm, KeySpec, KeyUsage, MacAlgorithm,
    SigningAlgorithm, WrappingKeySpec,
};

/// Families of key specs, which share operations and quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFamily {
    /// `SYMMETRIC_DEFAULT`.
    Symmetric,
    /// `RSA_*`.
    Rsa,
    /// `ECC_*`.
    Ecc,
    /// `HMAC_*`.
    Hmac,
}

impl KeySpec {
    /// Its family.
    #[must_use]
    pub fn family(self) -> KeyFamily {
        match self {
            Self::SymmetricDefault => KeyFamily::Symmetric,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => KeyFamily::Rsa,
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521 | Self::EccSecgP256k1 => KeyFamily::Ecc,
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => KeyFamily::Hmac,
        }
    }

    /// Whether it has a public half.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        matches!(self.family(), KeyFamily::Rsa | KeyFamily::Ecc)
    }

    /// What keys of this kind can be for.
    #[must_use]
    pub fn usages(self) -> &'static [KeyUsage] {
        match self {
            Self::EccSecgP256k1 => &[KeyUsage::SignVerify],
            _ => match self.family() {
                KeyFamily::Symmetric => &[KeyUsage::EncryptDecrypt],
                KeyFamily::Rsa => &[KeyUsage::EncryptDecrypt, KeyUsage::SignVerify],
                KeyFamily::Ecc => &[KeyUsage::SignVerify, KeyUsage::KeyAgreement],
                KeyFamily::Hmac => &[KeyUsage::GenerateVerifyMac],
            },
        }
    }

    /// The algorithms that Encrypt and Decrypt take for a key of this kind and usage.
    #[must_use]
    pub fn encryption_algorithms(self, usage: KeyUsage) -> &'static [EncryptionAlgorithm] {
        match (usage, self.family()) {
            (KeyUsage::EncryptDecrypt, KeyFamily::Symmetric) => &[EncryptionAlgorithm::SymmetricDefault],
            (KeyUsage::EncryptDecrypt, KeyFamily::Rsa) => {
                &[EncryptionAlgorithm::RsaesOaepSha1, EncryptionAlgorithm::RsaesOaepSha256]
            }
            _ => &[],
        }
    }

    /// The algorithms that Sign and Verify take.
    #[must_use]
    pub fn signing_algorithms(self, usage: KeyUsage) -> &'static [SigningAlgorithm] {
        use SigningAlgorithm as A;
        match (usage, self) {
            (KeyUsage::SignVerify, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096) => &[
                A::RsassaPkcs1Sha256,
                A::RsassaPkcs1Sha384,
                A::RsassaPkcs1Sha512,
                A::RsassaPssSha256,
                A::RsassaPssSha384,
                A::RsassaPssSha512,
            ],
            (KeyUsage::SignVerify, Self::EccNistP256 | Self::EccSecgP256k1) => &[A::EcdsaSha256],
            (KeyUsage::SignVerify, Self::EccNistP384) => &[A::EcdsaSha384],
            (KeyUsage::SignVerify, Self::EccNistP521) => &[A::EcdsaSha512],
            _ => &[],
        }
    }

    /// The algorithms that GenerateMac and VerifyMac take.
    #[must_use]
    pub fn mac_algorithms(self, usage: KeyUsage) -> &'static [MacAlgorithm] {
        match (usage, self) {
            (KeyUsage::GenerateVerifyMac, Self::Hmac224) => &[MacAlgorithm::HmacSha224],
            (KeyUsage::GenerateVerifyMac, Self::Hmac256) => &[MacAlgorithm::HmacSha256],
            (KeyUsage::GenerateVerifyMac, Self::Hmac384) => &[MacAlgorithm::HmacSha384],
            (KeyUsage::GenerateVerifyMac, Self::Hmac512) => &[MacAlgorithm::HmacSha512],
            _ => &[],
        }
    }

    /// The algorithms that DeriveSharedSecret takes.
    #[must_use]
    pub fn key_agreement_algorithms(self, usage: KeyUsage) -> &'static [KeyAgreementAlgorithm] {
        match usage {
            KeyUsage::KeyAgreement => &[KeyAgreementAlgorithm::Ecdh],
            _ => &[],
        }
    }
}

impl DataKeyPairSpec {
    /// The kind of key that such a pair is.
    #[must_use]
    pub fn key_spec(self) -> KeySpec {
        match self {
            Self::Rsa2048 => KeySpec::Rsa2048,
            Self::Rsa3072 => KeySpec::Rsa3072,
            Self::Rsa4096 => KeySpec::Rsa4096,
            Self::EccNistP256 => KeySpec::EccNistP256,
            Self::EccNistP384 => KeySpec::EccNistP384,
            Self::EccNistP521 => KeySpec::EccNistP521,
            Self::EccSecgP256k1 => KeySpec::EccSecgP256k1,
        }
    }
}

impl WrappingKeySpec {
    /// The kind of key that it is.
    #[must_use]
    pub fn key_spec(self) -> KeySpec {
        match self {
            Self::Rsa2048 => KeySpec::Rsa2048,
            Self::Rsa3072 => KeySpec::Rsa3072,
            Self::Rsa4096 => KeySpec::Rsa4096,
        }
    }
}

impl GrantOperation {
    /// Whether the operation names an encryption context, which a grant's constraints are about. Constraints mean nothing
    /// for the others.
    #[must_use]
    pub fn has_encryption_context(self) -> bool {
        matches!(
            self,
            Self::Decrypt
                | Self::Encrypt
                | Self::GenerateDataKey
                | Self::GenerateDataKeyWithoutPlaintext
                | Self::GenerateDataKeyPair
                | Self::GenerateDataKeyPairWithoutPlaintext
                | Self::ReEncryptFrom
                | Self::ReEncryptTo
        )
    }

    /// Whether a grant for a key of this kind can allow it.
    #[must_use]
    pub fn applies_to(self, spec: KeySpec, usage: KeyUsage) -> bool {
        match self {
            Self::CreateGrant | Self::RetireGrant | Self::DescribeKey => true,
            Self::Decrypt | Self::Encrypt | Self::ReEncryptFrom | Self::ReEncryptTo => {
                usage == KeyUsage::EncryptDecrypt
            }
            Self::GenerateDataKey
            | Self::GenerateDataKeyWithoutPlaintext
            | Self::GenerateDataKeyPair
            | Self::GenerateDataKeyPairWithoutPlaintext => spec == KeySpec::SymmetricDefault,
            Self::Sign | Self::Verify => usage == KeyUsage::SignVerify,
            Self::GetPublicKey => spec.is_asymmetric(),
            Self::GenerateMac | Self::VerifyMac => usage == KeyUsage::GenerateVerifyMac,
            Self::DeriveSharedSecret => usage == KeyUsage::KeyAgreement,
        }
    }
}
