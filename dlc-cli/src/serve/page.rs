//! The frame around each page.

use anyhow::Error;
use axum::{
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::{DOCTYPE, Markup, html};

/// One of the pages, in the order of the links to them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tab {
    Recordings,
    Jobs,
    Models,
}

const TABS: [(Tab, &str, &str); 3] = [
    (Tab::Recordings, "/", "Recordings"),
    (Tab::Jobs, "/jobs", "Jobs"),
    (Tab::Models, "/models", "Models"),
];

/// Returns a page. It is loaded again after some seconds if `refresh` says so.
pub(super) fn page(store: &str, tab: Tab, refresh: Option<u32>, content: &Markup) -> Markup {
    let title = TABS.iter().find(|(other, ..)| *other == tab);
    let title = title.map_or("", |(_, _, title)| title);
    frame(title, Some(tab), Some(store), refresh, content)
}

/// Returns a page that says what is wrong, each reason below its consequence.
pub(super) fn error(status: StatusCode, error: &Error) -> Markup {
    let mut reasons: Vec<String> = error.chain().map(ToString::to_string).collect();
    reasons.dedup();
    let content = html! {
        section.error role="alert" {
            h1 { "That did not work" }
            @for (place, reason) in reasons.iter().enumerate() {
                p.reason {
                    @if place > 0 { span.because { "because " } }
                    (reason)
                }
            }
            p.quiet { (status) }
        }
        p { a href="/" { "Back to the recordings" } }
    };
    frame("Error", None, None, None, &content)
}

fn frame(
    title: &str,
    current: Option<Tab>,
    store: Option<&str>,
    refresh: Option<u32>,
    content: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = refresh {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (title) " · dlc" }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="data:,";
            }
            body {
                header {
                    nav aria-label="Pages" {
                        @for (tab, place, title) in TABS {
                            a href=(place) aria-current=[(current == Some(tab)).then_some("page")] {
                                (title)
                            }
                        }
                    }
                    @if let Some(store) = store { span.store title="the store" { (store) } }
                }
                main { (content) }
            }
        }
    }
}

/// Returns the style sheet.
pub(super) async fn style() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("style.css"))
}
