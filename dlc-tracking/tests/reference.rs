//! Every case of the reference engines, reproduced or listed as different on purpose.
//!
//! The cases lie in `DLC_REFERENCE/tracking`, by default `../shared/reference/tracking` beside the
//! workspace. Without them the tests say that they were skipped. `conformance/tracking` runs this
//! and prints the counts.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]
#![expect(
    clippy::print_stdout,
    reason = "conformance/tracking counts what is printed"
)]

mod reference {
    mod bnt;
    mod cases;
    mod dlc2kinematics;
    mod filterpredictions;
    mod moser;
    mod movement;
    mod opexebo;
    mod session;
    mod spyglass;
}
