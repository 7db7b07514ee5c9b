//! Nobody asks the database the same thing twice for one operation: who does is heard of, and none of the operations that the
//! project has written down does.

use std::collections::BTreeSet;

use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Schema};
use fieldgraph::core::{Id, Session};
use fieldgraph::domains::photos::Photo;
use fieldgraph::schema;
use fieldgraph::server::graphql::Engine;
use reqwest::Method;
use serde_json::{Value, json};
use support::{Answer, Gateway, Statements, TestDatabase, column};

use super::operations::{Operation, all};

/// Whoever asks for a page gets that many, where there are that many.
const MANY: usize = 25;

/// Those that need rows of one kind at two depths: the second time for keys that nobody knew the first time. Once for each depth,
/// however many parents there are.
const AT_TWO_DEPTHS: [(&str, &str, usize); 4] = [
    // The user, and then the managers of the organization's projects.
    ("web/examples/viewer.graphql", "FROM \\\"users\\\"", 1),
    // A label's photos, and then the photos of the labels on those; and how many they are.
    (
        "tests/queries/photos/through_labels.graphql",
        "FROM \\\"photos\\\"",
        2,
    ),
    // Who uploaded the documents, and then those they are granted to.
    (
        "tests/queries/knowledge/documents.graphql",
        "FROM \\\"users\\\"",
        1,
    ),
    // The caller's roles, and then those of the people who have the roles that are listed.
    (
        "tests/queries/tenancy/roles.graphql",
        "FROM \\\"roles\\\"",
        1,
    ),
];

struct Slow;

#[Object]
impl Slow {
    /// The keys of photos, one after the other.
    async fn keys(
        &self,
        context: &Context<'_>,
        ids: Vec<Id>,
    ) -> async_graphql::Result<Vec<Option<String>>> {
        let session = Session::of(context)?;
        let mut keys = Vec::new();
        for id in ids {
            // Each waits for the one before it: there is nothing to batch.
            let photo = session.one::<Photo>(id).await?;
            keys.push(photo.map(|photo| photo.s3_key.clone()));
        }
        Ok(keys)
    }
}

async fn photos(database: &TestDatabase) -> Vec<String> {
    column(
        &database.superuser().await,
        "SELECT photos.id::text FROM photos JOIN organizations ON organizations.id = organization_id
         WHERE slug = 'northwind' AND photos.deleted_at IS NULL ORDER BY photos.id LIMIT 25",
    )
    .await
}

async fn repeated_total(gateway: &Gateway) -> u64 {
    let page = Answer::of(gateway.request(Method::GET, "/metrics"))
        .await
        .text;
    page.lines()
        .find_map(|line| line.strip_prefix("fieldgraph_repeated_statements_total "))
        .map_or(0, |number| number.parse().unwrap())
}

#[tokio::test]
async fn a_resolver_that_asks_row_by_row_is_heard_of() {
    let database = TestDatabase::demo().await;
    let schema = Schema::new(Slow, EmptyMutation, EmptySubscription);
    let gateway = Gateway::start_schema(&database, schema, |_| {}).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    let ids = photos(&database).await;
    let seen = Statements::watch();
    let ask = async |count: usize| {
        seen.take_warnings();
        let body = json!({
            "query": "query OneByOne($ids: [ID!]!) { keys(ids: $ids) }",
            "variables": { "ids": ids[..count] },
        });
        gateway.post(Some(&token), &body).await.data();
        seen.take_warnings()
    };
    assert_eq!(ask(1).await, Vec::<String>::new());
    let before = repeated_total(&gateway).await;
    let warnings = ask(20).await;
    // Once, however often it was.
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for part in [
        "message=a statement was repeated",
        "request=",
        "operation=OneByOne",
        "times=20",
        "FROM \\\"photos\\\"",
    ] {
        assert!(warnings[0].contains(part), "{part}: {}", warnings[0]);
    }
    assert!(repeated_total(&gateway).await >= before + 19);
}

/// What an operation is asked with; none for the one that asks for more than the limits allow.
fn variables(name: &str, photos: &[String], own: &Own) -> Option<Value> {
    let each = |make: &dyn Fn(usize, &String) -> Value| -> Vec<Value> {
        let numbered = photos.iter().enumerate();
        numbered
            .map(|(number, photo)| make(number, photo))
            .collect()
    };
    let input = match name {
        "AddTags" | "TagPhoto" => {
            let tags = each(&|number, _| json!(format!("{name} {number}")));
            json!({ "photoId": photos[0], "tags": tags })
        }
        "RemoveTags" => json!({ "ids": own.tags }),
        "ImportPhotos" | "PhotoListImportMutation" => {
            let make = |number, _: &String| {
                let key = format!("{name}/{number}");
                json!({ "projectId": own.project, "s3Key": key, "s3Url": "s3://bucket/key" })
            };
            json!({ "photos": each(&make) })
        }
        "UpdatePhoto" => json!({ "id": photos[0], "width": 3 }),
        "DeletePhoto" => json!({ "id": photos[1] }),
        "RestorePhoto" => json!({ "id": photos[1] }),
        "PhotoListDeleteMutation" => json!({ "id": photos[2] }),
        "ForbiddenDelete" => json!({ "id": photos[3] }),
        "RecordDetections" => {
            let make = |_, photo: &String| {
                let tags = [json!({ "tag": "seen twice" }), json!({ "tag": "seen" })];
                json!({ "photoId": photo, "detectionType": "DAMAGE", "results": { "label": "hail" }, "tags": tags })
            };
            json!({ "detections": each(&make) })
        }
        "RecordProcessingEvents" => {
            let make = |_, photo: &String| json!({ "photoId": photo, "stage": "QUEUED", "occurredAt": "2026-10-01T08:00:00Z" });
            json!({ "events": each(&make) })
        }
        "ConfirmDetection" | "RejectDetection" => json!({ "id": own.detection }),
        "Timeline" => return Some(json!({ "photo": photos[0] })),
        "Things" => {
            let mut ids = photos.to_vec();
            ids.push(own.user.clone());
            return Some(json!({ "ids": ids, "one": photos[0] }));
        }
        "PhotoNow" => return Some(json!({ "id": photos[0] })),
        _ => return Some(json!({ "first": MANY })),
    };
    Some(json!({ "input": input }))
}

/// What else there is in the demo.
struct Own {
    project: String,
    user: String,
    detection: String,
    tags: Vec<String>,
}

impl Own {
    async fn of(database: &TestDatabase) -> Self {
        let superuser = database.superuser().await;
        let some = async |table: &str, condition: &str| -> Vec<String> {
            let sql = format!(
                "SELECT it.id::text FROM {table} AS it JOIN organizations ON organizations.id = organization_id WHERE slug = 'northwind' AND {condition} ORDER BY it.id LIMIT 25"
            );
            column(&superuser, &sql).await
        };
        Self {
            project: some("projects", "it.deleted_at IS NULL").await.remove(0),
            user: some("users", "it.deleted_at IS NULL").await.remove(0),
            detection: some("detections", "true").await.remove(0),
            tags: some("tags", "true").await,
        }
    }
}

/// The operation's name; the committed queries have none.
fn name(text: &str) -> &str {
    let start = ["query ", "mutation "]
        .iter()
        .filter_map(|kind| Some(text.find(kind)? + kind.len()))
        .min();
    let rest = &text[start.unwrap_or(text.len())..];
    rest.split(|character: char| !character.is_alphanumeric())
        .next()
        .unwrap_or_default()
}

#[tokio::test]
async fn none_of_our_operations_repeats_a_statement() {
    let operations = all();
    let places: BTreeSet<_> = operations
        .iter()
        .map(|operation| &operation.place)
        .collect();
    assert!(operations.len() >= 45 && places.len() >= 25, "{places:?}");
    let mut faults = Vec::new();
    let seen = Statements::watch();
    for compiles in [true, false] {
        let database = TestDatabase::demo().await;
        let (photos, own) = (photos(&database).await, Own::of(&database).await);
        assert_eq!(photos.len(), MANY);
        let engine = Engine::new(schema::build()).unwrap();
        let engine = if compiles {
            engine.reading(schema::kinds())
        } else {
            engine
        };
        let gateway = Gateway::start_engine(&database, engine, |_| {}).await;
        let token = gateway.token("northwind", "admin@northwind.example").await;
        for Operation { place, text } in &operations {
            let name = name(text);
            let Some(variables) = variables(name, &photos, &own) else {
                continue;
            };
            seen.take();
            seen.take_warnings();
            let answer = gateway.query(&token, text, variables).await;
            let asked = seen.take();
            if answer.body["errors"].is_array() {
                faults.push(format!(
                    "{place} {name} {compiles}: {}\n{text}",
                    answer.text
                ));
            }
            let warnings = seen.take_warnings();
            let expected: Vec<_> = AT_TWO_DEPTHS
                .iter()
                .filter(|(of, ..)| of == place)
                .collect();
            let is_expected = warnings.len() == expected.len()
                && warnings
                    .iter()
                    .zip(&expected)
                    .all(|(warning, (_, table, _))| {
                        warning.contains("times=2 ") && warning.contains(table)
                    });
            if !is_expected {
                faults.push(format!("{place} {name} {compiles}: {warnings:?}"));
            }
            // Were the alarm silent, this would not be.
            let different: BTreeSet<_> = asked.iter().collect();
            if asked.len() - different.len()
                != expected.iter().map(|(.., again)| again).sum::<usize>()
            {
                faults.push(format!("{place} {name} {compiles}: {asked:#?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
