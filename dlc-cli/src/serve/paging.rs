//! Long tables in pages.

use maud::{Markup, html};
use serde::Deserialize;

/// The rows of a page.
const ROWS: usize = 100;

/// The part of an address that says which rows are wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "lowercase")]
pub(super) struct View {
    /// The page, from 1.
    page: usize,
    /// Which rows.
    pub(super) show: Show,
    /// Whether the page is loaded again on its own.
    pub(super) refresh: Refresh,
}

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Show {
    /// All of them.
    #[default]
    All,
    /// Those that a person has to look at.
    Open,
}

/// Whether a page is loaded again on its own.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Refresh {
    #[default]
    On,
    Off,
}

impl View {
    /// Returns the address of this view of a page, after its path: `?page=2`, or nothing.
    pub(super) fn query(self) -> String {
        let mut parts = Vec::new();
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        if self.show == Show::Open {
            parts.push("show=open".into());
        }
        if self.refresh == Refresh::Off {
            parts.push("refresh=off".into());
        }
        match parts.is_empty() {
            true => String::new(),
            false => format!("?{}", parts.join("&")),
        }
    }

    pub(super) fn with_show(self, show: Show) -> Self {
        Self {
            show,
            page: 1,
            ..self
        }
    }

    pub(super) const fn with_refresh(self, refresh: Refresh) -> Self {
        Self { refresh, ..self }
    }

    /// Returns the rows of the page; the last page when there are not so many.
    pub(super) fn rows<T>(self, rows: &[T]) -> &[T] {
        let page = self.page.clamp(1, pages(rows.len()));
        rows.chunks(ROWS).nth(page - 1).unwrap_or_default()
    }

    /// Returns links to all pages of a table of so many rows.
    pub(super) fn links(self, path: &str, rows: usize) -> Markup {
        let (count, current) = (pages(rows), self.page.clamp(1, pages(rows)));
        html! {
            @if count > 1 {
                nav.pages aria-label="Pages of the table" {
                    @for page in (1..=count).filter(|page| is_near(*page, current, count)) {
                        @let there = Self { page, ..self }.query();
                        a href={ (path) (there) } aria-current=[(page == current).then_some("page")] {
                            (page)
                        }
                    }
                    span.quiet { "of " (count) }
                }
            }
        }
    }
}

fn pages(rows: usize) -> usize {
    rows.div_ceil(ROWS).max(1)
}

fn is_near(page: usize, current: usize, count: usize) -> bool {
    page == 1 || page == count || page.abs_diff(current) <= 4
}
