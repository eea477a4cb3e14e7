use std::{fmt, time::Duration};

use mysql::{Opts, OptsBuilder, PoolConstraints, PoolOpts, UrlError, consts::CapabilityFlags};

/// Where a schema is, and how long to wait for it.
///
/// Printed with `{:?}` it does not tell the password. Connections are not encrypted: reach a server
/// outside of your network through a tunnel.
///
/// # Examples
///
/// ```
/// use dlc_schema::MysqlOptions;
///
/// let options = MysqlOptions::from_url("mysql://dlc:secret@localhost:3306/imaging")?
///     .with_max_connections(4);
///
/// assert_eq!(options.schema(), "imaging");
/// assert!(!format!("{options:?}").contains("secret"));
/// # Ok::<(), dlc_schema::ParseMysqlUrlError>(())
/// ```
#[derive(Clone)]
pub struct MysqlOptions {
    opts: Opts,
    schema: String,
    max_connections: usize,
    lock_wait: Duration,
    wait: Duration,
}

/// An error returned when a URL does not tell where a schema is.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid URL of a MySQL schema: {reason}; expected mysql://USER:PASSWORD@HOST:PORT/SCHEMA")]
pub struct ParseMysqlUrlError {
    reason: String,
}

impl ParseMysqlUrlError {
    fn new(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { reason }
    }
}

/// What DataJoint asks of a server.
const SQL_MODE: &str = "NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
                        STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY";

/// The longest name of a schema.
const MAX_NAME: usize = 64;

impl MysqlOptions {
    /// Reads `mysql://USER:PASSWORD@HOST:PORT/SCHEMA`; the port is 3306 unless told. Characters
    /// that mean something in a URL are written as `%40`.
    ///
    /// # Errors
    ///
    /// Returns an error when the text is no such URL or names no schema.
    pub fn from_url(url: &str) -> Result<Self, ParseMysqlUrlError> {
        let opts = Opts::from_url(url).map_err(|error| ParseMysqlUrlError::new(reason(&error)))?;
        let schema = opts.get_db_name().unwrap_or_default().to_owned();
        if schema.is_empty() {
            return Err(ParseMysqlUrlError::new("no schema"));
        }
        if schema.chars().count() > MAX_NAME || schema.contains(['`', '\0', '/']) {
            return Err(ParseMysqlUrlError::new("no name of a schema"));
        }
        Ok(Self {
            opts,
            schema,
            max_connections: 16,
            lock_wait: Duration::from_secs(10),
            wait: Duration::from_secs(10),
        })
    }

    /// Sets the most connections at once, at least one. 16 unless told. Each thread with a
    /// transaction has one.
    #[must_use]
    pub fn with_max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// Sets how long a change waits for another transaction before it fails as a conflict, in
    /// whole seconds. 10 s unless told.
    #[must_use]
    pub const fn with_lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Sets how long to wait for the server to answer, and for a free connection. 10 s unless told.
    #[must_use]
    pub const fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Returns the name of the schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) const fn wait(&self) -> Duration {
        self.wait
    }

    fn for_connection(&self) -> OptsBuilder {
        let seconds = self.lock_wait.as_secs().max(1);
        OptsBuilder::from_opts(self.opts.clone())
            .tcp_connect_timeout(Some(self.wait))
            .tcp_keepalive_time_ms(Some(30_000))
            // An update counts the rows that it finds, not those that it makes different.
            .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
            .init(vec![
                format!(
                    "SET SESSION sql_mode = '{SQL_MODE}', time_zone = '+00:00', \
                     innodb_lock_wait_timeout = {seconds}"
                ),
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ".into(),
            ])
    }

    /// Returns options of a connection to the server that uses no schema.
    pub(super) fn for_server(&self) -> Opts {
        self.for_connection().db_name(None::<String>).into()
    }

    /// Returns options of a pool, which connects when it is asked to.
    pub(super) fn for_pool(&self) -> Opts {
        let constraints = PoolConstraints::new(0, self.max_connections).unwrap_or_default();
        let pool = PoolOpts::new()
            .with_constraints(constraints)
            // Transactions leave nothing behind, and prepared statements are kept.
            .with_reset_connection(false);
        self.for_connection().pool_opts(pool).into()
    }
}

impl fmt::Debug for MysqlOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlOptions")
            .field("host", &self.opts.get_ip_or_hostname())
            .field("port", &self.opts.get_tcp_port())
            .field("user", &self.opts.get_user())
            .field("schema", &self.schema)
            .field("max_connections", &self.max_connections)
            .field("lock_wait", &self.lock_wait)
            .field("wait", &self.wait)
            .finish()
    }
}

/// Tells what is wrong with a URL without repeating it, for the sake of its password.
fn reason(error: &UrlError) -> String {
    match error {
        UrlError::ParseError(error) => error.to_string(),
        UrlError::UnsupportedScheme(scheme) => format!("unknown scheme `{scheme}`"),
        UrlError::FeatureRequired(feature, name) => format!("`{name}` needs {feature}"),
        UrlError::InvalidValue(name, _) => format!("invalid value of `{name}`"),
        UrlError::UnknownParameter(name) => format!("unknown parameter `{name}`"),
        UrlError::InvalidPoolConstraints { .. } => "invalid constraints of the pool".into(),
        UrlError::BadUrl => "incomplete".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_name_no_schema_are_refused_without_their_password() {
        for url in [
            "",
            "imaging",
            "http://u:hunter2@host/imaging",
            "mysql://u:hunter2@host",
            "mysql://u:hunter2@host/",
            "mysql://u:hunter2@host/a%60b",
            "mysql://u:hunter2@host/imaging?nonsense=hunter2",
            "mysql://u:hunter2@host:port/imaging",
        ] {
            let error = MysqlOptions::from_url(url).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
