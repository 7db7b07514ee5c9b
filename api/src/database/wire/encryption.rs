//! TLS to PostgreSQL, believed as far as the URL's sslmode says: any certificate, one of a known authority, or one of this host.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use sea_orm::sqlx::postgres::PgSslMode;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::connection::Stream;
use super::failure::WireFailure;

/// The same stream, encrypted from here on.
pub(super) async fn encrypted(
    stream: TcpStream,
    address: &Address,
) -> Result<Box<dyn Stream>, WireFailure> {
    let verifier = Verifier::of(address)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match &address.certificate {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = CertificateDer::pem_file_iter(certificate)
                .and_then(Iterator::collect)
                .map_err(std::io::Error::other)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(std::io::Error::other)?;
            config
                .with_client_auth_cert(chain, key)
                .map_err(std::io::Error::other)?
        }
    };
    let name = ServerName::try_from(address.host.clone()).map_err(std::io::Error::other)?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    Ok(Box::new(stream))
}

/// What is asked of a certificate.
#[derive(Debug)]
struct Verifier {
    provider: CryptoProvider,
    /// Whose certificates are believed; nobody is asked where any will do.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    names_host: bool,
}

impl Verifier {
    fn of(address: &Address) -> Result<Self, WireFailure> {
        let names_host = matches!(address.encryption, PgSslMode::VerifyFull);
        let believes = names_host || matches!(address.encryption, PgSslMode::VerifyCa);
        let authorities = if believes {
            let known = authorities(address.authorities.as_deref())?;
            let verifier = WebPkiServerVerifier::builder_with_provider(
                Arc::new(known),
                Arc::new(ring::default_provider()),
            )
            .build()
            .map_err(std::io::Error::other)?;
            Some(verifier)
        } else {
            None
        };
        Ok(Self {
            provider: ring::default_provider(),
            authorities,
            names_host,
        })
    }
}

/// The authorities that browsers know, and those of the file.
fn authorities(file: Option<&Path>) -> Result<RootCertStore, WireFailure> {
    let mut store = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(file) = file {
        for certificate in CertificateDer::pem_file_iter(file).map_err(std::io::Error::other)? {
            store
                .add(certificate.map_err(std::io::Error::other)?)
                .map_err(std::io::Error::other)?;
        }
    }
    Ok(store)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        match authorities.verify_server_cert(certificate, between, host, ocsp, now) {
            // Everything else about it was found good before its names were looked at.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.names_host => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
