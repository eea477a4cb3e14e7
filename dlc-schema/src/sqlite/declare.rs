use crate::{
    sql::quoted,
    table::{Attribute, AttributeType, DefaultValue, Reference, Table},
};

/// Returns the statements that make a table and its indices, with the name of each.
pub(super) fn declare(table: &Table) -> Vec<(String, String)> {
    let indices = table.references.iter().filter_map(|to| index(table, to));
    [(table.name.into(), create_table(table))]
        .into_iter()
        .chain(indices)
        .collect()
}

fn create_table(table: &Table) -> String {
    let columns = table.attributes.iter().map(column);
    let key = format!("PRIMARY KEY ({})", names(table.key));
    let references = table.references.iter().map(reference);
    let lines: Vec<_> = columns.chain([key]).chain(references).collect();
    // Rows with blobs are long, and such tables are best for short ones.
    let has_blob = table.attributes.iter().any(is_blob);
    let rowid = if has_blob { "" } else { ", WITHOUT ROWID" };
    let name = quoted(table.name);
    format!(
        "CREATE TABLE {name} (\n  {}\n) STRICT{rowid}",
        lines.join(",\n  ")
    )
}

const fn is_blob(attribute: &Attribute) -> bool {
    matches!(
        attribute.kind,
        AttributeType::Blob | AttributeType::MediumBlob | AttributeType::LongBlob
    )
}

fn names(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    names.join(", ")
}

fn column(attribute: &Attribute) -> String {
    let name = quoted(attribute.name);
    let check = check(attribute.kind, &name);
    let default = match attribute.default {
        DefaultValue::Required => " NOT NULL".into(),
        DefaultValue::Null => String::new(),
        DefaultValue::Text(text) => format!(" NOT NULL DEFAULT {}", literal(text)),
        DefaultValue::Int(number) => format!(" NOT NULL DEFAULT {number}"),
        DefaultValue::Now => " NOT NULL DEFAULT CURRENT_TIMESTAMP".into(),
    };
    let check = check.map_or(String::new(), |check| format!(" CHECK ({check})"));
    format!("{name} {}{default}{check}", storage(attribute.kind))
}

/// Writes a text of our own descriptions.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

const fn storage(kind: AttributeType) -> &'static str {
    use AttributeType as T;
    match kind {
        T::Char(_) | T::Varchar(_) | T::Enum(_) | T::DateTime | T::Timestamp => "TEXT",
        T::TinyInt | T::SmallInt | T::Int | T::IntUnsigned | T::BigIntUnsigned => "INTEGER",
        T::Float | T::Double => "REAL",
        T::Uuid | T::Blob | T::MediumBlob | T::LongBlob => "BLOB",
    }
}

/// Returns what SQLite checks, whoever writes the row.
fn check(kind: AttributeType, name: &str) -> Option<String> {
    use AttributeType as T;
    let range = |least: i64, most: i64| Some(format!("{name} BETWEEN {least} AND {most}"));
    let length = |most: u64| Some(format!("length({name}) <= {most}"));
    match kind {
        T::Char(most) | T::Varchar(most) => length(most as u64),
        T::Enum(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| literal(text)).collect();
            Some(format!("{name} IN ({})", texts.join(", ")))
        }
        T::TinyInt => range(i8::MIN.into(), i8::MAX.into()),
        T::SmallInt => range(i16::MIN.into(), i16::MAX.into()),
        T::Int => range(i32::MIN.into(), i32::MAX.into()),
        T::IntUnsigned => range(0, u32::MAX.into()),
        T::BigIntUnsigned => range(0, i64::MAX),
        T::DateTime | T::Timestamp => Some(format!("datetime({name}) IS {name}")),
        T::Uuid => Some(format!("length({name}) = 16")),
        T::Blob => length(u16::MAX.into()),
        T::MediumBlob => length(0xff_ffff),
        // SQLite's own limit is lower.
        T::Float | T::Double | T::LongBlob => None,
    }
}

fn reference(to: &Reference) -> String {
    format!(
        "FOREIGN KEY ({}) REFERENCES {} ({}) ON UPDATE CASCADE",
        names(to.attributes),
        quoted(to.table.name),
        names(to.table.key),
    )
}

/// Returns an index for a reference that the key is none for: otherwise each row that is removed
/// from the other table costs a look at all rows of this one.
fn index(table: &Table, to: &Reference) -> Option<(String, String)> {
    if table.key.starts_with(to.attributes) {
        return None;
    }
    let name = format!("{} by {}", table.name, to.attributes.join(", "));
    let (quoted_name, table) = (quoted(&name), quoted(table.name));
    let columns = names(to.attributes);
    let statement = format!("CREATE INDEX {quoted_name} ON {table} ({columns})");
    Some((name, statement))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{DLC_TRACKING_PROCESSING_METHOD, RECORDING_DATA};

    #[test]
    fn a_table_checks_what_its_description_says() {
        let statements = declare(&DLC_TRACKING_PROCESSING_METHOD);
        let statements: Vec<_> = statements.into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            statements,
            [
                "CREATE TABLE `#d_l_c_tracking_processing_method` (\n  \
                 `dlc_tracking_processing_method` TEXT NOT NULL CHECK \
                 (length(`dlc_tracking_processing_method`) <= 16),\n  \
                 `method_description` TEXT NOT NULL DEFAULT '' CHECK \
                 (length(`method_description`) <= 1000),\n  \
                 `dlc_tracking_processing_params` BLOB NOT NULL,\n  \
                 `applicable_tracking_type` TEXT NOT NULL CHECK \
                 (length(`applicable_tracking_type`) <= 32),\n  \
                 `function_to_invoke` TEXT NOT NULL CHECK (length(`function_to_invoke`) <= \
                 32),\n  \
                 `param_hash` BLOB NOT NULL CHECK (length(`param_hash`) = 16),\n  \
                 PRIMARY KEY (`dlc_tracking_processing_method`),\n  \
                 FOREIGN KEY (`applicable_tracking_type`) REFERENCES `#d_l_c_tracking_type` \
                 (`dlc_tracking_type`) ON UPDATE CASCADE\n\
                 ) STRICT",
                "CREATE INDEX `#d_l_c_tracking_processing_method by applicable_tracking_type` ON \
                 `#d_l_c_tracking_processing_method` (`applicable_tracking_type`)"
            ]
        );
    }

    #[test]
    fn a_reference_that_is_the_beginning_of_the_key_needs_no_index() {
        let statements = declare(&RECORDING_DATA);
        let names: Vec<_> = statements.into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["recording__data", "recording__data by dataset_name"]
        );
    }
}
