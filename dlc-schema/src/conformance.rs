//! What every store must pass, whoever writes it.
//!
//! Each rule has a name that is a sentence. A store's tests run them all:
//!
//! ```
//! use std::sync::Arc;
//!
//! use dlc_schema::{Memory, Store, conformance};
//!
//! // An empty place, and a function that opens handles on it.
//! fn place() -> impl Fn() -> Box<dyn Store> {
//!     let store = Arc::new(Memory::new());
//!     move || Box::new(Arc::clone(&store))
//! }
//!
//! conformance::check(&place());
//! ```
//!
//! or, in a file of `tests/`, as one test a rule: `dlc_schema::conformance_tests!(crate::place());`.
//!
//! Texts in the rules are of Latin-1, and keys do not differ in case alone: databases that keep the
//! pipeline's tables may not tell them apart.

mod changes;
mod entities;
mod limits;
mod queries;
mod references;
mod rows;
mod sample;
mod threads;
mod transactions;
mod values;

use crate::{
    Query, Row, Store, StoreError, StoreExt,
    table::Table,
    tables::{TABLES, TRACKED_BODY_PART},
};

/// Opens another handle on the same rows.
pub type Open<'a> = dyn Fn() -> Box<dyn Store> + 'a;

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The rule as a sentence.
    pub name: &'static str,
    run: fn(&Open<'_>),
}

impl Rule {
    /// Removes all rows and checks the rule.
    ///
    /// # Panics
    ///
    /// Panics when the store breaks the rule.
    pub fn check(&self, open: &Open<'_>) {
        clear(&*open());
        (self.run)(open);
    }
}

/// Removes all rows of a store and checks every rule, one after the other.
///
/// # Panics
///
/// Panics when the store breaks a rule.
pub fn check(open: &Open<'_>) {
    for rule in RULES {
        rule.check(open);
    }
}

/// Calls a macro with the names of all rules, in groups.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_rules {
    ($call:path, $arguments:tt) => {
        $call! {
            $arguments
            rows {
                every_table_takes_rows_and_gives_them_back
                what_a_row_does_not_say_has_its_default
                the_time_of_storing_is_a_default
                a_row_with_the_key_of_another_is_refused
                null_is_kept
            }
            limits {
                a_required_attribute_must_not_be_missing
                an_attribute_that_a_table_does_not_have_is_refused
                null_is_refused_where_it_is_no_default
                texts_that_are_too_long_are_refused
                texts_that_end_with_a_blank_are_refused
                texts_that_are_not_in_the_enumeration_are_refused
                integers_that_do_not_fit_are_refused
                numbers_that_are_not_finite_are_refused
                cells_of_another_kind_are_refused
            }
            values {
                bytes_come_back_byte_for_byte
                a_blob_of_a_megabyte_comes_back
                numbers_of_32_bits_are_rounded_and_found
                numbers_of_64_bits_come_back
                texts_of_latin_1_come_back_and_are_found
                texts_beyond_latin_1_are_kept_or_refused
                texts_with_quotes_are_only_texts
                dates_of_any_year_come_back
                a_uuid_comes_back_and_is_found
            }
            references {
                a_row_cannot_refer_to_a_missing_one
                a_row_cannot_be_changed_to_refer_to_a_missing_one
                a_row_that_another_refers_to_stays
                a_reference_may_have_another_name
            }
            changes {
                an_update_changes_what_it_says_and_nothing_else
                an_update_counts_rows_that_are_so_already
                an_update_of_what_is_not_there_counts_none
                an_update_can_ask_for_null_and_set_it
                an_update_of_a_key_is_refused
                an_update_beyond_a_limit_is_refused
                a_delete_counts_its_rows
                a_delete_of_all_removes_all
            }
            queries {
                rows_come_in_the_order_of_their_keys
                a_limit_takes_the_first_rows
                only_the_attributes_asked_for_come
                equal_attributes_are_found
                null_is_found
                rows_that_are_present_elsewhere_are_found
                rows_that_are_absent_elsewhere_are_found
                queries_in_queries_are_obeyed
                tables_without_shared_attributes_are_all_or_nothing
                an_attribute_that_is_not_there_cannot_be_asked_for
            }
            entities {
                values_with_types_come_back
            }
            transactions {
                a_transaction_that_is_dropped_changes_nothing
                a_transaction_that_fails_changes_nothing
                a_transaction_that_panics_changes_nothing
                a_transaction_sees_its_own_changes
                a_transaction_goes_on_after_a_refusal
                what_is_committed_is_seen_by_other_handles
                what_is_not_committed_is_not_seen
                a_transaction_for_reading_changes_nothing
                a_transaction_for_reading_sees_one_state
            }
            threads {
                of_two_that_insert_the_same_key_one_wins
                no_change_on_a_condition_is_lost
                threads_in_each_others_way_all_end
                readers_do_not_keep_a_writer_waiting
                many_threads_share_a_handle
            }
        }
    };
}

/// Makes a test of each rule.
///
/// Takes an expression that makes an empty place and is a function that opens handles on it.
#[macro_export]
macro_rules! conformance_tests {
    ($place:expr) => {
        $crate::__conformance_rules! { $crate::__conformance_test, ($place) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    (($place:expr) $($group:ident { $($rule:ident)* })*) => {$($(
        #[test]
        fn $rule() {
            let name = stringify!($rule);
            let rule = $crate::conformance::RULES.iter().find(|rule| rule.name == name);
            rule.expect("the rule is in the list").check(&$place);
        }
    )*)*};
}

macro_rules! list {
    (() $($group:ident { $($rule:ident)* })*) => {
        /// All rules.
        pub static RULES: &[Rule] = &[$($(
            Rule { name: stringify!($rule), run: $group::$rule },
        )*)*];
    };
}
__conformance_rules! { list, () }

/// Removes all rows.
fn clear(store: &dyn Store) {
    let cleared = store.write(|rows| -> Result<(), StoreError> {
        let mut tables = TABLES.iter().rev();
        tables.try_for_each(|table| rows.delete(table, &Row::new()).map(drop))
    });
    cleared.expect("all rows can be removed, beginning with those that refer to others");
}

/// Adds a row that the store must take.
fn put(store: &dyn Store, table: &'static Table, row: &Row) {
    let put = store.write(|rows| rows.insert(table, row));
    put.unwrap_or_else(|error| panic!("{} takes {row}: {error:?}", table.class));
}

/// Adds a row that the store must refuse.
fn refused(store: &dyn Store, table: &'static Table, row: &Row) -> StoreError {
    let put = store.write(|rows| rows.insert(table, row));
    put.expect_err("the store refuses the row")
}

/// Returns the rows of a query that the store must answer.
fn rows(store: &dyn Store, query: &Query) -> Vec<Row> {
    let rows = store.rows(query);
    rows.unwrap_or_else(|error| panic!("{} can be read: {error:?}", query.table.class))
}

/// Returns all rows of a table.
fn all(store: &dyn Store, table: &'static Table) -> Vec<Row> {
    rows(store, &Query::of(table))
}

fn part(name: &str) -> Row {
    Row::new().with("body_part", name)
}

/// Returns the names of all body parts.
fn parts(store: &dyn Store) -> Vec<String> {
    let name = |row: Row| row.cell("body_part").map(ToString::to_string);
    let rows = all(store, &TRACKED_BODY_PART);
    rows.into_iter().filter_map(name).collect()
}
