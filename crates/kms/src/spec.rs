//! AWS's enumerations: kinds of keys and what can be done with them.
//!
//! Source: "Key spec reference", AWS KMS developer guide.

use serde::{Deserialize, Serialize};

/// An enumeration with AWS's names.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[doc = concat!("`", $text, "`.")] $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// AWS's name of it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The one of this name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

named! {
    /// What kind of key it is.
    KeySpec {
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
        EccNistP256 = "ECC_NIST_P256",
        EccNistP384 = "ECC_NIST_P384",
        EccNistP521 = "ECC_NIST_P521",
        EccSecgP256k1 = "ECC_SECG_P256K1",
        Hmac224 = "HMAC_224",
        Hmac256 = "HMAC_256",
        Hmac384 = "HMAC_384",
        Hmac512 = "HMAC_512",
    }
}

named! {
    /// What a key is for. It never changes.
    KeyUsage {
        EncryptDecrypt = "ENCRYPT_DECRYPT",
        SignVerify = "SIGN_VERIFY",
        GenerateVerifyMac = "GENERATE_VERIFY_MAC",
        KeyAgreement = "KEY_AGREEMENT",
    }
}

named! {
    /// Where key material comes from.
    Origin {
        AwsKms = "AWS_KMS",
        External = "EXTERNAL",
    }
}

named! {
    /// Who manages a key.
    KeyManager {
        Customer = "CUSTOMER",
        Aws = "AWS",
    }
}

named! {
    /// Whether a key can be used. AWS's states `Creating`, `Updating` and `Unavailable` do not occur here: replicas are
    /// there at once, and there are no custom key stores.
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
    KeyState {
        Enabled = "Enabled",
        Disabled = "Disabled",
        PendingDeletion = "PendingDeletion",
        PendingImport = "PendingImport",
        PendingReplicaDeletion = "PendingReplicaDeletion",
    }
}

named! {
    /// How Encrypt and Decrypt work.
    EncryptionAlgorithm {
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
        RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
    }
}

named! {
    /// How Sign and Verify work.
    SigningAlgorithm {
        RsassaPssSha256 = "RSASSA_PSS_SHA_256",
        RsassaPssSha384 = "RSASSA_PSS_SHA_384",
        RsassaPssSha512 = "RSASSA_PSS_SHA_512",
        RsassaPkcs1Sha256 = "RSASSA_PKCS1_V1_5_SHA_256",
        RsassaPkcs1Sha384 = "RSASSA_PKCS1_V1_5_SHA_384",
        RsassaPkcs1Sha512 = "RSASSA_PKCS1_V1_5_SHA_512",
        EcdsaSha256 = "ECDSA_SHA_256",
        EcdsaSha384 = "ECDSA_SHA_384",
        EcdsaSha512 = "ECDSA_SHA_512",
    }
}

named! {
    /// How GenerateMac and VerifyMac work.
    MacAlgorithm {
        HmacSha224 = "HMAC_SHA_224",
        HmacSha256 = "HMAC_SHA_256",
        HmacSha384 = "HMAC_SHA_384",
        HmacSha512 = "HMAC_SHA_512",
    }
}

named! {
    /// How DeriveSharedSecret works.
    KeyAgreementAlgorithm {
        Ecdh = "ECDH",
    }
}

named! {
    /// What is given to be signed.
    MessageType {
        /// The message itself, at most 4,096 bytes.
        Raw = "RAW",
        /// Its digest, by the signing algorithm's hash.
        Digest = "DIGEST",
    }
}

named! {
    /// Length of a data key.
    DataKeySpec {
        Aes256 = "AES_256",
        Aes128 = "AES_128",
    }
}

named! {
    /// Kind of a data key pair.
    DataKeyPairSpec {
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
        EccNistP256 = "ECC_NIST_P256",
        EccNistP384 = "ECC_NIST_P384",
        EccNistP521 = "ECC_NIST_P521",
        EccSecgP256k1 = "ECC_SECG_P256K1",
    }
}

named! {
    /// How key material to be imported is encrypted.
    WrappingAlgorithm {
        RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
        RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
        RsaAesKeyWrapSha1 = "RSA_AES_KEY_WRAP_SHA_1",
        RsaAesKeyWrapSha256 = "RSA_AES_KEY_WRAP_SHA_256",
    }
}

named! {
    /// The key under which key material to be imported is encrypted.
    WrappingKeySpec {
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
    }
}

named! {
    /// Whether imported key material expires.
    ExpirationModel {
        Expires = "KEY_MATERIAL_EXPIRES",
        DoesNotExpire = "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }
}

named! {
    /// Whether key material was there before.
    ImportType {
        New = "NEW_KEY_MATERIAL",
        Existing = "EXISTING_KEY_MATERIAL",
    }
}

named! {
    /// Why key material was replaced.
    RotationType {
        Automatic = "AUTOMATIC",
        OnDemand = "ON_DEMAND",
    }
}

named! {
    /// Whether key material is the one that encrypts.
    KeyMaterialState {
        NonCurrent = "NON_CURRENT",
        Current = "CURRENT",
        PendingRotation = "PENDING_ROTATION",
    }
}

named! {
    /// Whether imported key material is there.
    ImportState {
        Imported = "IMPORTED",
        PendingImport = "PENDING_IMPORT",
    }
}

named! {
    /// What a grant may allow.
    GrantOperation {
        Decrypt = "Decrypt",
        Encrypt = "Encrypt",
        GenerateDataKey = "GenerateDataKey",
        GenerateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext",
        ReEncryptFrom = "ReEncryptFrom",
        ReEncryptTo = "ReEncryptTo",
        Sign = "Sign",
        Verify = "Verify",
        GetPublicKey = "GetPublicKey",
        CreateGrant = "CreateGrant",
        RetireGrant = "RetireGrant",
        DescribeKey = "DescribeKey",
        GenerateDataKeyPair = "GenerateDataKeyPair",
        GenerateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext",
        GenerateMac = "GenerateMac",
        VerifyMac = "VerifyMac",
        DeriveSharedSecret = "DeriveSharedSecret",
    }
}

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
