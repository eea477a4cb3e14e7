use mysql::{Conn, PooledConn, prelude::Queryable};

use super::{MysqlOptions, error};
use crate::{
    StoreErrorKind,
    sql::quoted,
    table::{Attribute, AttributeType, DefaultValue, Reference, Table, Tier},
    tables::TABLES,
};

/// Creates the schema if there is none.
pub(super) fn create_schema(options: &MysqlOptions) -> Result<(), StoreErrorKind> {
    let mut connection = Conn::new(options.for_server()).map_err(error::kind)?;
    let exists: Option<u8> = connection
        .exec_first(
            "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
            (options.schema(),),
        )
        .map_err(error::kind)?;
    if exists.is_some() {
        return Ok(());
    }
    let schema = quoted(options.schema());
    connection
        .query_drop(format!("CREATE DATABASE IF NOT EXISTS {schema}"))
        .map_err(error::kind)
}

/// Creates the tables that are missing.
pub(super) fn declare(connection: &mut PooledConn, schema: &str) -> Result<(), StoreErrorKind> {
    let tables = TABLES.iter().map(|table| create_table(table, schema));
    for statement in tables.chain([create_log(schema)]) {
        connection.query_drop(statement).map_err(error::kind)?;
    }
    Ok(())
}

/// Returns the type in the words of MySQL, as DataJoint declares it.
pub(super) fn type_name(kind: AttributeType) -> String {
    use AttributeType as T;
    match kind {
        T::Char(limit) => format!("char({limit})"),
        T::Varchar(limit) => format!("varchar({limit})"),
        T::Enum(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| text_literal(text)).collect();
            format!("enum({})", texts.join(","))
        }
        T::TinyInt => "tinyint".into(),
        T::SmallInt => "smallint".into(),
        T::Int => "int".into(),
        T::IntUnsigned => "int unsigned".into(),
        T::BigIntUnsigned => "bigint unsigned".into(),
        T::Float => "float".into(),
        T::Double => "double".into(),
        T::DateTime => "datetime".into(),
        T::Timestamp => "timestamp".into(),
        T::Uuid => "binary(16)".into(),
        T::Blob => "blob".into(),
        T::MediumBlob => "mediumblob".into(),
        T::LongBlob => "longblob".into(),
    }
}

/// Writes a text of our own descriptions.
fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Returns the comment, which in DataJoint begins with the type where MySQL has no such type.
pub(super) fn comment(attribute: &Attribute) -> String {
    match attribute.kind {
        AttributeType::Uuid => format!(":uuid:{}", attribute.comment),
        _ => attribute.comment.into(),
    }
}

fn create_table(table: &Table, schema: &str) -> String {
    let columns = table.attributes.iter().map(column);
    let key = format!("PRIMARY KEY ({})", columns_of(table.key));
    let references = table.references.iter().map(|to| reference(to, schema));
    let lines: Vec<_> = columns.chain([key]).chain(references).collect();
    create(table.name, schema, &lines, &table_comment(table, schema))
}

fn create(name: &str, schema: &str, lines: &[String], comment: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {}.{} (\n{}\n) ENGINE=InnoDB, COMMENT {}",
        quoted(schema),
        quoted(name),
        lines.join(",\n"),
        text_literal(comment),
    )
}

/// DataJoint's tables beside the pipeline say whose they are.
fn table_comment(table: &Table, schema: &str) -> String {
    match table.tier {
        Tier::Hidden => format!("{} for {}", table.comment, quoted(schema)),
        _ => table.comment.into(),
    }
}

fn columns_of(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    names.join(",")
}

fn column(attribute: &Attribute) -> String {
    let default = match attribute.default {
        DefaultValue::Required => "NOT NULL".into(),
        DefaultValue::Null => "DEFAULT NULL".into(),
        DefaultValue::Text(text) => format!("NOT NULL DEFAULT {}", text_literal(text)),
        DefaultValue::Int(number) => format!("NOT NULL DEFAULT '{number}'"),
        DefaultValue::Now => "NOT NULL DEFAULT CURRENT_TIMESTAMP".into(),
    };
    let comment = match comment(attribute) {
        none if none.is_empty() => String::new(),
        some => format!(" COMMENT {}", text_literal(&some)),
    };
    let kind = type_name(attribute.kind);
    format!("{} {kind} {default}{comment}", quoted(attribute.name))
}

fn reference(to: &Reference, schema: &str) -> String {
    format!(
        "FOREIGN KEY ({}) REFERENCES {}.{} ({}) ON UPDATE CASCADE ON DELETE RESTRICT",
        columns_of(to.attributes),
        quoted(schema),
        quoted(to.table.name),
        columns_of(to.table.key),
    )
}

/// Returns the statement that creates DataJoint's log, in which we write nothing.
fn create_log(schema: &str) -> String {
    let lines = [
        "`id` int unsigned auto_increment NOT NULL COMMENT 'event order id'",
        "`timestamp` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'event timestamp'",
        "`version` varchar(12) NOT NULL COMMENT 'datajoint version'",
        "`user` varchar(255) NOT NULL COMMENT 'user@host'",
        "`host` varchar(255) NOT NULL DEFAULT '' COMMENT 'system hostname'",
        "`event` varchar(255) NOT NULL DEFAULT '' COMMENT 'event message'",
        "PRIMARY KEY (`id`)",
    ];
    let lines = lines.map(String::from);
    let comment = format!("event logging table for {}", quoted(schema));
    create("~log", schema, &lines, &comment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::DLC_TRACKING_PROCESSING_METHOD;

    #[test]
    fn a_table_is_declared_as_datajoint_does() {
        assert_eq!(
            create_table(&DLC_TRACKING_PROCESSING_METHOD, "imaging"),
            "CREATE TABLE IF NOT EXISTS `imaging`.`#d_l_c_tracking_processing_method` (\n\
             `dlc_tracking_processing_method` varchar(16) NOT NULL,\n\
             `method_description` varchar(1000) NOT NULL DEFAULT '',\n\
             `dlc_tracking_processing_params` longblob NOT NULL,\n\
             `applicable_tracking_type` varchar(32) NOT NULL,\n\
             `function_to_invoke` varchar(32) NOT NULL,\n\
             `param_hash` binary(16) NOT NULL COMMENT ':uuid:',\n\
             PRIMARY KEY (`dlc_tracking_processing_method`),\n\
             FOREIGN KEY (`applicable_tracking_type`) REFERENCES \
             `imaging`.`#d_l_c_tracking_type` (`dlc_tracking_type`) ON UPDATE CASCADE ON DELETE \
             RESTRICT\n\
             ) ENGINE=InnoDB, COMMENT 'methods from body parts to a state'"
        );
    }

    #[test]
    fn quotes_in_descriptions_do_no_harm() {
        assert_eq!(text_literal(r"a model's \"), r"'a model''s \\'");
    }
}
