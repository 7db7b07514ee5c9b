//! One connection, and rounds of statements on it: all statements of a round go out together, and their rows come back
//! together. Statements are prepared when they are first met and kept.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use postgres_protocol::Oid;
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::failure::WireFailure;
use super::parameter::Parameter;
use super::rows::{Place, Rows};

/// So many statements are kept on a connection; when there are more, all are forgotten. Filters make ever new ones.
const MOST_KEPT: usize = 256;
/// As much is read at once at least.
const CHUNK: usize = 16 * 1024;
/// The bytes of a message before its body: its kind and its length.
const HEAD: usize = 5;

/// What bytes come and go through.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A statement and its values.
pub struct Statement<'a> {
    /// The text.
    pub sql: &'a Arc<str>,
    /// A value for each of its parameters.
    pub parameters: Vec<Parameter>,
}

/// Whether more rounds of the same transaction follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// The transaction stays open.
    Open,
    /// The transaction ends with this round.
    Last,
}

struct Prepared {
    name: String,
    columns: Arc<[Oid]>,
}

/// A connection to PostgreSQL.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    incoming: BytesMut,
    outgoing: BytesMut,
    prepared: HashMap<Arc<str>, Prepared>,
    names: u64,
    /// A round has begun whose end was not seen.
    unsettled: bool,
    /// A transaction is open.
    open: bool,
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>, incoming: BytesMut) -> Self {
        Self {
            stream,
            incoming,
            outgoing: BytesMut::with_capacity(1024),
            prepared: HashMap::new(),
            names: 0,
            unsettled: false,
            open: false,
        }
    }

    /// Whether somebody else may have it.
    pub(super) const fn is_clean(&self) -> bool {
        !self.unsettled && !self.open
    }

    /// Sends the statements and waits for their rows. One that fails takes the transaction with it.
    pub(super) async fn round(
        &mut self,
        statements: &[Statement<'_>],
        round: Round,
    ) -> Result<Vec<Rows>, WireFailure> {
        self.unsettled = true;
        self.make_room();
        for statement in statements {
            self.write(statement)?;
        }
        match round {
            Round::Open => frontend::flush(&mut self.outgoing),
            Round::Last => frontend::sync(&mut self.outgoing),
        }
        self.send().await?;
        self.open = true;
        let answered = self.answers(statements, round).await;
        match answered {
            Ok(answers) => {
                self.unsettled = false;
                self.open = round == Round::Open;
                Ok(answers)
            }
            Err(refused @ WireFailure::Refused { .. }) => {
                self.settle(round).await?;
                // Whichever it was: it may not have been prepared, or for tables as they were before. The next round closes them; in
                // this one PostgreSQL passed over all that came behind the refusal.
                for statement in statements {
                    self.forget(statement.sql)?;
                }
                Err(refused)
            }
            Err(broken) => Err(broken),
        }
    }

    /// Ends the transaction that is open, if one is.
    pub(super) async fn end(&mut self) -> Result<(), WireFailure> {
        if self.open {
            self.unsettled = true;
            self.settle(Round::Open).await?;
        }
        Ok(())
    }

    fn make_room(&mut self) {
        if self.prepared.len() > MOST_KEPT {
            for (_, prepared) in self.prepared.drain() {
                // A name of ours has no NUL.
                let _ = frontend::close(b'S', &prepared.name, &mut self.outgoing);
            }
        }
    }

    fn forget(&mut self, sql: &str) -> Result<(), WireFailure> {
        if let Some(prepared) = self.prepared.remove(sql) {
            frontend::close(b'S', &prepared.name, &mut self.outgoing)?;
        }
        Ok(())
    }

    fn write(&mut self, statement: &Statement<'_>) -> Result<(), WireFailure> {
        let Statement { sql, parameters } = statement;
        if !self.prepared.contains_key(*sql) {
            self.names += 1;
            let name = format!("r{}", self.names);
            frontend::parse(
                &name,
                sql,
                parameters.iter().map(Parameter::oid),
                &mut self.outgoing,
            )?;
            frontend::describe(b'S', &name, &mut self.outgoing)?;
            self.prepared.insert(
                Arc::clone(sql),
                Prepared {
                    name,
                    columns: Arc::default(),
                },
            );
        }
        let Some(prepared) = self.prepared.get(*sql) else {
            return Err(WireFailure::protocol("a statement was lost"));
        };
        frontend::bind(
            "",
            &prepared.name,
            [1],
            parameters,
            |parameter, out| parameter.write(out),
            [1],
            &mut self.outgoing,
        )
        .map_err(|_| WireFailure::protocol("a value cannot be sent"))?;
        frontend::execute("", 0, &mut self.outgoing)?;
        Ok(())
    }

    async fn send(&mut self) -> Result<(), WireFailure> {
        self.stream.write_all(&self.outgoing).await?;
        self.stream.flush().await?;
        self.outgoing.clear();
        Ok(())
    }

    /// Reads until every statement is answered, and for a last round until PostgreSQL is ready for more.
    async fn answers(
        &mut self,
        statements: &[Statement<'_>],
        round: Round,
    ) -> Result<Vec<Rows>, WireFailure> {
        let mut found: Vec<(usize, Vec<Place>)> = Vec::with_capacity(statements.len());
        let mut columns: Vec<Arc<[Oid]>> = Vec::with_capacity(statements.len());
        let mut current: (usize, Vec<Place>) = (0, Vec::new());
        let mut at = 0;
        loop {
            let Some((kind, body, end)) = self.message(at)? else {
                self.receive().await?;
                continue;
            };
            match kind {
                b'D' => {
                    current.0 = places(&self.incoming, body, end, &mut current.1)?;
                }
                b'C' => {
                    found.push(std::mem::take(&mut current));
                    if round == Round::Open && found.len() == statements.len() {
                        at = end;
                        break;
                    }
                }
                b'T' | b'n' => {
                    let described = if kind == b'T' {
                        types(&self.incoming[at..end])?
                    } else {
                        Arc::default()
                    };
                    // Described in the order in which they were sent, each before it was answered.
                    let sql = statements
                        .get(found.len())
                        .ok_or(WireFailure::protocol("a description of nothing"))?
                        .sql;
                    if let Some(prepared) = self.prepared.get_mut(sql) {
                        prepared.columns = described;
                    }
                }
                b'E' => {
                    let mut message = BytesMut::from(&self.incoming[at..end]);
                    self.incoming.advance(end);
                    return Err(match Message::parse(&mut message)? {
                        Some(Message::ErrorResponse(body)) => WireFailure::of(body.fields()),
                        _ => WireFailure::protocol("an error that cannot be read"),
                    });
                }
                b'Z' => {
                    at = end;
                    break;
                }
                // Parsed, bound, closed; and what PostgreSQL tells unasked: notices, settings, notifications.
                b'1' | b'2' | b'3' | b't' | b'S' | b'A' => {}
                b'N' => notice(&self.incoming[at..end]),
                _ => return Err(WireFailure::protocol("a message of an unknown kind")),
            }
            at = end;
        }
        for statement in statements {
            columns.push(
                self.prepared
                    .get(statement.sql)
                    .map(|prepared| Arc::clone(&prepared.columns))
                    .unwrap_or_default(),
            );
        }
        if found.len() != statements.len() {
            return Err(WireFailure::protocol("a statement was not answered"));
        }
        let bytes = self.incoming.split_to(at).freeze();
        Ok(found
            .into_iter()
            .zip(columns)
            .map(|((columns, places), kinds)| Rows {
                bytes: bytes.clone(),
                columns,
                places,
                kinds: Some(kinds),
            })
            .collect())
    }

    /// Ends what a failed round left open, and reads until PostgreSQL is ready.
    async fn settle(&mut self, round: Round) -> Result<(), WireFailure> {
        if round == Round::Open {
            frontend::sync(&mut self.outgoing);
            self.send().await?;
        }
        loop {
            match self.message(0)? {
                None => self.receive().await?,
                Some((kind, _, end)) => {
                    self.incoming.advance(end);
                    if kind == b'Z' {
                        break;
                    }
                }
            }
        }
        self.unsettled = false;
        self.open = false;
        Ok(())
    }

    /// The message that begins at a place, if all of it is there: its kind, and where its body begins and ends.
    fn message(&self, at: usize) -> Result<Option<(u8, usize, usize)>, WireFailure> {
        let Some(head) = self.incoming.get(at..at + HEAD) else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if length < 4 {
            return Err(WireFailure::protocol("a message shorter than its head"));
        }
        let end = at + 1 + length;
        Ok((end <= self.incoming.len()).then_some((head[0], at + HEAD, end)))
    }

    async fn receive(&mut self) -> Result<(), WireFailure> {
        self.incoming.reserve(CHUNK);
        if self.stream.read_buf(&mut self.incoming).await? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        Ok(())
    }
}

/// Where the values of a row are, and how many there are.
fn places(
    bytes: &[u8],
    body: usize,
    end: usize,
    places: &mut Vec<Place>,
) -> Result<usize, WireFailure> {
    let short = || WireFailure::protocol("a row that is too short");
    let number = |at: usize| {
        bytes
            .get(at..at + 4)
            .and_then(|four| four.try_into().ok())
            .map(i32::from_be_bytes)
            .ok_or_else(short)
    };
    let columns = bytes
        .get(body..body + 2)
        .and_then(|two| two.try_into().ok())
        .map(u16::from_be_bytes)
        .ok_or_else(short)?;
    let mut at = body + 2;
    for _ in 0..columns {
        let length = number(at)?;
        at += 4;
        places.push(match usize::try_from(length) {
            Ok(length) => {
                let value = (at as u32, (at + length) as u32);
                at += length;
                Some(value)
            }
            Err(_) => None,
        });
    }
    if at > end || u32::try_from(end).is_err() {
        return Err(short());
    }
    Ok(columns.into())
}

fn types(message: &[u8]) -> Result<Arc<[Oid]>, WireFailure> {
    use fallible_iterator::FallibleIterator;
    match Message::parse(&mut BytesMut::from(message))? {
        Some(Message::RowDescription(body)) => Ok(body
            .fields()
            .map(|field| Ok(field.type_oid()))
            .collect::<Vec<_>>()?
            .into()),
        _ => Err(WireFailure::protocol("a description that cannot be read")),
    }
}

fn notice(message: &[u8]) {
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    if let Ok(Some(Message::NoticeResponse(body))) = Message::parse(&mut BytesMut::from(message))
        && let WireFailure::Refused { message, .. } = WireFailure::of(body.fields())
    {
        tracing::info!("{message}");
    }
}
