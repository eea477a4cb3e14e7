//! Which requests are from the pages of this program.
//!
//! Any site that is open in a browser can send requests to a program on the same machine. Three things
//! keep those out: the `Host` must be an address, `localhost` or a name that was allowed, so that no
//! foreign name can be made to point here; the `Origin` of a form must be that host; and the form must
//! have the token, which is on our pages alone.

use std::net::IpAddr;

use anyhow::{Result, bail};
use axum::http::{HeaderMap, Uri, header, uri::Authority};

/// Tells the requests of our own pages from others.
#[derive(Debug)]
pub(crate) struct Guard {
    names: Vec<String>,
    token: String,
}

impl Guard {
    /// Allows names of this machine beside `localhost` and addresses, and makes a new token.
    pub(crate) fn new(names: Vec<String>) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { names, token })
    }

    /// Returns what forms must have in their field `token`.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Checks a request before it is read: whom it is for, and from which site it is.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<()> {
        let host = self.host(headers)?;
        if let Some(authority) = uri.authority() {
            self.check_host(authority.as_str())?;
        }
        for origin in headers.get_all(header::ORIGIN) {
            if origin.as_bytes() != format!("http://{host}").as_bytes() {
                bail!("the request is from another site: {origin:?}, expected http://{host}");
            }
        }
        Ok(())
    }

    /// Checks the token of a form.
    pub(crate) fn check_token(&self, token: &str) -> Result<()> {
        if token != self.token {
            bail!("the form is not from this run of the program; open the page again");
        }
        Ok(())
    }

    fn host<'h>(&self, headers: &'h HeaderMap) -> Result<&'h str> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            bail!("the request does not say once whom it is for (Host)");
        };
        let Ok(host) = host.to_str() else {
            bail!("the request is for {host:?}, which is no host");
        };
        self.check_host(host)?;
        Ok(host)
    }

    fn check_host(&self, text: &str) -> Result<()> {
        let Ok(authority) = text.parse::<Authority>() else {
            bail!("the request is for {text:?}, which is no host");
        };
        let host = authority.host();
        let is_address = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        let is_name = |name: &str| name.eq_ignore_ascii_case(host);
        if is_address.is_err() && !is_name("localhost") && !self.names.iter().any(|n| is_name(n)) {
            bail!("the request is for {host:?}; the option --host allows a name");
        }
        Ok(())
    }
}
