use std::fmt;

use dlc_model::Bodypart;

/// What a body part is to a method.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// The only body part, or one of several that are alike.
    Point,
    /// The left one of two, as the animal sees it.
    Left,
    /// The right one of two, as the animal sees it.
    Right,
    /// The one towards the nose.
    Front,
    /// The one towards the tail.
    Back,
    /// The left front foot.
    FrontLeft,
    /// The right front foot.
    FrontRight,
    /// The left hind foot.
    BackLeft,
    /// The right hind foot.
    BackRight,
    /// A node of the mid-line, counted from 0 at the nose.
    Node(usize),
    /// A role of a program's own method.
    Other(&'static str),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Point => f.write_str("point"),
            Self::Left => f.write_str("left"),
            Self::Right => f.write_str("right"),
            Self::Front => f.write_str("front"),
            Self::Back => f.write_str("back"),
            Self::FrontLeft => f.write_str("front left"),
            Self::FrontRight => f.write_str("front right"),
            Self::BackLeft => f.write_str("back left"),
            Self::BackRight => f.write_str("back right"),
            Self::Node(index) => write!(f, "node {index}"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// A body part that a method needs, and its role.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Part {
    /// What it is to the method.
    pub role: Role,
    /// Its exact name.
    pub bodypart: Bodypart,
}

impl Part {
    /// Creates a part.
    pub fn new(role: Role, bodypart: impl Into<Bodypart>) -> Self {
        Self {
            role,
            bodypart: bodypart.into(),
        }
    }
}
