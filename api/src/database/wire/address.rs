//! Where PostgreSQL is and as whom to connect, as the gateway's URL says it; read by the same rules as the driver's.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use sea_orm::sqlx::Error;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::database::DatabaseRole;

/// Where to connect, and what to say there first.
pub(in crate::database) struct Address {
    pub(super) place: Place,
    /// The name that a certificate must have.
    pub(super) host: String,
    pub(super) encryption: PgSslMode,
    /// A file of certificates of authorities, where the URL names one.
    pub(super) authorities: Option<PathBuf>,
    /// The files of a certificate to show and of its key, where the URL names them.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    pub(super) user: String,
    pub(super) password: Option<String>,
    database: String,
    options: String,
}

/// A socket of PostgreSQL.
pub(super) enum Place {
    Port(String, u16),
    File(PathBuf),
}

impl Address {
    pub(in crate::database) fn read(url: &str, role: DatabaseRole) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url)?;
        let url = Url::parse(url).map_err(|error| Error::Configuration(error.into()))?;
        let parameter = |names: &[&str]| {
            url.query_pairs()
                .find(|(name, _)| names.contains(&name.as_ref()))
                .map(|(_, value)| value.into_owned())
        };
        let password = url
            .password()
            .map(|password| {
                percent_decode_str(password)
                    .decode_utf8_lossy()
                    .into_owned()
            })
            .or_else(|| parameter(&["password"]))
            .or_else(|| std::env::var("PGPASSWORD").ok());
        let place = match options.get_socket() {
            Some(folder) => Place::File(folder.join(format!(".s.PGSQL.{}", options.get_port()))),
            None if options.get_host().starts_with('/') => Place::File(
                PathBuf::from(options.get_host()).join(format!(".s.PGSQL.{}", options.get_port())),
            ),
            None => Place::Port(options.get_host().to_owned(), options.get_port()),
        };
        Ok(Self {
            place,
            host: options.get_host().to_owned(),
            encryption: options.get_ssl_mode(),
            authorities: parameter(&["sslrootcert", "ssl-root-cert", "ssl-ca"]).map(PathBuf::from),
            certificate: parameter(&["sslcert", "ssl-cert"])
                .zip(parameter(&["sslkey", "ssl-key"]))
                .map(|(certificate, key)| (certificate.into(), key.into())),
            user: options.get_username().to_owned(),
            password,
            database: options
                .get_database()
                .unwrap_or_else(|| options.get_username())
                .to_owned(),
            // A transaction begins by itself, only reads, and is one snapshot of everything that is read in it. A statement whose client is
            // gone is cancelled within a second.
            options: format!(
                "{} -c role={} -c client_connection_check_interval=1s -c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on",
                options.get_options().unwrap_or_default(),
                role.name(),
            ),
        })
    }

    /// What the session is, in the words of the protocol.
    pub(super) fn startup(&self) -> [(&str, &str); 5] {
        [
            ("user", &self.user),
            ("database", &self.database),
            ("application_name", "fieldgraph"),
            ("client_encoding", "UTF8"),
            ("options", self.options.trim_start()),
        ]
    }
}
