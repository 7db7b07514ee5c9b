//! From an address to a connection that is ready: the socket, encryption where it is wanted, and who we are.

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;
use sea_orm::sqlx::postgres::PgSslMode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::address::{Address, Place};
use super::connection::{Connection, Stream};
use super::encryption::encrypted;
use super::failure::WireFailure;

/// Opens a connection.
pub(super) async fn connect(address: &Address) -> Result<Connection, WireFailure> {
    let mut stream: Box<dyn Stream> = match &address.place {
        Place::File(path) => Box::new(UnixStream::connect(path).await?),
        Place::Port(host, port) => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            secured(stream, address).await?
        }
    };
    let mut bytes = BytesMut::new();
    frontend::startup_message(address.startup(), &mut bytes)?;
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    let mut handshake = Handshake {
        stream,
        incoming: BytesMut::with_capacity(1024),
    };
    handshake.sign_in(address).await?;
    loop {
        match handshake.next().await? {
            Message::ReadyForQuery(_) => break,
            Message::ErrorResponse(body) => return Err(WireFailure::of(body.fields())),
            _ => {}
        }
    }
    Ok(Connection::new(handshake.stream, handshake.incoming))
}

async fn secured(mut stream: TcpStream, address: &Address) -> Result<Box<dyn Stream>, WireFailure> {
    if matches!(address.encryption, PgSslMode::Disable | PgSslMode::Allow) {
        return Ok(Box::new(stream));
    }
    let mut bytes = BytesMut::new();
    frontend::ssl_request(&mut bytes);
    stream.write_all(&bytes).await?;
    match stream.read_u8().await? {
        b'S' => encrypted(stream, address).await,
        _ if matches!(address.encryption, PgSslMode::Prefer) => Ok(Box::new(stream)),
        _ => Err(WireFailure::protocol("the server does no TLS")),
    }
}

struct Handshake {
    stream: Box<dyn Stream>,
    incoming: BytesMut,
}

impl Handshake {
    async fn next(&mut self) -> Result<Message, WireFailure> {
        loop {
            if let Some(message) = Message::parse(&mut self.incoming)? {
                return Ok(message);
            }
            if self.stream.read_buf(&mut self.incoming).await? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    async fn send(&mut self, bytes: &BytesMut) -> Result<(), WireFailure> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        Ok(())
    }

    async fn sign_in(&mut self, address: &Address) -> Result<(), WireFailure> {
        let password = || {
            address
                .password
                .as_deref()
                .ok_or(WireFailure::Unknown("a password, and the URL has none"))
        };
        let mut bytes = BytesMut::new();
        loop {
            match self.next().await? {
                Message::AuthenticationOk => return Ok(()),
                Message::AuthenticationCleartextPassword => {
                    frontend::password_message(password()?.as_bytes(), &mut bytes)?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let hash =
                        md5_hash(address.user.as_bytes(), password()?.as_bytes(), body.salt());
                    frontend::password_message(hash.as_bytes(), &mut bytes)?;
                }
                Message::AuthenticationSasl(body) => {
                    let mut mechanisms = body.mechanisms();
                    let mut is_known = false;
                    while let Some(mechanism) = mechanisms.next()? {
                        is_known |= mechanism == SCRAM_SHA_256;
                    }
                    if !is_known {
                        return Err(WireFailure::Unknown("a SASL mechanism"));
                    }
                    self.prove(password()?).await?;
                }
                Message::ErrorResponse(body) => return Err(WireFailure::of(body.fields())),
                Message::NoticeResponse(_) => {}
                _ => return Err(WireFailure::Unknown("a way to sign in")),
            }
            if !bytes.is_empty() {
                self.send(&bytes).await?;
                bytes.clear();
            }
        }
    }

    /// SCRAM: both sides prove that they know the password, and neither tells it.
    async fn prove(&mut self, password: &str) -> Result<(), WireFailure> {
        let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
        let mut bytes = BytesMut::new();
        frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut bytes)?;
        self.send(&bytes).await?;
        match self.next().await? {
            Message::AuthenticationSaslContinue(body) => scram.update(body.data())?,
            Message::ErrorResponse(body) => return Err(WireFailure::of(body.fields())),
            _ => return Err(WireFailure::protocol("an unexpected step of SCRAM")),
        }
        bytes.clear();
        frontend::sasl_response(scram.message(), &mut bytes)?;
        self.send(&bytes).await?;
        match self.next().await? {
            Message::AuthenticationSaslFinal(body) => Ok(scram.finish(body.data())?),
            Message::ErrorResponse(body) => Err(WireFailure::of(body.fields())),
            _ => Err(WireFailure::protocol("an unexpected step of SCRAM")),
        }
    }
}
