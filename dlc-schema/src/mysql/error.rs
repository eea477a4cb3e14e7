use std::error::Error;

use mysql::DriverError;

use crate::{LayoutError, Row, StoreErrorKind as Kind, table::Table, tables::TABLES};

/// Tells what an error of the server or of the connection means.
pub(super) fn kind(error: mysql::Error) -> Kind {
    match error {
        mysql::Error::MySqlError(error) => server_kind(error),
        mysql::Error::IoError(error) => Kind::Unavailable(error.into()),
        mysql::Error::CodecError(error) => Kind::Unavailable(error.into()),
        mysql::Error::DriverError(DriverError::PacketTooLarge) => {
            Kind::Other("more bytes than max_allowed_packet of the server".into())
        }
        mysql::Error::DriverError(DriverError::Timeout) => {
            Kind::Unavailable("all connections are in use".into())
        }
        mysql::Error::DriverError(error) => driver_kind(error),
        other => Kind::Other(other.to_string().into()),
    }
}

fn driver_kind(error: DriverError) -> Kind {
    match error {
        DriverError::ConnectTimeout
        | DriverError::CouldNotConnect(_)
        | DriverError::PacketOutOfSync
        | DriverError::UnexpectedPacket
        | DriverError::SetupError => Kind::Unavailable(error.into()),
        _ => Kind::Other(error.into()),
    }
}

/// Tells what an error of the server means; that about one row, [`row_kind`] tells first.
fn server_kind(error: mysql::MySqlError) -> Kind {
    let cause: Box<dyn Error + Send + Sync> = error.to_string().into();
    match error.code {
        // Deadlock; lock wait timeout; a row has changed since it was read.
        1213 | 1205 | 1020 => Kind::Conflict(cause),
        // Connections: too many, refused, aborted, killed, gone; the server stops or starts, or a
        // cluster has lost its members; the statement was interrupted.
        1040
        | 1047
        | 1053
        | 1077
        | 1079
        | 1080
        | 1129
        | 1152
        | 1158..=1161
        | 1184
        | 1203
        | 1317
        | 1927
        | 2002
        | 2003
        | 2006
        | 2013
        | 3169 => Kind::Unavailable(cause),
        // Disk full; table full; tablespace full; temporary file; error on write.
        1021 | 1026 | 1114 | 1135 | 3 => Kind::Full(cause),
        // "Got error 28 from storage engine": no space left on the device; 122 is a quota.
        1030 if error.message.contains("error 28") || error.message.contains("error 122") => {
            Kind::Full(cause)
        }
        // Access to a schema, table, column or routine; wrong password; a server that is read only.
        1044 | 1045 | 1142 | 1143 | 1227 | 1290 | 1370 | 1698 | 1836 => Kind::Denied(cause),
        1792 => Kind::ReadOnly,
        1146 => Kind::Layout(LayoutError::MissingTable {
            table: error.message,
        }),
        _ => Kind::Other(cause),
    }
}

/// Tells what an error means that a row of a table has met; `row` is as much of it as is known.
pub(super) fn row_kind(error: mysql::Error, table: &'static Table, row: &Row) -> Kind {
    let mysql::Error::MySqlError(server) = &error else {
        return kind(error);
    };
    match server.code {
        1062 | 1586 => Kind::Duplicate {
            key: row.key(table),
        },
        1452 | 1216 => {
            missing_reference(&server.message, table, row).unwrap_or_else(|| kind(error))
        }
        1451 | 1217 => Kind::Referenced {
            by: referring(&server.message),
        },
        _ => kind(error),
    }
}

/// Reads which reference of a table leads nowhere: `… FOREIGN KEY (`a`, `b`) REFERENCES `t` (…`.
fn missing_reference(message: &str, table: &'static Table, row: &Row) -> Option<Kind> {
    let (_, rest) = message.split_once("FOREIGN KEY (")?;
    let (ours, rest) = rest.split_once(") REFERENCES ")?;
    let ours: Vec<_> = ours.split(", ").map(unquoted).collect();
    let theirs = unquoted(rest.split(" (").next()?);
    let mut references = table.references.iter();
    let reference = references.find(|to| to.table.name == theirs && to.attributes == ours)?;
    let names = reference.attributes.iter().zip(reference.table.key);
    let key = names.filter_map(|(ours, theirs)| Some((*theirs, row.cell(ours)?.clone())));
    Some(Kind::MissingReference {
        table: reference.table.class,
        key: key.collect(),
    })
}

/// Reads which table refers to a row: `… fails (`schema`.`table`, CONSTRAINT …`.
fn referring(message: &str) -> String {
    let name = message
        .split_once("`.`")
        .and_then(|(_, rest)| rest.split('`').next())
        .unwrap_or("another table");
    let class = TABLES.iter().find(|table| table.name == name);
    class.map_or(name, |table| table.class).to_owned()
}

fn unquoted(name: &str) -> &str {
    // MariaDB says `table`, MySQL `schema`.`table`.
    let name = name.trim_matches('`');
    name.rsplit("`.`").next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{DATASET, DATASET_TYPE};

    fn server(code: u16, message: &str) -> mysql::Error {
        mysql::Error::MySqlError(mysql::MySqlError {
            state: "HY000".into(),
            message: message.into(),
            code,
        })
    }

    #[test]
    fn what_can_be_tried_again_is_told_from_what_cannot() {
        assert!(matches!(kind(server(1213, "")), Kind::Conflict(_)));
        assert!(matches!(kind(server(1205, "")), Kind::Conflict(_)));
        assert!(matches!(kind(server(1053, "")), Kind::Unavailable(_)));
        assert!(matches!(kind(server(1114, "")), Kind::Full(_)));
        assert!(matches!(kind(server(1142, "")), Kind::Denied(_)));
        assert!(matches!(kind(server(1406, "")), Kind::Other(_)));
        let full = "Got error 28 \"No space left on device\" from storage engine InnoDB";
        assert!(matches!(kind(server(1030, full)), Kind::Full(_)));
        let gone = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert!(matches!(kind(gone.into()), Kind::Unavailable(_)));
    }

    #[test]
    fn the_missing_row_is_named() {
        // Source: MariaDB 10.11
        let message = "Cannot add or update a child row: a foreign key constraint fails \
                       (`imaging`.`dataset`, CONSTRAINT `dataset_ibfk_1` FOREIGN KEY \
                       (`datasettype`) REFERENCES `#dataset_type` (`datasettype`) ON UPDATE CASCADE)";
        let row = Row::new()
            .with("dataset_name", "a")
            .with("datasettype", "b");

        let kind = row_kind(server(1452, message), &DATASET, &row);

        let Kind::MissingReference { table, key } = kind else {
            panic!("{kind:?}")
        };
        assert_eq!(table, DATASET_TYPE.class);
        assert_eq!(key, Row::new().with("datasettype", "b"));
    }

    #[test]
    fn the_referring_table_is_named() {
        let message = "Cannot delete or update a parent row: a foreign key constraint fails \
                       (`imaging`.`d_l_c_model__model_path`, CONSTRAINT `x` FOREIGN KEY …";
        let kind = row_kind(server(1451, message), &DATASET_TYPE, &Row::new());

        let Kind::Referenced { by } = kind else {
            panic!("{kind:?}")
        };
        assert_eq!(by, "DLCModel.ModelPath");
    }
}
