//! Statements of SQL made of the descriptions of tables. Names come from the descriptions; what a
//! row holds is always bound, never written into the text.

use crate::{
    Cell, Query, Row,
    table::{Attribute, AttributeType, Table},
};

/// Where databases differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    /// MySQL and MariaDB, whose texts are equal if they differ in case alone.
    #[cfg(any(feature = "mysql", test))]
    MySql,
    /// SQLite, whose texts are equal if their bytes are.
    #[cfg(any(feature = "sqlite", test))]
    Sqlite,
}

impl Dialect {
    const fn ignores_case(self) -> bool {
        match self {
            #[cfg(any(feature = "mysql", test))]
            Self::MySql => true,
            #[cfg(any(feature = "sqlite", test))]
            Self::Sqlite => false,
        }
    }
}

/// A text with a `?` for each of the cells.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Statement {
    pub(crate) text: String,
    /// What is to be bound.
    pub(crate) cells: Vec<Cell>,
}

impl Statement {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind(&mut self, cell: Cell) {
        self.push("?");
        self.cells.push(cell);
    }
}

/// Writes a name in the quotes that all dialects know.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(quoted).collect();
    names.join(", ")
}

/// Returns what a row says, rounded as the table will; [`Row::check`] has found unknown names.
fn cells(table: &'static Table, row: &Row) -> Vec<(&'static Attribute, Cell)> {
    let row = row.clone().rounded(table);
    let cell = |(name, cell): (_, &Cell)| Some((table.attribute(name)?, cell.clone()));
    row.iter().filter_map(cell).collect()
}

/// Adds a row; what it does not say, the database fills in.
pub(crate) fn insert(table: &'static Table, row: &Row) -> Statement {
    let mut statement = Statement::default();
    let names = quoted_list(row.iter().map(|(name, _)| name));
    statement.push(&format!(
        "INSERT INTO {} ({names}) VALUES (",
        quoted(table.name)
    ));
    for (place, (_, cell)) in cells(table, row).into_iter().enumerate() {
        statement.push(if place > 0 { ", " } else { "" });
        statement.bind(cell);
    }
    statement.push(")");
    statement
}

/// Changes all rows that hold `rows`; there must be changes.
pub(crate) fn update(
    dialect: Dialect,
    table: &'static Table,
    rows: &Row,
    changes: &Row,
) -> Statement {
    let mut statement = Statement::default();
    statement.push(&format!("UPDATE {} SET ", quoted(table.name)));
    for (place, (attribute, cell)) in cells(table, changes).into_iter().enumerate() {
        statement.push(if place > 0 { ", " } else { "" });
        statement.push(&format!("{} = ", quoted(attribute.name)));
        statement.bind(cell);
    }
    statement.push(" WHERE 1 = 1");
    holding(&mut statement, dialect, table, "", rows);
    statement
}

/// Removes all rows that hold `rows`.
pub(crate) fn delete(dialect: Dialect, table: &'static Table, rows: &Row) -> Statement {
    let mut statement = Statement::default();
    statement.push(&format!("DELETE FROM {} WHERE 1 = 1", quoted(table.name)));
    holding(&mut statement, dialect, table, "", rows);
    statement
}

/// Reads rows in the order of their keys as the database sorts them.
pub(crate) fn select(
    dialect: Dialect,
    query: &Query,
    attributes: &[&'static Attribute],
) -> Statement {
    let mut statement = Statement::default();
    let names = quoted_list(attributes.iter().map(|attribute| attribute.name));
    statement.push(&format!(
        "SELECT {names} FROM {} AS t0 WHERE 1 = 1",
        quoted(query.table.name)
    ));
    restrict(&mut statement, dialect, query, 0);
    let key = quoted_list(query.table.key.iter().copied());
    statement.push(&format!(" ORDER BY {key}"));
    if let Some(limit) = query.limit {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        statement.push(&format!(" LIMIT {limit}"));
    }
    statement
}

/// Restricts the rows of a query, which is `t{depth}`.
fn restrict(statement: &mut Statement, dialect: Dialect, query: &Query, depth: usize) {
    holding(
        statement,
        dialect,
        query.table,
        &format!("t{depth}."),
        &query.equal,
    );
    for other in &query.present_in {
        belongs(statement, dialect, query, other, depth, "EXISTS");
    }
    for other in &query.absent_from {
        belongs(statement, dialect, query, other, depth, "NOT EXISTS");
    }
}

fn belongs(
    statement: &mut Statement,
    dialect: Dialect,
    query: &Query,
    other: &Query,
    depth: usize,
    exists: &str,
) {
    let (outer, inner) = (format!("t{depth}"), format!("t{}", depth + 1));
    let table = quoted(other.table.name);
    statement.push(&format!(
        " AND {exists} (SELECT 1 FROM {table} AS {inner} WHERE 1 = 1"
    ));
    for name in query.table.shared_attributes(other.table) {
        let name = quoted(name);
        statement.push(&format!(" AND {inner}.{name} = {outer}.{name}"));
    }
    restrict(statement, dialect, other, depth + 1);
    statement.push(")");
}

fn holding(
    statement: &mut Statement,
    dialect: Dialect,
    table: &'static Table,
    prefix: &str,
    rows: &Row,
) {
    for (attribute, cell) in cells(table, rows) {
        let name = format!("{prefix}{}", quoted(attribute.name));
        if cell == Cell::Null {
            statement.push(&format!(" AND {name} IS NULL"));
            continue;
        }
        statement.push(&format!(" AND {name} = "));
        statement.bind(cell.clone());
        if dialect.ignores_case() && is_text(attribute) {
            // The first comparison finds the rows by an index, this one tells `a` from `A`.
            statement.push(&format!(
                " AND CONVERT({name} USING utf8mb4) COLLATE utf8mb4_bin = "
            ));
            statement.bind(cell);
        }
    }
}

const fn is_text(attribute: &Attribute) -> bool {
    matches!(
        attribute.kind,
        AttributeType::Char(_) | AttributeType::Varchar(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::*;

    #[test]
    fn what_a_row_holds_is_never_part_of_the_text() {
        let hostile = "'; DROP TABLE `x`; --";
        let row = Row::new().with("body_part", hostile);
        let query = Query::of(&TRACKED_BODY_PART).with_all(row.clone());
        let attributes: Vec<_> = TRACKED_BODY_PART.attributes.iter().collect();
        for dialect in [Dialect::MySql, Dialect::Sqlite] {
            for statement in [
                insert(&TRACKED_BODY_PART, &row),
                delete(dialect, &TRACKED_BODY_PART, &row),
                update(dialect, &TRACKED_BODY_PART, &row, &row),
                select(dialect, &query, &attributes),
            ] {
                assert!(!statement.text.contains("DROP"), "{}", statement.text);
                let places = statement.text.matches('?').count();
                assert_eq!(places, statement.cells.len());
            }
        }
    }

    #[test]
    fn pending_data_are_those_with_a_model_and_without_a_prediction() {
        let query = Query::of(&RECORDING_DATA)
            .with("recording_order", 0)
            .present_in(Query::of(&RECORDING_DLC).with("dlc_model", "m"))
            .absent_from(Query::of(&DLC_PREDICTION))
            .limit(3);
        let attributes = [RECORDING_DATA.attribute("dataset_name").unwrap()];
        let statement = select(Dialect::Sqlite, &query, &attributes);

        assert_eq!(
            statement.text,
            "SELECT `dataset_name` FROM `recording__data` AS t0 WHERE 1 = 1 AND \
             t0.`recording_order` = ? AND EXISTS (SELECT 1 FROM `recording_d_l_c` AS t1 WHERE 1 = \
             1 AND t1.`session_name` = t0.`session_name` AND t1.`recording_order` = \
             t0.`recording_order` AND t1.`recording_name` = t0.`recording_name` AND \
             t1.`dlc_model` = ?) AND NOT EXISTS (SELECT 1 FROM `__d_l_c_prediction` AS t1 WHERE 1 \
             = 1 AND t1.`session_name` = t0.`session_name` AND t1.`recording_order` = \
             t0.`recording_order` AND t1.`recording_name` = t0.`recording_name` AND \
             t1.`dataset_name` = t0.`dataset_name`) ORDER BY `session_name`, `recording_order`, \
             `recording_name`, `dataset_name` LIMIT 3"
        );
    }

    #[test]
    fn nothing_is_equal_to_nothing() {
        let row = Row::new().with("timestamps", Cell::Null);
        let statement = delete(Dialect::MySql, &TRACKING_RAW, &row);

        assert_eq!(
            statement.text,
            "DELETE FROM `_tracking_raw` WHERE 1 = 1 AND `timestamps` IS NULL"
        );
    }
}
