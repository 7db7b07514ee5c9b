//! Writes the answer of a query that was run: from the bytes of its rows straight to JSON.

use async_graphql::Variables;
use uuid::Uuid;

use super::run::{Fetched, Found};
use super::scalar::{cursor_key, id, number};
use super::tree::{AtRoot, Connection, Object, OfConnection, OfEdge, OfPageInfo, Out, Reading};
use crate::core::cursor::Cursor;
use crate::database::wire::Rows;

/// Writes `{"data":{…}}`; none where a row has what was not expected.
pub(super) fn write(
    reading: &Reading,
    fetched: &[Fetched],
    variables: &Variables,
    out: &mut Vec<u8>,
) -> Option<()> {
    let writer = Writer { fetched };
    out.extend_from_slice(b"{\"data\":");
    fields(out, &reading.root, |at_root, out| match at_root {
        AtRoot::Typename => put(out, b"\"Query\""),
        AtRoot::One {
            fetch,
            id: given,
            object,
        } => writer.by_key(*fetch, given.value(variables)?, object, out),
        AtRoot::List(connection) => {
            let found = match connection.fetch {
                Some(fetch) => fetched[fetch].list?,
                None => Found::default(),
            };
            writer.connection(connection, found, None, out)
        }
    })?;
    put(out, b"}")
}

struct Writer<'a> {
    fetched: &'a [Fetched],
}

impl Writer<'_> {
    fn by_key(&self, fetch: usize, key: Uuid, object: &Object, out: &mut Vec<u8>) -> Option<()> {
        let fetched = &self.fetched[fetch];
        match fetched.by_key.get(&key)? {
            Found { count: 0, .. } => put(out, b"null"),
            found => self.object(object, &fetched.answers[found.answer], found.first, out),
        }
    }

    fn object(&self, object: &Object, rows: &Rows, row: usize, out: &mut Vec<u8>) -> Option<()> {
        fields(out, &object.fields, |field, out| match field {
            Out::Always(text) => put(out, text),
            Out::Scalar { column, scalar } => match rows.value(row, *column) {
                Some(value) => scalar.write(value, out),
                None => put(out, b"null"),
            },
            Out::Joined { id, object } => match rows.value(row, *id) {
                Some(_) => self.object(object, rows, row, out),
                None => put(out, b"null"),
            },
            Out::One { key, fetch, object } => match rows.value(row, *key) {
                Some(key) => self.by_key(*fetch, id(key)?, object, out),
                None => put(out, b"null"),
            },
            Out::Many { key, connection } => {
                let parent = id(rows.value(row, *key)?)?;
                let found = match connection.fetch {
                    Some(fetch) => *self.fetched[fetch].by_key.get(&parent)?,
                    None => Found::default(),
                };
                self.connection(connection, found, Some(parent), out)
            }
        })
    }

    fn connection(
        &self,
        connection: &Connection,
        found: Found,
        parent: Option<Uuid>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        static NOTHING: Rows = Rows::NONE;
        let rows = connection
            .fetch
            .and_then(|fetch| self.fetched[fetch].answers.get(found.answer))
            .unwrap_or(&NOTHING);
        let page = PageOfRows {
            connection,
            rows,
            found,
        };
        fields(out, &connection.fields, |field, out| match field {
            OfConnection::Always(text) => put(out, text),
            OfConnection::Nodes(object) => list(out, page.places(), |row, out| {
                self.object(object, rows, row, out)
            }),
            OfConnection::Edges(edge) => list(out, page.places(), |row, out| {
                fields(out, edge, |field, out| match field {
                    OfEdge::Always(text) => put(out, text),
                    OfEdge::Cursor => page.cursor(row, out),
                    OfEdge::Node(object) => self.object(object, rows, row, out),
                })
            }),
            OfConnection::PageInfo(info) => fields(out, info, |field, out| {
                let flag = |flag: bool| if flag { &b"true"[..] } else { b"false" };
                let came_from = connection.begins_after_something;
                match field {
                    OfPageInfo::Always(text) => put(out, text),
                    OfPageInfo::HasNextPage if connection.backward => put(out, flag(came_from)),
                    OfPageInfo::HasNextPage => put(out, flag(page.has_more())),
                    OfPageInfo::HasPreviousPage if connection.backward => {
                        put(out, flag(page.has_more()))
                    }
                    OfPageInfo::HasPreviousPage => put(out, flag(came_from)),
                    OfPageInfo::StartCursor => page.maybe_cursor(page.places().next(), out),
                    OfPageInfo::EndCursor => page.maybe_cursor(page.places().last(), out),
                }
            }),
            OfConnection::TotalCount(fetch) => {
                let fetched = &self.fetched[*fetch];
                let found = match parent {
                    Some(parent) => *fetched.by_key.get(&parent)?,
                    None => fetched.list?,
                };
                let total = match found.count {
                    0 => 0,
                    _ => number(fetched.answers[found.answer].value(found.first, 0)?)?,
                };
                serde_json::to_writer(out, &total).ok()
            }
        })
    }
}

/// The rows of one page.
struct PageOfRows<'a> {
    connection: &'a Connection,
    rows: &'a Rows,
    found: Found,
}

impl PageOfRows<'_> {
    /// Whether there was one row more than the page holds.
    fn has_more(&self) -> bool {
        self.found.count > self.connection.size
    }

    /// The rows in the page's order: what was read from the end stands there from the end.
    fn places(&self) -> impl Iterator<Item = usize> {
        let size = self.found.count.min(self.connection.size);
        let (first, backward) = (self.found.first, self.connection.backward);
        (0..size).map(move |index| {
            if backward {
                first + size - 1 - index
            } else {
                first + index
            }
        })
    }

    fn cursor(&self, row: usize, out: &mut Vec<u8>) -> Option<()> {
        let cursors = &self.connection.cursor;
        let keys = cursors
            .columns
            .iter()
            .map(|column| {
                cursor_key(
                    self.rows.value(row, *column)?,
                    self.rows.columns().get(*column)?.kind,
                )
            })
            .collect::<Option<_>>()?;
        let id = id(self.rows.value(row, cursors.id)?)?;
        serde_json::to_writer(out, &Cursor::new(keys, id).encode(cursors.name)).ok()
    }

    fn maybe_cursor(&self, row: Option<usize>, out: &mut Vec<u8>) -> Option<()> {
        match row {
            Some(row) => self.cursor(row, out),
            None => put(out, b"null"),
        }
    }
}

fn put(out: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    out.extend_from_slice(text);
    Some(())
}

/// An object out of fields behind their keys.
fn fields<F>(
    out: &mut Vec<u8>,
    fields: &[(Box<[u8]>, F)],
    mut each: impl FnMut(&F, &mut Vec<u8>) -> Option<()>,
) -> Option<()> {
    out.push(b'{');
    for (index, (key, field)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(key);
        each(field, out)?;
    }
    put(out, b"}")
}

fn list(
    out: &mut Vec<u8>,
    rows: impl Iterator<Item = usize>,
    mut each: impl FnMut(usize, &mut Vec<u8>) -> Option<()>,
) -> Option<()> {
    out.push(b'[');
    for (index, row) in rows.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        each(row, out)?;
    }
    put(out, b"]")
}
