//! A label: what photos are many-to-many through. No table of its own; it is there as long as a photo bears it.

use async_graphql::{Context, Object, SimpleObject};
use entity::photos::{photo, tag};
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{Condition, IdenStatic};

use super::{Photo, Tag};
use crate::core::{
    ColumnValue, Result, Row, Session, StringFilter, ValueArguments, ValueConnection,
};
use crate::{relation, relations};

/// A label that photos bear. It leads to all its photos.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Label {
    /// The label itself.
    name: String,
}

impl ColumnValue for Label {
    type Of = Tag;

    fn column() -> tag::Column {
        tag::Column::Tag
    }

    fn named(name: String) -> Self {
        Self { name }
    }

    fn name(&self) -> &str {
        &self.name
    }
}

relation!(/// The photos that bear a label.
    LabelPhotos: Photo, photo through tag(Tag -> PhotoId) keyed String);
relation!(/// Where a label was set.
    LabelTags: Tag, tag by Tag keyed String);

relations! {
    Label many {
        /// The photos that bear it, each once. Needs photos:read.
        photos: Photo by LabelPhotos from name,
        /// Every time it was set, on which photo and by whom. Needs photos:read.
        tags: Tag by LabelTags from name,
    }
}

/// Reads of labels.
#[derive(Clone, Copy, Debug, Default)]
pub struct LabelQueries;

/// Reads of labels.
#[Object]
impl LabelQueries {
    /// A label, if a photo that the caller may see bears it. Needs photos:read.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The label itself.")] name: String,
    ) -> Result<Option<Label>> {
        Session::of(context)?.value(name).await
    }

    /// The labels on photos that the caller may see, from A to Z. Needs photos:read.
    async fn labels(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "So many from the start of the list: at most 100, unless the gateway is set up otherwise; 20 where neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(
            desc = "So many from the end of the list: at most 100, unless the gateway is set up otherwise."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only labels for which this holds.")] filter: Option<StringFilter>,
    ) -> Result<ValueConnection<Label>> {
        Session::of(context)?
            .values(ValueArguments {
                first,
                after,
                last,
                before,
                filter,
            })
            .await
    }
}

/// The labels of a row, each once, for grouping by them: the tags that refer to it by one of their columns.
pub(super) fn labels_of(row: &Row, reference: tag::Column, id: impl IdenStatic) -> SelectStatement {
    let tag = row.related();
    let mut labels =
        tag.rows::<tag::Entity>(Condition::all().add(tag.column(reference).eq(row.column(id))));
    labels.distinct().expr(tag.column(tag::Column::Tag));
    labels
}
