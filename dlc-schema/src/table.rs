//! What a table is: its names, attributes and references, as data.

/// How rows come into a table, and the sign of it in the table's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tier {
    /// Filled by hand or by a program on a person's behalf.
    Manual,
    /// Facts that hardly change.
    Lookup,
    /// Filled by a job from outside: files.
    Imported,
    /// Filled by a job from other tables.
    Computed,
    /// Kept beside the pipeline's tables; not part of them.
    Hidden,
}

/// The kind of an attribute, in the words of MySQL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttributeType {
    /// A text of at most so many characters.
    Char(usize),
    /// A text of at most so many characters.
    Varchar(usize),
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// An integer of 8 bits.
    TinyInt,
    /// An integer of 16 bits.
    SmallInt,
    /// An integer of 32 bits.
    Int,
    /// An integer of 32 bits without a sign.
    IntUnsigned,
    /// An integer of 64 bits without a sign, of which we use 63.
    BigIntUnsigned,
    /// A floating-point number of 32 bits.
    Float,
    /// A floating-point number of 64 bits.
    Double,
    /// A date and a time without a zone, in whole seconds.
    DateTime,
    /// The same, which a database converts to its own zone.
    Timestamp,
    /// 16 bytes.
    Uuid,
    /// At most 64 KiB in DataJoint's packing.
    Blob,
    /// At most 16 MiB in DataJoint's packing.
    MediumBlob,
    /// At most 4 GiB in DataJoint's packing.
    LongBlob,
}

/// What an attribute is when a row does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// Nothing: a row must say.
    Required,
    /// Null, which is also a value that a row may have.
    Null,
    /// A text.
    Text(&'static str),
    /// An integer.
    Int(i64),
    /// The time at which the row is stored.
    Now,
}

/// An attribute of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: &'static str,
    /// What it holds.
    pub kind: AttributeType,
    /// What it is when a row does not say.
    pub default: DefaultValue,
    /// What a person should know.
    pub comment: &'static str,
}

impl Attribute {
    /// Describes an attribute that each row must have.
    pub const fn new(name: &'static str, kind: AttributeType) -> Self {
        Self {
            name,
            kind,
            default: DefaultValue::Required,
            comment: "",
        }
    }

    /// Lets rows leave the attribute out.
    #[must_use]
    pub const fn with_default(self, default: DefaultValue) -> Self {
        Self { default, ..self }
    }

    /// Says what a person should know.
    #[must_use]
    pub const fn with_comment(self, comment: &'static str) -> Self {
        Self { comment, ..self }
    }
}

/// A reference: the attributes of a row must be the key of a row of another table.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The other table.
    pub table: &'static Table,
    /// Our names of the other table's key, in its order.
    pub attributes: &'static [&'static str],
}

impl Reference {
    /// Refers to a table whose key has the same names here.
    pub const fn to(table: &'static Table) -> Self {
        Self {
            table,
            attributes: table.key,
        }
    }
}

/// A table.
///
/// Two tables are the same if their names are.
#[derive(Debug)]
pub struct Table {
    /// The name in DataJoint's classes: `DLCModel.ModelPath`.
    pub class: &'static str,
    /// The name in a database, with the sign of its tier: `d_l_c_model__model_path`.
    pub name: &'static str,
    /// How rows come into it.
    pub tier: Tier,
    /// What a person should know.
    pub comment: &'static str,
    /// The attributes, those of the key first.
    pub attributes: &'static [Attribute],
    /// The names of the attributes that tell rows apart.
    pub key: &'static [&'static str],
    /// What rows refer to.
    pub references: &'static [Reference],
}

impl Table {
    /// Returns an attribute by its name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// Returns whether an attribute is part of the key.
    pub fn is_key(&self, attribute: &str) -> bool {
        self.key.contains(&attribute)
    }

    /// Returns the attributes by which rows of two tables belong together: those of the same name,
    /// if they are part of the key of either.
    pub fn shared_attributes(&self, other: &Self) -> Vec<&'static str> {
        let shared = |name: &&str| {
            other.attribute(name).is_some() && (self.is_key(name) || other.is_key(name))
        };
        self.attributes
            .iter()
            .map(|attribute| attribute.name)
            .filter(shared)
            .collect()
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Table {}
