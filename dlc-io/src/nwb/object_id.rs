use crate::hdf5::{Attribute, Group};

/// Gives each object its id: a UUID that follows from the identifier of the file and its path.
#[derive(Debug)]
pub(super) struct ObjectIds {
    seed: String,
}

impl ObjectIds {
    pub(super) fn new(identifier: &str) -> Self {
        Self {
            seed: identifier.into(),
        }
    }

    /// Creates a group of a type of a namespace.
    pub(super) fn typed(&mut self, path: &str, namespace: &str, neurodata_type: &str) -> Group {
        Group {
            attributes: vec![
                ("namespace", Attribute::text(namespace)),
                ("neurodata_type", Attribute::text(neurodata_type)),
                ("object_id", Attribute::text(&self.id(path))),
            ],
            ..Group::default()
        }
    }

    /// Returns a UUID of version 8: 122 bits of our own.
    pub(super) fn id(&mut self, path: &str) -> String {
        let [high, low] = [0x6c62_272e_07bb_0142, 0x62b8_2175_6295_c58d].map(|basis: u64| {
            let bytes = self.seed.bytes().chain([0xff]).chain(path.bytes());
            let hash = bytes.fold(basis, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
            // The end of a short text reaches few bits yet.
            let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
            hash ^ hash >> 33
        });
        let high = high & 0xffff_ffff_ffff_0fff | 0x8000;
        let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}
