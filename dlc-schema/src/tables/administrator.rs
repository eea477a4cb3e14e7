//! Who may register.

use crate::table::{Attribute, AttributeType::*, Table, Tier};
use crate::{entity::columns, name::UserName};

/// `~dlc_administrators`: who may register models and methods.
pub static ADMINISTRATORS: Table = Table {
    class: "~dlc_administrators",
    name: "~dlc_administrators",
    tier: Tier::Hidden,
    comment: "who may register models and methods",
    attributes: &[Attribute::new("user_name", Varchar(255))],
    key: &["user_name"],
    references: &[],
};

columns! {
    /// Who may register: a row of `~dlc_administrators`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct Administrator in ADMINISTRATORS {
        /// The user.
        user: UserName = "user_name",
    }
}
