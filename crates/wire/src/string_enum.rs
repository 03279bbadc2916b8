//! Enumerations that travel as strings: every value of the API model, and whatever else a client sent.

/// A string with a known set of values; others are kept so that an operation can name them in its error.
pub trait StringEnum: for<'a> From<&'a str> {
    /// The value as it travels.
    fn as_str(&self) -> &str;

    /// Whether the value is one that the API model lists.
    fn is_known(&self) -> bool;
}

/// Declares an enumeration. `strict` makes an unlisted value in an XML body MalformedXML, as S3's schema check does;
/// `open` leaves the refusal to the operation, for the values that S3 answers with an error of their own.
macro_rules! string_enum {
    ($mode:ident $name:ident { $($variant:ident = $value:literal),+ $(,)? }) => {
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($variant,)+
            /// A value that the API model does not list, as sent.
            Unknown(String),
        }

        impl $name {
            /// Every value that the API model lists.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The value as it travels.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $value,)+
                    $name::Unknown(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($value => $name::$variant,)+
                    other => $name::Unknown(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::string_enum::StringEnum for $name {
            fn as_str(&self) -> &str {
                $name::as_str(self)
            }

            fn is_known(&self) -> bool {
                !matches!(self, $name::Unknown(_))
            }
        }

        impl $crate::xml::WriteXml for $name {
            fn write(&self, writer: &mut $crate::xml::XmlWriter) {
                writer.escaped(self.as_str());
            }
        }

        impl $crate::xml::ReadXml for $name {
            fn read(reader: &mut $crate::xml::XmlReader<'_>) -> Result<Self, $crate::error::S3Error> {
                string_enum!(@read $mode reader)
            }
        }
    };
    (@read strict $reader:ident) => { $reader.known() };
    (@read open $reader:ident) => { $reader.string().map(|value| Self::from(value.as_str())) };
}
pub(crate) use string_enum;
