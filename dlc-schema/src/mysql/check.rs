use std::collections::BTreeMap;

use mysql::{PooledConn, prelude::Queryable};

use super::{declare::type_name, error};
use crate::{
    LayoutError, StoreErrorKind,
    table::{Attribute, DefaultValue, Table},
    tables::TABLES,
};

/// A column as the server describes it.
#[derive(Debug)]
struct Column {
    kind: String,
    nullable: bool,
    comment: String,
}

/// What the server says of the tables of a schema, by the names of tables and columns.
#[derive(Debug, Default)]
struct Layout {
    columns: BTreeMap<String, BTreeMap<String, Column>>,
    keys: BTreeMap<String, Vec<String>>,
}

/// Refuses a schema that has other tables than ours under their names, and, if `complete`, one
/// that has not all of them.
pub(super) fn check(
    connection: &mut PooledConn,
    schema: &str,
    complete: bool,
) -> Result<(), StoreErrorKind> {
    let layout = Layout::read(connection, schema).map_err(error::kind)?;
    layout.check_version()?;
    for table in TABLES {
        match layout.columns.get(table.name) {
            Some(columns) => layout.check_table(table, columns)?,
            None if complete => {
                let table = table.name.into();
                return Err(LayoutError::MissingTable { table }.into());
            }
            None => {}
        }
    }
    Ok(())
}

impl Layout {
    fn read(connection: &mut PooledConn, schema: &str) -> mysql::Result<Self> {
        let mut layout = Self::default();
        let columns: Vec<(String, String, String, String, String)> = connection.exec(
            "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_COMMENT \
             FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?",
            (schema,),
        )?;
        for (table, name, kind, nullable, comment) in columns {
            let column = Column {
                kind: without_width(&kind),
                nullable: nullable == "YES",
                comment,
            };
            layout
                .columns
                .entry(table)
                .or_default()
                .insert(name, column);
        }
        let keys: Vec<(String, String)> = connection.exec(
            "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS \
             WHERE TABLE_SCHEMA = ? AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX",
            (schema,),
        )?;
        for (table, name) in keys {
            layout.keys.entry(table).or_default().push(name);
        }
        Ok(layout)
    }

    /// Refuses the layout of DataJoint 2: a table of jobs beside each computed one, and types in
    /// comments.
    fn check_version(&self) -> Result<(), LayoutError> {
        let version = |found: String| LayoutError::Version {
            found,
            version: "DataJoint 2".into(),
        };
        if let Some(table) = self.columns.keys().find(|name| name.starts_with("~~")) {
            return Err(version(table.clone()));
        }
        for table in TABLES {
            for (name, column) in self.columns.get(table.name).into_iter().flatten() {
                if is_of_datajoint_2(&column.comment) {
                    return Err(version(format!("{}.{name}", table.name)));
                }
            }
        }
        Ok(())
    }

    fn check_table(
        &self,
        table: &'static Table,
        columns: &BTreeMap<String, Column>,
    ) -> Result<(), LayoutError> {
        for attribute in table.attributes {
            check_column(table, attribute, columns.get(attribute.name))?;
        }
        let found = self.keys.get(table.name).cloned().unwrap_or_default();
        if found != table.key {
            return Err(LayoutError::Key {
                table: table.name.into(),
                expected: table.key.iter().map(ToString::to_string).collect(),
                found,
            });
        }
        Ok(())
    }
}

fn check_column(
    table: &Table,
    attribute: &Attribute,
    found: Option<&Column>,
) -> Result<(), LayoutError> {
    let (table, column) = (table.name.to_owned(), attribute.name.to_owned());
    let nullable = attribute.default == DefaultValue::Null;
    let expected = described(&type_name(attribute.kind), nullable);
    let Some(found) = found else {
        return Err(LayoutError::MissingColumn {
            table,
            column,
            expected,
        });
    };
    let found = described(&found.kind, found.nullable);
    if found != expected {
        return Err(LayoutError::Column {
            table,
            column,
            expected,
            found,
        });
    }
    Ok(())
}

fn described(kind: &str, nullable: bool) -> String {
    let null = if nullable { "null" } else { "not null" };
    format!("{kind} {null}")
}

/// Takes the width for printing off an integer: MariaDB says `int(11)`, MySQL 8 `int`.
fn without_width(kind: &str) -> String {
    let Some((name, rest)) = kind.split_once('(') else {
        return kind.into();
    };
    if !name.ends_with("int") {
        return kind.into();
    }
    let sign = rest.split_once(')').map_or("", |(_, sign)| sign);
    format!("{name}{sign}")
}

/// Returns whether a comment begins with a type that DataJoint 2 writes there: `:<blob>:`,
/// `:int32:`, `:varchar(32):`. DataJoint 0.14 writes `:uuid:`, `:attach:`, types with a store
/// (`:blob@store:`) and a lab's own (`:<graph>:`); other comments do not begin with a colon.
fn is_of_datajoint_2(comment: &str) -> bool {
    let Some((kind, _)) = comment
        .strip_prefix(':')
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    let name = kind.split('@').next().unwrap_or(kind);
    if let Some(codec) = name.strip_prefix('<') {
        let codec = codec.trim_end_matches('>');
        return ["attach", "blob", "filepath", "hash", "npy", "object"].contains(&codec);
    }
    let of_0_14 = kind == "uuid" || kind == "attach" || kind.contains('@');
    !of_0_14 && !kind.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_integers_mean_nothing() {
        for (kind, expected) in [
            ("int(11)", "int"),
            ("int(10) unsigned", "int unsigned"),
            ("bigint unsigned", "bigint unsigned"),
            ("tinyint(4)", "tinyint"),
            ("varchar(32)", "varchar(32)"),
            ("enum('a(1)','b')", "enum('a(1)','b')"),
        ] {
            assert_eq!(without_width(kind), expected);
        }
    }

    #[test]
    fn types_in_comments_tell_the_version() {
        // Source: DataJoint 2.3.5
        for comment in [
            ":<blob>:the path",
            ":int32:",
            ":<blob@store>:",
            ":varchar(32):",
        ] {
            assert!(is_of_datajoint_2(comment), "{comment}");
        }
        for comment in [
            "",
            ":uuid:",
            ":uuid:a",
            "time: s",
            ":blob@store:",
            ":<graph>:",
            ": a b:",
        ] {
            assert!(!is_of_datajoint_2(comment), "{comment}");
        }
    }
}
