//! A list of the graph, to Relay's specification. How many there are in all is counted only when it is asked for.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};
use futures::future::BoxFuture;

use super::error::Result;
use super::{Node, Page, Session};

/// Counts what a list has in all.
pub(super) type Count = Box<dyn Fn(Session) -> BoxFuture<'static, Result<i64>> + Send + Sync>;

/// One page of a list.
pub struct Connection<N: Node> {
    page: Arc<Page<N>>,
    /// As they were read: from the end for a page that was asked for from the end, and one more where there is more.
    rows: Arc<Vec<N>>,
    count: Count,
}

impl<N: Node> Connection<N> {
    pub(super) fn new(page: Arc<Page<N>>, rows: Arc<Vec<N>>, count: Count) -> Self {
        Self { page, rows, count }
    }

    fn size(&self) -> usize {
        let size = usize::try_from(self.page.size).unwrap_or(usize::MAX);
        self.rows.len().min(size)
    }

    /// The place among the rows of the page's n-th.
    fn place(&self, index: usize) -> usize {
        if self.page.backward {
            self.size() - 1 - index
        } else {
            index
        }
    }

    fn cursor(&self, index: usize) -> Option<String> {
        let node = self.rows.get(self.place(index))?;
        Some(self.page.cursor(node))
    }
}

/// One page of a list.
#[Object(name_type)]
impl<N: Node> Connection<N> {
    /// The page's rows, each with its cursor.
    async fn edges(&self) -> Vec<Edge<N>> {
        (0..self.size())
            .map(|index| Edge {
                page: Arc::clone(&self.page),
                rows: Arc::clone(&self.rows),
                place: self.place(index),
            })
            .collect()
    }

    /// The page's rows, where nobody needs cursors.
    async fn nodes(&self) -> Vec<&N> {
        (0..self.size())
            .filter_map(|index| self.rows.get(self.place(index)))
            .collect()
    }

    /// Whether there is more, and from where to ask for it.
    async fn page_info(&self) -> PageInfo {
        let more = self.rows.len() > self.size();
        let came_from = self.page.begins_after_something();
        let (has_next_page, has_previous_page) = if self.page.backward {
            (came_from, more)
        } else {
            (more, came_from)
        };
        let size = self.size();
        PageInfo::new(
            has_next_page,
            has_previous_page,
            (size > 0).then(|| self.cursor(0)).flatten(),
            (size > 0).then(|| self.cursor(size - 1)).flatten(),
        )
    }

    /// How many there are on all pages together; counted only when asked for.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        (self.count)(Session::of(context)?.clone()).await
    }
}

impl<N: Node> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", <N as OutputType>::type_name()).into()
    }
}

/// A row on a page, and its place in the list.
pub struct Edge<N: Node> {
    page: Arc<Page<N>>,
    rows: Arc<Vec<N>>,
    place: usize,
}

/// A row on a page, and its place in the list.
#[Object(name_type)]
impl<N: Node> Edge<N> {
    /// The row's place in this list, for `after` and `before`; good for the same order and filter only.
    async fn cursor(&self) -> String {
        self.page.cursor(&self.rows[self.place])
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.rows[self.place]
    }
}

impl<N: Node> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", <N as OutputType>::type_name()).into()
    }
}

/// Where a page stands in its list.
#[derive(SimpleObject, Clone, Debug)]
pub struct PageInfo {
    /// Whether rows follow this page. Read from the end, it says whether a `before` was given.
    has_next_page: bool,
    /// Whether rows precede this page. Read from the start, it says whether an `after` was given.
    has_previous_page: bool,
    /// Cursor of the page's first row; null on an empty page.
    start_cursor: Option<String>,
    /// Cursor of the page's last row; null on an empty page.
    end_cursor: Option<String>,
}

impl PageInfo {
    pub(super) fn new(
        has_next_page: bool,
        has_previous_page: bool,
        start_cursor: Option<String>,
        end_cursor: Option<String>,
    ) -> Self {
        Self {
            has_next_page,
            has_previous_page,
            start_cursor,
            end_cursor,
        }
    }
}
