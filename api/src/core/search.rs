//! Search: what answers a question best, by its words, by its meaning, or by both. It is one statement: whose rows they are, who may see
//! them and which of them are wanted stands before any of them is ranked, so that as many come as were asked for wherever so many
//! are there; and the rows that come stand behind the walls once more.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Lookahead, Object, OutputType, TypeName};
use sea_orm::Condition;
use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, Func, IntoColumnRef, JoinType, Order, Query,
    SelectStatement, WithClause,
};

use super::error::{Error, Result};
use super::node::{Node, select};
use super::page::sized;
use super::{Row, Session};

/// Of each of the two lists so many are put together.
const DEPTH: u64 = 1000;
/// What a place in a list is worth: 1/(60 + place), as those who found it say.
const CONSTANT: i32 = 60;
/// A longer question is none.
const LONGEST_QUESTION: usize = 500;
/// The numbers of an embedding.
const DIMENSIONS: usize = 384;
/// Around a word that was found. No text keeps such a letter of its own, so none can be taken for a mark; nor is it changed where
/// a page makes text of HTML harmless.
const MARKS: &str =
    "StartSel=⟦, StopSel=⟧, MaxFragments=3, MinWords=8, MaxWords=24, FragmentDelimiter=\" … \"";

/// Where the embeddings of objects are.
#[derive(Clone, Copy, Debug)]
pub enum Embeddings {
    /// In a column of their own.
    Own,
    /// In the rows of another table that refer to them by this column: the nearest of those counts.
    Of(&'static str, &'static str),
}

/// An object that search finds: its table has the columns `language` and `search_vector`.
pub trait Searchable: Node {
    /// What `criteria` says which are wanted.
    type Criteria: Send + Sync;
    /// The routine of the database that knows which of them have the words of a question, whoever may see them.
    const MATCHES: &str;
    /// The columns whose text is shown with the words marked: the first that has any.
    const TEXTS: &[&str];
    /// Where their embeddings are.
    const EMBEDDINGS: Embeddings;

    /// What must be true of a row that search may find.
    fn findable(row: &Row, criteria: Self::Criteria) -> Result<Condition>;
}

/// What is looked for, as a client writes it.
pub struct Search<N: Searchable> {
    /// By these words.
    pub query: Option<String>,
    /// By this meaning.
    pub embedding: Option<Vec<f64>>,
    /// Among which.
    pub criteria: N::Criteria,
    /// So many.
    pub first: Option<i32>,
}

/// What was found, and why it stands where it stands.
#[derive(Clone, Debug)]
pub struct Hit<N: Searchable> {
    node: Arc<N>,
    score: f64,
    text: Option<(i64, f64)>,
    meaning: Option<(i64, f64)>,
    highlight: Option<String>,
}

impl Session {
    /// What answers a question best, the best first; the same question of the same rows has the same answer.
    pub async fn search<N: Searchable>(
        &self,
        search: Search<N>,
        selected: Lookahead<'_>,
    ) -> Result<Vec<Hit<N>>> {
        self.require(N::NEEDS)?;
        let Search {
            query,
            embedding,
            criteria,
            first,
        } = search;
        let (most, _) = sized(first, None, self.request().largest_page)?;
        let query = query.map(checked_words).transpose()?;
        let embedding = embedding.as_deref().map(checked_numbers).transpose()?;
        if query.is_none() && embedding.is_none() {
            return Err(Error::BadRequest(
                "a search needs a query, an embedding, or both".to_owned(),
            ));
        }
        if most == 0 {
            return Ok(Vec::new());
        }
        let row = self.answer::<N::Entity>();
        let wanted = row.visible::<N::Entity>().add(N::findable(&row, criteria)?);
        let text = query.as_deref().map_or_else(nothing, |query| {
            ranked(by_words::<N>(&row, query, wanted.clone()))
        });
        let meaning = embedding.as_deref().map_or_else(nothing, |embedding| {
            ranked(by_meaning::<N>(&row, embedding, wanted))
        });
        let with = WithClause::new()
            .cte(named(TEXT, text))
            .cte(named(MEANING, meaning))
            .cte(named(HITS, fused(most)))
            .to_owned();
        let highlighted = query
            .as_deref()
            .filter(|_| selected.field("highlight").exists());
        let statement = shown::<N>(&row, highlighted).with(with);
        self.rows(&statement)
            .await?
            .iter()
            .map(|row| {
                let part = |rank: &str, score: &str| -> Result<Option<(i64, f64)>> {
                    let rank: Option<i64> = row.try_get("", rank)?;
                    let score: Option<f64> = row.try_get("", score)?;
                    Ok(rank.zip(score))
                };
                Ok(Hit {
                    node: Arc::new(N::from_query_result(row, "")?),
                    score: row.try_get("", "hit_score")?,
                    text: part("text_rank", "text_score")?,
                    meaning: part("meaning_rank", "meaning_score")?,
                    highlight: row.try_get("", "highlight")?,
                })
            })
            .collect()
    }
}

fn checked_words(query: String) -> Result<String> {
    let length = query.chars().count();
    if query.trim().is_empty() || length > LONGEST_QUESTION {
        return Err(Error::BadRequest(format!(
            "query has 1 to {LONGEST_QUESTION} characters, not {length}, and not only spaces"
        )));
    }
    Ok(query)
}

fn checked_numbers(embedding: &[f64]) -> Result<Vec<f32>> {
    embedding_of(embedding).map_err(|fault| Error::BadRequest(format!("embedding: {fault}")))
}

/// An embedding as it is kept, or what is wrong with it.
pub fn embedding_of(numbers: &[f64]) -> Result<Vec<f32>, String> {
    if numbers.len() != DIMENSIONS {
        return Err(format!(
            "this has exactly {DIMENSIONS} numbers, not {}",
            numbers.len()
        ));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what becomes infinite is refused"
    )]
    let kept: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
    if !kept.iter().all(|number| number.is_finite()) {
        return Err("this has a number that is too large".to_owned());
    }
    if kept.iter().all(|number| *number == 0.0) {
        return Err("this points nowhere: all of its numbers are 0".to_owned());
    }
    Ok(kept)
}

const TEXT: &str = "by_text";
const MEANING: &str = "by_meaning";
const HITS: &str = "hits";
const QUESTION: &str = "question";
const MATCHING: &str = "matching";
const PART: &str = "part";

fn col(of: &'static str, column: &'static str) -> Expr {
    Expr::col((Alias::new(of), Alias::new(column)).into_column_ref())
}

fn named(name: &'static str, query: SelectStatement) -> CommonTableExpression {
    CommonTableExpression::new()
        .query(query)
        .table_name(Alias::new(name))
        .to_owned()
}

/// Those with the words of the question. An index knows them; it is asked in a routine, because from behind row-level security it
/// cannot be.
fn by_words<N: Searchable>(row: &Row, query: &str, wanted: Condition) -> SelectStatement {
    let matches = Func::cust(N::MATCHES).arg(Expr::val(query));
    Query::select()
        .expr_as(row.named("id"), Alias::new("id"))
        .expr_as(col(MATCHING, "score"), Alias::new("score"))
        .from(N::Entity::default())
        .from_function(matches, Alias::new(MATCHING))
        .cond_where(wanted)
        .and_where(col(MATCHING, "id").eq(row.named("id")))
        .to_owned()
}

/// Those with a meaning, by how near it is to the question's.
fn by_meaning<N: Searchable>(row: &Row, embedding: &[f32], wanted: Condition) -> SelectStatement {
    let near = |of: Expr, distance: &'static str| {
        let question = Expr::val(embedding.to_vec());
        Expr::cust_with_exprs(distance, [of, question])
    };
    let mut found = Query::select();
    found
        .expr_as(row.named("id"), Alias::new("id"))
        .from(N::Entity::default())
        .cond_where(wanted);
    match N::EMBEDDINGS {
        Embeddings::Own => {
            let embedding = row.named("embedding");
            found.and_where(embedding.clone().is_not_null()).expr_as(
                near(embedding, "1 - embedding_distance($1, $2)"),
                Alias::new("score"),
            );
        }
        Embeddings::Of(table, reference) => {
            let part = |column: &str| Expr::col((Alias::new(PART), Alias::new(column)));
            let joined = Condition::all()
                .add(part("organization_id").eq(row.named("organization_id")))
                .add(part(reference).eq(row.named("id")));
            found
                .join_as(
                    JoinType::InnerJoin,
                    Alias::new(table),
                    Alias::new(PART),
                    joined,
                )
                .and_where(part("embedding").is_not_null())
                .expr_as(
                    near(part("embedding"), "1 - min(embedding_distance($1, $2))"),
                    Alias::new("score"),
                )
                .add_group_by([row.named("id")]);
        }
    }
    found
}

/// The best of them, each with its place.
fn ranked(mut found: SelectStatement) -> SelectStatement {
    found
        .order_by_expr(Expr::col(Alias::new("score")), Order::Desc)
        .order_by_expr(Expr::col(Alias::new("id")), Order::Asc)
        .limit(DEPTH);
    Query::select()
        .expr_as(col("found", "id"), Alias::new("id"))
        .expr_as(col("found", "score"), Alias::new("score"))
        .expr_as(
            Expr::cust("row_number() OVER (ORDER BY found.score DESC, found.id)"),
            Alias::new("rank"),
        )
        .from_subquery(found, Alias::new("found"))
        .to_owned()
}

/// The list of what was not asked for.
fn nothing() -> SelectStatement {
    Query::select()
        .expr_as(Expr::cust("NULL::uuid"), Alias::new("id"))
        .expr_as(Expr::cust("NULL::float8"), Alias::new("score"))
        .expr_as(Expr::cust("NULL::bigint"), Alias::new("rank"))
        .and_where(Expr::val(false))
        .to_owned()
}

/// Both lists in one: what stands high in either stands high, and what stands in both higher.
fn fused(most: u64) -> SelectStatement {
    let worth = format!(
        "coalesce(1.0::float8 / ({CONSTANT} + by_text.rank), 0) + coalesce(1.0::float8 / ({CONSTANT} + by_meaning.rank), 0)"
    );
    Query::select()
        .expr_as(
            Expr::cust("coalesce(by_text.id, by_meaning.id)"),
            Alias::new("hit_id"),
        )
        .expr_as(Expr::cust(worth), Alias::new("hit_score"))
        .expr_as(col(TEXT, "rank"), Alias::new("text_rank"))
        .expr_as(col(TEXT, "score"), Alias::new("text_score"))
        .expr_as(col(MEANING, "rank"), Alias::new("meaning_rank"))
        .expr_as(col(MEANING, "score"), Alias::new("meaning_score"))
        .from(Alias::new(TEXT))
        .join(
            JoinType::FullOuterJoin,
            Alias::new(MEANING),
            Condition::all().add(col(TEXT, "id").eq(col(MEANING, "id"))),
        )
        .order_by_expr(Expr::col(Alias::new("hit_score")), Order::Desc)
        .order_by_expr(Expr::col(Alias::new("hit_id")), Order::Asc)
        .limit(most)
        .to_owned()
}

/// The objects of the hits, in their order.
fn shown<N: Searchable>(row: &Row, query: Option<&str>) -> SelectStatement {
    let mut shown = select::<N>();
    for figure in [
        "hit_score",
        "text_rank",
        "text_score",
        "meaning_rank",
        "meaning_score",
    ] {
        shown.expr_as(col(HITS, figure), Alias::new(figure));
    }
    shown
        .from(Alias::new(HITS))
        .cond_where(row.visible::<N::Entity>())
        .and_where(row.named("id").eq(col(HITS, "hit_id")))
        .order_by_expr(col(HITS, "hit_score"), Order::Desc)
        .order_by_expr(col(HITS, "hit_id"), Order::Asc);
    let Some(query) = query else {
        shown.expr_as(Expr::cust("NULL::text"), Alias::new("highlight"));
        return shown;
    };
    // As each language reads it.
    let read = Func::cust("question_in_languages").arg(Expr::val(query));
    shown.from_function(read, Alias::new(QUESTION));
    let texts: Vec<Expr> = N::TEXTS.iter().map(|column| row.named(column)).collect();
    let text = Expr::from(Func::coalesce(texts));
    shown
        .and_where(col(QUESTION, "language").eq(row.named("language")))
        .expr_as(
            Expr::cust_with_exprs(
                format!(
                    "CASE WHEN hits.text_rank IS NOT NULL THEN ts_headline(text_configuration($1), \
                     translate(left($2, 200000), '⟦⟧', ''), question.asked, '{MARKS}') END"
                ),
                [row.named("language"), text],
            ),
            Alias::new("highlight"),
        );
    shown
}

/// Something that was found, and why it stands where it stands.
#[Object(name_type)]
impl<N: Searchable> Hit<N> {
    /// What was found.
    async fn node(&self) -> &N {
        &self.node
    }

    /// By what hits are in order, the greatest first: the sum of 1/(60 + place) over the lists it stands in, that by words and that by
    /// meaning; where two have the same, the smaller id comes first.
    async fn score(&self) -> f64 {
        self.score
    }

    /// Its place in the list by words, from 1; null where it does not have them, or none were given.
    async fn text_rank(&self) -> Option<i64> {
        self.text.map(|(rank, _)| rank)
    }

    /// How much there is of the words in it, from 0 to 1: good for comparing hits of one search.
    async fn text_score(&self) -> Option<f64> {
        self.text.map(|(_, score)| score)
    }

    /// Its place in the list by meaning, from 1; null where it has no embedding, or none was given.
    async fn meaning_rank(&self) -> Option<i64> {
        self.meaning.map(|(rank, _)| rank)
    }

    /// How near its meaning is to the embedding, by the cosine: 1 for the same, 0 for nothing in common, -1 for the opposite.
    async fn meaning_score(&self) -> Option<f64> {
        self.meaning.map(|(_, score)| score)
    }

    /// Where the words stand in its text, in at most three pieces; each word that was found stands between ⟦ and ⟧, which are nowhere
    /// else in it. It is plain text: escape it for HTML first, then make tags of the marks. Null where it does not have the words.
    async fn highlight(&self) -> Option<&str> {
        self.highlight.as_deref()
    }
}

impl<N: Searchable> TypeName for Hit<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Hit", <N as OutputType>::type_name()).into()
    }
}
