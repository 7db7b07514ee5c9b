//! One connection, and rounds of statements on it: all statements of a round go out together, and their rows come back
//! together. Statements are prepared when they are first met and kept.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::failure::WireFailure;
use super::parameter::Parameter;
use super::rows::{Column, Place, Rows};

/// So many statements are kept on a connection; when there are more, all are forgotten. Filters make ever new ones.
const MOST_KEPT: usize = 256;
/// As much is read at once at least.
const CHUNK: usize = 16 * 1024;
/// As much is sent without a look at what comes: the sockets between the two hold more.
const AT_ONCE: usize = 16 * 1024;
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
    /// Once PostgreSQL has told.
    columns: Option<Arc<[Column]>>,
}

/// A connection to PostgreSQL.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    incoming: BytesMut,
    outgoing: BytesMut,
    prepared: HashMap<Arc<str>, Prepared>,
    names: u64,
    /// A message was sent, and nobody knows how much of it.
    sending: bool,
    /// A round has begun whose end was not seen.
    unsettled: bool,
    /// So many statements of it were sent.
    owed: usize,
    /// So many times PostgreSQL will say that it is ready again.
    ending: u32,
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
            sending: false,
            unsettled: false,
            owed: 0,
            ending: 0,
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
        if self.unsettled {
            self.take_up().await?;
        }
        self.make_room();
        self.exchange(statements, round).await
    }

    /// The same, with all statements kept that are.
    pub(super) async fn exchange(
        &mut self,
        statements: &[Statement<'_>],
        round: Round,
    ) -> Result<Vec<Rows>, WireFailure> {
        self.unsettled = true;
        self.owed = statements.len();
        let written = self.outgoing.len();
        for statement in statements {
            if let Err(failure) = self.write(statement) {
                // Nothing of the round was sent.
                self.outgoing.truncate(written);
                self.unsettled = false;
                self.forget_unknown()?;
                return Err(failure);
            }
        }
        let before = self.ending;
        match round {
            Round::Open => frontend::flush(&mut self.outgoing),
            Round::Last => self.sync(),
        }
        self.send().await?;
        if before > 0 {
            self.ready(self.ending - before).await?;
        }
        self.open = true;
        let answered = self.answers(statements, round).await;
        match answered {
            Ok(answers) => {
                self.unsettled = false;
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

    /// Ends the transaction that is open, if one is, in which nothing was written. Nobody waits until that is done.
    pub(super) async fn end(&mut self) -> Result<(), WireFailure> {
        if self.open {
            self.unsettled = true;
            self.sync();
            self.send().await?;
            // What a field left unread stands before the end.
            self.forget_unknown()?;
            (self.unsettled, self.open) = (false, false);
        }
        Ok(())
    }

    /// Whether somebody who left in the middle of a round left it so that it can be used again.
    pub(super) const fn can_recover(&self) -> bool {
        !self.sending
    }

    /// Waits for the end of what somebody left in the middle, and forgets it.
    pub(super) async fn recover(&mut self) -> Result<(), WireFailure> {
        // One too many does no harm.
        self.sync();
        self.send().await?;
        self.ready(0).await?;
        self.forget_unknown()?;
        self.unsettled = false;
        Ok(())
    }

    /// Reads the answers that nobody waited for: a field that fails takes its siblings along in the middle of theirs, and others of
    /// the request go on in the same transaction.
    async fn take_up(&mut self) -> Result<(), WireFailure> {
        if self.sending {
            return Err(WireFailure::protocol("left in the middle of a message"));
        }
        while self.owed > 0 {
            let Some((kind, _, end)) = self.message(0)? else {
                self.receive().await?;
                continue;
            };
            match kind {
                b'C' => self.owed -= 1,
                // Of a transaction that was ended before.
                b'Z' => self.ending = self.ending.saturating_sub(1),
                b'E' => {
                    let refusal = self.refusal(0, end);
                    self.recover().await?;
                    return Err(refusal);
                }
                _ => {}
            }
            self.incoming.advance(end);
        }
        self.open = true;
        self.ready(0).await?;
        self.forget_unknown()
    }

    /// Forgets the statements that PostgreSQL may not know, or of which it was not heard what they answer with.
    fn forget_unknown(&mut self) -> Result<(), WireFailure> {
        let unknown: Vec<_> = self
            .prepared
            .iter()
            .filter(|(_, prepared)| prepared.columns.is_none())
            .map(|(sql, _)| Arc::clone(sql))
            .collect();
        unknown.iter().try_for_each(|sql| self.forget(sql))
    }

    fn sync(&mut self) {
        frontend::sync(&mut self.outgoing);
        self.ending += 1;
    }

    fn make_room(&mut self) {
        if self.prepared.len() > MOST_KEPT {
            for (_, prepared) in self.prepared.drain() {
                // A name of ours has no NUL.
                let _ = frontend::close(b'S', &prepared.name, &mut self.outgoing);
            }
        }
    }

    /// What PostgreSQL calls a statement that was sent.
    pub(super) fn name(&self, sql: &str) -> Result<&str, WireFailure> {
        self.prepared
            .get(sql)
            .map(|prepared| prepared.name.as_str())
            .ok_or(WireFailure::protocol("a statement was lost"))
    }

    pub(super) fn forget(&mut self, sql: &str) -> Result<(), WireFailure> {
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
            )
            .map_err(|_| WireFailure::Unsendable)?;
            frontend::describe(b'S', &name, &mut self.outgoing)?;
            self.prepared.insert(
                Arc::clone(sql),
                Prepared {
                    name,
                    columns: None,
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
        .map_err(|_| WireFailure::Unsendable)?;
        frontend::execute("", 0, &mut self.outgoing)?;
        Ok(())
    }

    async fn send(&mut self) -> Result<(), WireFailure> {
        self.sending = true;
        if self.outgoing.len() <= AT_ONCE {
            self.stream.write_all(&self.outgoing).await?;
            self.stream.flush().await?;
        } else {
            self.send_and_receive().await?;
        }
        self.sending = false;
        self.outgoing.clear();
        Ok(())
    }

    /// PostgreSQL answers the first statements of a round before it reads the last, and waits until its answers are taken: who
    /// only wrote would wait for it, and it for them.
    async fn send_and_receive(&mut self) -> Result<(), WireFailure> {
        let (mut reader, mut writer) = tokio::io::split(&mut self.stream);
        let mut sending = std::pin::pin!(async {
            writer.write_all(&self.outgoing).await?;
            writer.flush().await
        });
        loop {
            self.incoming.reserve(CHUNK);
            tokio::select! {
                biased;
                sent = &mut sending => return Ok(sent?),
                received = reader.read_buf(&mut self.incoming) => {
                    if received? == 0 {
                        return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
                    }
                }
            }
        }
    }

    /// Reads until every statement is answered, and for a last round until PostgreSQL is ready for more.
    async fn answers(
        &mut self,
        statements: &[Statement<'_>],
        round: Round,
    ) -> Result<Vec<Rows>, WireFailure> {
        let mut found: Vec<(usize, Vec<Place>)> = Vec::with_capacity(statements.len());
        let mut columns: Vec<Arc<[Column]>> = Vec::with_capacity(statements.len());
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
                        described(&self.incoming[at..end])?
                    } else {
                        Arc::default()
                    };
                    // Described in the order in which they were sent, each before it was answered.
                    let sql = statements
                        .get(found.len())
                        .ok_or(WireFailure::protocol("a description of nothing"))?
                        .sql;
                    if let Some(prepared) = self.prepared.get_mut(sql) {
                        prepared.columns = Some(described);
                    }
                }
                b'E' => return Err(self.refusal(at, end)),
                b'Z' => {
                    self.ending = self.ending.saturating_sub(1);
                    self.open = is_open(&self.incoming[body..end]);
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
                    .and_then(|prepared| prepared.columns.clone())
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
            .map(|((width, places), columns)| Rows {
                bytes: bytes.clone(),
                width,
                places,
                columns: Some(columns),
            })
            .collect())
    }

    /// What PostgreSQL refuses with, in the message that stands there.
    fn refusal(&mut self, at: usize, end: usize) -> WireFailure {
        let mut message = BytesMut::from(&self.incoming[at..end]);
        self.incoming.advance(end);
        match Message::parse(&mut message) {
            Ok(Some(Message::ErrorResponse(body))) => WireFailure::of(body.fields()),
            _ => WireFailure::protocol("an error that cannot be read"),
        }
    }

    /// Ends what a failed round left open, and reads until PostgreSQL is ready.
    async fn settle(&mut self, round: Round) -> Result<(), WireFailure> {
        if round == Round::Open {
            self.sync();
            self.send().await?;
        }
        self.ready(0).await?;
        self.unsettled = false;
        Ok(())
    }

    /// Reads until PostgreSQL was ready as often as it was told to be, but for so many times.
    async fn ready(&mut self, but: u32) -> Result<(), WireFailure> {
        while self.ending > but {
            match self.message(0)? {
                None => self.receive().await?,
                Some((kind, body, end)) => {
                    if kind == b'Z' {
                        self.ending = self.ending.saturating_sub(1);
                        self.open = is_open(&self.incoming[body..end]);
                    }
                    self.incoming.advance(end);
                }
            }
        }
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

/// Whether PostgreSQL, ready for more, says that a transaction is open still.
fn is_open(status: &[u8]) -> bool {
    status != b"I"
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

fn described(message: &[u8]) -> Result<Arc<[Column]>, WireFailure> {
    use fallible_iterator::FallibleIterator;
    match Message::parse(&mut BytesMut::from(message))? {
        Some(Message::RowDescription(body)) => Ok(body
            .fields()
            .map(|field| {
                Ok(Column {
                    name: field.name().to_owned(),
                    kind: field.type_oid(),
                })
            })
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
