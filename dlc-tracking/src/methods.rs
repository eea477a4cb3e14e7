//! The methods that are always there.
//!
//! | function | state |
//! |---|---|
//! | `two_point_left_right` | midpoint of two points, head at right angles to their line |
//! | `two_point_front_back` | midpoint of two points, head from the back one to the front one |
//! | `single_point` | one body part, no head angle |
//! | `weighted_centroid` | weighted mean of those present, no head angle |
//! | `four_feet` | mean of the feet present, head from the hind feet to the front feet |
//! | `body_axis` | mean of those present, head along their principal direction |
//! | `skeleton_midline` | a point on the line from nose to tail, head along that line |

mod body_axis;
mod four_feet;
mod pair;
mod single_point;
mod skeleton_midline;
mod two_point;
pub(crate) mod vector;
mod weighted_centroid;

pub use self::{
    body_axis::BodyAxis,
    four_feet::FourFeet,
    pair::{PairRules, SwapAction, SwapRule, WhenOneIsMissing},
    single_point::SinglePoint,
    skeleton_midline::SkeletonMidline,
    two_point::{FrontBack, LeftRight},
    weighted_centroid::{WeightedCentroid, WeightedPart},
};
