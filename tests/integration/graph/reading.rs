//! Queries that are compiled are answered as the resolvers answer them, to the byte: two gateways on one database, one that compiles
//! and one that does not, are asked the same, ever new questions. `READING_SEED` asks other questions than the usual ones,
//! `READING_QUERIES` more of them; a failure names the seed, the document and its variables.

mod both;
mod documents;
mod given;
mod harvest;
mod hostile;
mod random;
mod rows;
mod values;

use reqwest::Method;
use serde_json::json;
use support::{Gateway, execute, value};
use uuid::Uuid;

use self::both::{Both, Told};
use self::documents::Documents;
use self::harvest::harvest;
use self::hostile::make_hostile;
use self::rows::{fill_the_bin, kinds, known_rows};
use super::bench::Bench;
use super::schema::Schema;
use super::tenancy::table_of;

/// Who asks: somebody who sees all, somebody who sees the projects that they are a member of, and the same with hardly a permission.
struct Callers {
    ids: [Uuid; 2],
    tokens: [(&'static str, String); 3],
}

impl Callers {
    async fn of(both: &Both) -> Self {
        let id = async |sql: &str| -> Uuid { value(&both.superuser, sql).await };
        let organization = id("SELECT id FROM organizations WHERE slug = 'northwind'").await;
        let admin = id("SELECT id FROM users WHERE username = 'northwind.admin'").await;
        let member = id("SELECT id FROM users WHERE username = 'northwind.project_manager'").await;
        for sql in [
            "INSERT INTO roles (name) VALUES ('onlooker')",
            "INSERT INTO role_permissions (role_id, permission_id) SELECT roles.id, permissions.id FROM roles, permissions
             WHERE roles.name = 'onlooker' AND permissions.name IN ('photos:read', 'projects:read')",
        ] {
            execute(&both.superuser, sql, []).await.unwrap();
        }
        let gateway = &both.straight;
        let token = |user, role: &str| gateway.token_of(organization, user, vec![role.to_owned()]);
        Self {
            ids: [admin, member],
            tokens: [
                ("admin", token(admin, "admin")),
                ("member", token(member, "project_manager")),
                ("onlooker", token(member, "onlooker")),
            ],
        }
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().expect("a number"))
}

#[tokio::test]
async fn what_is_compiled_is_answered_as_by_the_resolvers() {
    let seed = number("READING_SEED", 1);
    let questions = number("READING_QUERIES", 250);
    let both = Both::new().await;
    let schema = Schema::of(&Bench::northwind().await).await;
    let callers = Callers::of(&both).await;
    let tables: Vec<_> = kinds(&schema).iter().map(|kind| table_of(kind)).collect();
    fill_the_bin(&both.superuser, &tables, &callers.ids).await;
    make_hostile(&both.superuser, &tables, &callers.ids).await;
    let rows = known_rows(&both.superuser, &schema).await;

    let mut told = callers.tokens.each_ref().map(|_| Told::default());
    let mut failures = Vec::new();
    let mut documents = Documents::new(&schema, &rows, seed);
    for _ in 0..questions {
        let question = documents.question();
        // Asked by everybody, and with other variables: what was compiled for one must not be taken for the other.
        for (which, variables) in question.variables.iter().enumerate() {
            let body = json!({ "query": question.document, "variables": variables });
            for ((who, token), told) in callers.tokens.iter().zip(&mut told) {
                match both.ask(token, &body, told).await {
                    Ok(answer) if which == 0 => {
                        for list in &question.lists {
                            harvest(&answer.body, list, &mut documents.known);
                        }
                        let surplus = documents.known.len().saturating_sub(300);
                        documents.known.drain(..surplus);
                    }
                    Ok(_) => {}
                    Err(difference) => failures.push(format!(
                        "READING_SEED={seed}, {who}:\n{}\nvariables {variables}\n{difference}",
                        question.document
                    )),
                }
            }
        }
    }
    println!("{told:#?}, {} answers differ", failures.len());
    let shown: Vec<_> = failures.iter().take(8).cloned().collect();
    assert!(
        failures.is_empty(),
        "{} answers differ:\n{}",
        failures.len(),
        shown.join("\n\n")
    );
    for ((who, _), told) in callers.tokens.iter().zip(told) {
        let Told {
            asked,
            answered,
            straight,
            ..
        } = told;
        // The onlooker may not see most kinds of objects.
        assert!(answered * 10 > asked, "{who}: mostly errors: {told:?}");
        // Figures, searches and summaries are never compiled.
        assert!(straight * 4 > answered, "{who}: hardly compiled: {told:?}");
    }
}

/// Where not even the resolvers have an answer, the compiled query has none either.
#[tokio::test]
async fn what_cannot_be_told_is_not_told_by_either() {
    let both = Both::new().await;
    let callers = Callers::of(&both).await;
    let (_, admin) = &callers.tokens[0];
    execute(
        &both.superuser,
        "ALTER TABLE photos DROP CONSTRAINT photos_status_known",
        [],
    )
    .await
    .unwrap();
    let mut told = Told::default();
    for (column, odd) in [
        ("uploaded_at", "'infinity'"),
        ("uploaded_at", "'-infinity'"),
        ("uploaded_at", "'294276-12-31 23:59:59.999999+00'"),
        ("created_at", "'infinity'"),
        ("exif_data", "'{\"large\": 1e400}'"),
        (
            "exif_data",
            "('{\"deep\": ' || repeat('[', 200) || repeat(']', 200) || '}')::jsonb",
        ),
        ("status", "'lost'"),
        ("status", "'Stored'"),
    ] {
        let photo: Uuid = value(
            &both.superuser,
            "SELECT id FROM photos WHERE deleted_at IS NULL AND organization_id = (SELECT id FROM organizations WHERE slug = 'northwind') ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .await;
        let before: String = value(
            &both.superuser,
            &format!("SELECT quote_nullable({column}::text) FROM photos WHERE id = '{photo}'"),
        )
        .await;
        let kind: String = value(
            &both.superuser,
            &format!("SELECT pg_typeof({column})::text FROM photos WHERE id = '{photo}'"),
        )
        .await;
        let change = async |text: &str| {
            let sql = format!("UPDATE photos SET {column} = {text} WHERE id = '{photo}'");
            execute(&both.superuser, &sql, []).await.unwrap();
        };
        change(odd).await;
        for document in [
            "{ photos(first: 2) { nodes { id uploadedAt createdAt exifData status } edges { cursor } } }",
            "{ photos(last: 3) { edges { cursor node { exifData } } } }",
            "query($id: ID!) { photo(id: $id) { uploadedAt status project { photos(first: 1) { nodes { exifData createdAt } } } } }",
        ] {
            let body = json!({ "query": document, "variables": { "id": photo } });
            let compared = both.ask(admin, &body, &mut told).await;
            assert!(compared.is_ok(), "{column} {odd} {document}: {compared:?}");
        }
        change(&format!("{before}::{kind}")).await;
    }
    println!("{told:?}");
}

/// The bytes of a compiled answer in every kind of response that there is.
#[tokio::test]
async fn every_kind_of_request() {
    let both = Both::new().await;
    let callers = Callers::of(&both).await;
    let (_, admin) = &callers.tokens[0];
    let photos = json!({ "query": "query A($first: Int) { photos(first: $first) { totalCount nodes { id exifData tags { nodes { tag } } } } } query B { viewer { userId } }", "variables": { "first": 3 }, "operationName": "A" });
    let refused = json!({ "query": "{ photos(first: -1) { nodes { id } } }" });
    let mut told = Told::default();
    for accept in [
        "application/json",
        "application/graphql-response+json",
        "*/*",
    ] {
        for body in [
            photos.clone(),
            json!([photos]),
            json!([photos, refused, photos, { "query": "{ __typename }" }]),
        ] {
            let make = |gateway: &Gateway| {
                gateway
                    .request(Method::POST, "/graphql")
                    .header("Accept", accept)
                    .bearer_auth(admin)
                    .json(&body)
            };
            both.send(make, &mut told).await.unwrap();
        }
        let make = |gateway: &Gateway| {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("query", photos["query"].as_str().unwrap())
                .append_pair("variables", "{\"first\":2}")
                .append_pair("operationName", "A")
                .finish();
            gateway
                .request(Method::GET, &format!("/graphql?{query}"))
                .header("Accept", accept)
                .bearer_auth(admin)
        };
        both.send(make, &mut told).await.unwrap();
    }
    assert!(told.straight >= 9, "{told:?}");
}
