//! Checks the limits for one more upload: the organization's, and the sender's share of them, so
//! that one person or key cannot use up everything.

use sea_orm::FromQueryResult;

use super::{MAX_ORG_BYTES, MAX_RECEIVING, MAX_UPLOADS, UploadError, stored_size};

/// Totals of an organization's uploads, and of one sender's among them. Files that are being sent
/// count with their declared or maximum size.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
pub struct Held {
    pub files: i64,
    pub bytes: i64,
    pub receiving: i64,
    pub own_files: i64,
    pub own_bytes: i64,
    pub own_receiving: i64,
}

impl Held {
    /// Checks whether the sender may start another upload of `size` bytes. The error names the
    /// limit.
    pub fn room_for(&self, size: i64) -> Result<(), UploadError> {
        let most = stored_size(MAX_ORG_BYTES);
        if self.files >= MAX_UPLOADS || self.bytes > most - size {
            return Err(UploadError::NoRoom);
        }
        if self.receiving >= MAX_RECEIVING {
            return Err(UploadError::TooManyAtOnce);
        }
        let files = share(MAX_UPLOADS, self.files - self.own_files);
        let bytes = share(most, self.bytes - self.own_bytes);
        if self.own_files >= files || self.own_bytes > bytes - size {
            return Err(UploadError::ShareUsed);
        }
        if self.own_receiving >= share(MAX_RECEIVING, self.receiving - self.own_receiving) {
            return Err(UploadError::ShareOfSending);
        }
        Ok(())
    }
}

/// Half of what the others leave, rounded up so that the last unit can be used.
fn share(most: i64, others: i64) -> i64 {
    (most - others + 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many uploads each sender gets if they start as many as they can, one after another.
    fn taken(senders: usize) -> Vec<i64> {
        let mut all = Held::default();
        let mut taken = Vec::new();
        for _ in 0..senders {
            (all.own_files, all.own_bytes, all.own_receiving) = (0, 0, 0);
            while all.room_for(1).is_ok() {
                all.files += 1;
                all.own_files += 1;
            }
            taken.push(all.own_files);
        }
        taken
    }

    #[test]
    fn each_sender_leaves_half_of_what_is_left_to_the_next_one() {
        assert_eq!(taken(5), [500, 250, 125, 63, 31]);
        let one = Held {
            bytes: 512 << 20,
            own_bytes: 512 << 20,
            ..Held::default()
        };
        assert_eq!(one.room_for(1), Err(UploadError::ShareUsed));
        let next = Held {
            own_bytes: 0,
            ..one
        };
        assert_eq!(next.room_for(256 << 20), Ok(()));
        let sending = Held {
            receiving: 8,
            own_receiving: 8,
            ..Held::default()
        };
        assert_eq!(sending.room_for(1), Err(UploadError::ShareOfSending));
    }
}
