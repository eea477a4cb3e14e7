//! Pickles: no panic; what is read and can be written is read again as it was.
#![no_main]

use dlc_io::{Limits, pickle};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(value) = pickle::read(bytes, &limits) else {
        return;
    };
    if let Ok(written) = pickle::write(&value) {
        let again = pickle::read(&written[..], &limits).expect("what was written is read");
        // As texts, in which NaN is itself.
        assert_eq!(format!("{again:?}"), format!("{value:?}"));
    }
    let _ = pickle::write_protocol_0(&value);
});
