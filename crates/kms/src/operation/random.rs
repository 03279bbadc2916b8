//! GenerateRandom. <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html>

use zeroize::Zeroizing;

use crate::limits::MAX_RANDOM_BYTES;
use crate::{Kms, KmsError};

impl Kms {
    /// Random bytes.
    ///
    /// # Errors
    /// `ValidationException` unless they are 1 to 1,024.
    pub fn generate_random(&self, length: usize) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        check_length(length)?;
        let mut bytes = Zeroizing::new(vec![0; length]);
        self.shared.rng.fill(&mut bytes);
        Ok(bytes)
    }
}

pub(crate) fn check_length(length: usize) -> Result<(), KmsError> {
    let words = match length {
        0 => "greater than or equal to 1".to_owned(),
        length if length > MAX_RANDOM_BYTES => format!("less than or equal to {MAX_RANDOM_BYTES}"),
        _ => return Ok(()),
    };
    Err(KmsError::validation(format!(
        "1 validation error detected: Value '{length}' at 'numberOfBytes' failed to satisfy constraint: Member must have \
         value {words}"
    )))
}
