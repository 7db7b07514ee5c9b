//! Every field and every mutation, attacked with what belongs to others. Driven from the schema, so that a field that is added
//! tomorrow is attacked by itself; one that the driver has no arguments for fails the test by its name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use support::{column, rows, value};
use uuid::Uuid;

use super::bench::Bench;
use super::inputs::Inputs;
use super::schema::{Field, Schema, Type};

/// Rows by their tables.
type Ids = BTreeMap<String, Vec<String>>;

/// The tables of tenants whose rows have an identity.
async fn tables(bench: &Bench) -> Vec<String> {
    column(
        &bench.superuser,
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
         AND 2 = (SELECT count(*) FROM pg_attribute WHERE attrelid = pg_class.oid AND attname IN ('organization_id', 'id'))",
    )
    .await
}

/// All rows of an organization, or those of a project of it.
async fn ids(bench: &Bench, slug: &str, project: Option<&str>) -> Ids {
    let mut found = Ids::new();
    for table in tables(bench).await {
        let of_project = match project {
            None => "true".to_owned(),
            Some(name) if table == "projects" => format!("name = '{name}'"),
            Some(name) => {
                let has: bool = value(
                    &bench.superuser,
                    &format!("SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attname = 'project_id')"),
                )
                .await;
                if !has {
                    continue;
                }
                format!("project_id = (SELECT id FROM projects WHERE name = '{name}')")
            }
        };
        // What has ended comes last: of one's own, the attack needs what could be changed.
        let sql = format!(
            "SELECT id::text FROM {table} WHERE organization_id = (SELECT id FROM organizations WHERE slug = '{slug}') AND {of_project}
             ORDER BY coalesce(to_jsonb({table}) ->> 'status' IN ('completed', 'failed', 'incomplete'), false)"
        );
        found.insert(table, column(&bench.superuser, &sql).await);
    }
    found.retain(|_, ids| !ids.is_empty());
    found
}

fn all(ids: &Ids) -> BTreeSet<String> {
    ids.values().flatten().cloned().collect()
}

/// What every row of every table says, to see that nothing changed.
async fn checksums(bench: &Bench) -> BTreeMap<String, Option<String>> {
    let tables: Vec<String> = column(
        &bench.superuser,
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition",
    )
    .await;
    let mut sums = BTreeMap::new();
    for table in tables {
        let sql = format!(
            "SELECT md5(string_agg(row::text, ' ' ORDER BY row::text)) FROM {table} AS row"
        );
        let sum = value(&bench.superuser, &sql).await;
        sums.insert(table, sum);
    }
    sums
}

/// A question that finds something in every organization of the demo.
const WORDS: &str =
    "query: \"hail OR ladder OR shingle OR library OR evaluation OR documentation\"";

/// Asks for all that can be reached in three steps from every root field without arguments, and for own things by their ids.
async fn crawl(bench: &Bench, schema: &Schema, token: &str) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for field in &schema.get("Query").fields {
        if field.arguments.iter().any(|argument| argument.required) {
            continue;
        }
        if let Some(found) = field.result.name.strip_suffix("Hit") {
            let inner = schema.selection(found, 1);
            let document = format!(
                "{{ {}({WORDS}, first: 100) {{ node {{ {inner} }} }} }}",
                field.name
            );
            let answer = bench.gateway.query(token, &document, json!({})).await;
            answers.push((field.name.clone(), answer.data().clone()));
            continue;
        }
        let node = schema.leads_to(field).unwrap_or_else(|| {
            panic!("Query.{} leads to no object that is known here", field.name)
        });
        let inner = schema.selection(node, 2);
        let document = if field.result.name.ends_with("Connection") {
            format!(
                "{{ {}(first: 100) {{ totalCount nodes {{ {inner} }} }} }}",
                field.name
            )
        } else {
            format!("{{ {} {{ {inner} }} }}", field.name)
        };
        let answer = bench.gateway.query(token, &document, json!({})).await;
        answers.push((field.name.clone(), answer.data().clone()));
    }
    answers
}

/// The identities of all objects in an answer.
fn objects(answer: &Value, found: &mut BTreeSet<String>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("id").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| objects(field, found));
        }
        _ => {}
    }
}

/// By which columns a filter may be attacked: the way to each that takes ids, through relations down to a depth.
fn ways(schema: &Schema, filter: &Type, depth: u32) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for input in &filter.inputs {
        let name = input.shape.name.as_str();
        let step = vec![input.name.clone()];
        if name == "IdFilter" {
            found.push(step);
        } else if depth > 0 && !["and", "or", "not"].contains(&&*input.name) {
            let (inner, step) = match name.strip_suffix("ListFilter") {
                Some(of) => (
                    format!("{of}Filter"),
                    [step, vec!["some".to_owned()]].concat(),
                ),
                None => (name.to_owned(), step),
            };
            let inner = schema.get(&inner);
            if inner.inputs.iter().any(|input| input.name == "and") {
                found.extend(
                    ways(schema, inner, depth - 1)
                        .into_iter()
                        .map(|rest| [step.clone(), rest].concat()),
                );
            }
        }
    }
    found
}

fn at(way: &[String], value: Value) -> Value {
    way.iter().rev().fold(value, |inner, step| {
        Value::Object(Map::from_iter([(step.clone(), inner)]))
    })
}

/// What an attack on the fields came to.
#[derive(Default)]
struct Tally {
    fields: usize,
    filters: usize,
    hits: usize,
}

/// Attacks every root field with rows that are none of the caller's. `own` are some that are, to show that the attack would work.
async fn attack_fields(
    bench: &Bench,
    schema: &Schema,
    token: &str,
    foreign: &Ids,
    own: &Ids,
) -> Tally {
    let mut tally = Tally::default();
    let foreign = all(foreign);
    for field in &schema.get("Query").fields {
        tally.fields += 1;
        let required: Vec<_> = field
            .arguments
            .iter()
            .filter(|argument| argument.required)
            .collect();
        match required.as_slice() {
            [] => {
                let Some(filter) = field
                    .arguments
                    .iter()
                    .find(|argument| argument.name == "filter")
                else {
                    continue;
                };
                let kind = &field.result.name;
                let is_search = kind.ends_with("Hit");
                let words = if is_search {
                    format!(", {WORDS}")
                } else {
                    String::new()
                };
                let (inner, nothing) = if is_search {
                    ("node { __typename }", json!([]))
                } else if kind.ends_with("Connection") {
                    (
                        "totalCount nodes { __typename }",
                        json!({ "totalCount": 0, "nodes": [] }),
                    )
                } else {
                    assert!(
                        kind.ends_with("Stats"),
                        "Query.{} has a filter and is neither a list nor figures",
                        field.name
                    );
                    ("count", json!([{ "count": 0 }]))
                };
                let ask = format!(
                    "query($f: {}) {{ it: {}(filter: $f, first: 100{words}) {{ {inner} }} }}",
                    filter.shape.name, field.name
                );
                for way in ways(schema, schema.get(&filter.shape.name), 2) {
                    tally.filters += 1;
                    let counted = async |ids: Vec<&String>| {
                        let filter = at(&way, json!({ "in": ids }));
                        bench
                            .gateway
                            .query(token, &ask, json!({ "f": filter }))
                            .await
                            .data()["it"]
                            .clone()
                    };
                    let found = counted(foreign.iter().collect()).await;
                    assert_eq!(found, nothing, "Query.{} by {way:?}", field.name);
                    let found = counted(own.values().flatten().take(1000).collect()).await;
                    tally.hits += usize::from(found != nothing);
                }
            }
            [id] if id.shape.name == "ID" && !id.shape.list => {
                // Of an interface the name of what was found is enough.
                let inner = schema.leads_to(field).map_or_else(
                    || "__typename".to_owned(),
                    |object| schema.selection(object, 1),
                );
                let foreign: Vec<_> = foreign.iter().collect();
                for ids in foreign.chunks(20) {
                    let document = asked_by(field, &id.name, ids, &inner);
                    let answer = bench.gateway.query(token, &document, json!({})).await;
                    assert!(
                        answer.body["errors"].is_null(),
                        "Query.{}: {}",
                        field.name,
                        answer.text
                    );
                    let found: Vec<_> = answer
                        .data()
                        .as_object()
                        .unwrap()
                        .values()
                        .filter(|found| !found.is_null())
                        .collect();
                    assert!(found.is_empty(), "Query.{}: {found:?}", field.name);
                }
                let table = match field.result.name.as_str() {
                    "Node" => "photos".to_owned(),
                    object => table_of(object),
                };
                let mine: Vec<_> = own
                    .get(&table)
                    .unwrap_or_else(|| panic!("Query.{}: no table {table}", field.name))
                    .iter()
                    .take(20)
                    .collect();
                let answer = bench
                    .gateway
                    .query(
                        token,
                        &asked_by(field, &id.name, &mine, "__typename"),
                        json!({}),
                    )
                    .await;
                tally.hits += usize::from(
                    answer
                        .data()
                        .as_object()
                        .unwrap()
                        .values()
                        .any(|found| !found.is_null()),
                );
            }
            [ids] if ids.shape.name == "ID" && ids.shape.list => {
                let ask = format!(
                    "query($ids: [ID!]!) {{ it: {}({}: $ids) {{ __typename }} }}",
                    field.name, ids.name
                );
                for some in foreign.iter().collect::<Vec<_>>().chunks(100) {
                    let answer = bench
                        .gateway
                        .query(token, &ask, json!({ "ids": some }))
                        .await;
                    let found = answer.data()["it"].as_array().unwrap();
                    assert!(
                        found.len() == some.len() && found.iter().all(Value::is_null),
                        "Query.{}: {}",
                        field.name,
                        answer.text
                    );
                }
                let mine: Vec<_> = own["photos"].iter().take(20).collect();
                let answer = bench
                    .gateway
                    .query(token, &ask, json!({ "ids": mine }))
                    .await;
                let found = answer.data()["it"].as_array().unwrap();
                tally.hits += usize::from(found.iter().any(|found| !found.is_null()));
            }
            // Counts, and no rows: validation::usage sees to whose.
            [_, _] if field.name == "usage" => tally.hits += 1,
            [name] if name.shape.name == "String" && field.result.name == "Label" => {
                let theirs: Vec<String> = column(
                    &bench.superuser,
                    "SELECT DISTINCT tag FROM tags WHERE organization_id = (SELECT id FROM organizations WHERE slug = 'northwind')
                     AND tag NOT IN (SELECT tag FROM tags WHERE organization_id = (SELECT id FROM organizations WHERE slug = 'alpine'))",
                )
                .await;
                let alpine = bench.token == token;
                for label in theirs.iter().filter(|_| alpine) {
                    let answer = bench
                        .gateway
                        .query(
                            token,
                            "query($n: String!) { label(name: $n) { name } }",
                            json!({ "n": label }),
                        )
                        .await;
                    assert_eq!(*answer.data(), json!({ "label": null }));
                }
                tally.hits += 1;
            }
            _ => panic!(
                "the driver knows no arguments for Query.{}: teach it",
                field.name
            ),
        }
    }
    tally
}

fn asked_by(field: &Field, argument: &str, ids: &[&String], inner: &str) -> String {
    let asked: String = ids
        .iter()
        .enumerate()
        .map(|(n, id)| format!(" a{n}: {}({argument}: \"{id}\") {{ {inner} }}", field.name))
        .collect();
    format!("{{{asked} }}")
}

/// ProcessingEvent → processing_events
pub fn table_of(object: &str) -> String {
    if object.eq_ignore_ascii_case("agent") {
        return "agent_configs".to_owned();
    }
    let mut table = String::new();
    for letter in object.chars() {
        if letter.is_ascii_uppercase() && !table.is_empty() {
            table.push('_');
        }
        table.push(letter.to_ascii_lowercase());
    }
    match table.as_str() {
        "criterion" => "criteria".to_owned(),
        // As a file calls the one it is of.
        "session" => "sync_sessions".to_owned(),
        _ => table + "s",
    }
}

/// Attacks every field of every mutation's input that takes an id.
async fn attack_mutations(
    bench: &Bench,
    schema: &Schema,
    token: &str,
    foreign: &Ids,
    own: &Ids,
) -> usize {
    let mut attacked = 0;
    for mutation in &schema.get("Mutation").fields {
        let inputs = Inputs::new(schema, mutation, own);
        let before = checksums(bench).await;
        for way in inputs.ids() {
            attacked += 1;
            for (table, ids) in foreign {
                let input = inputs.build(Some((&way, &ids[0])));
                let answer = bench
                    .gateway
                    .query(token, &inputs.document(), json!({ "input": input }))
                    .await;
                let payload = &answer.data()["it"];
                let about = format!(
                    "{} at {way:?} with one of {table}: {}",
                    mutation.name, answer.text
                );
                if mutation.name == "removeTags" {
                    // Says of itself that what is not there is not missed.
                    assert_eq!(
                        *payload,
                        json!({ "removedIds": [], "errors": [] }),
                        "{about}"
                    );
                    continue;
                }
                // What the driver makes up may be wrong anyway: an assessment wants more documents than the one.
                let all = payload["errors"].as_array().unwrap().iter();
                let errors: Vec<_> = all.filter(|error| error["code"] != "INVALID").collect();
                assert_eq!(errors.len(), 1, "{about}");
                assert_eq!(errors[0]["code"], "NOT_FOUND", "{about}");
                assert_eq!(errors[0]["path"], json!(inputs.place(&way)), "{about}");
                let done = payload
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(name, _)| *name != "errors" && *name != "__typename");
                assert!(
                    done.into_iter().all(|(_, value)| value.is_null()),
                    "{about}"
                );
            }
        }
        let after = checksums(bench).await;
        for (table, sum) in &before {
            assert_eq!(after[table], *sum, "{} changed {table}", mutation.name);
        }
    }
    attacked
}

async fn alpine() -> (Bench, Schema) {
    let bench = Bench::with("alpine", "admin", |settings| {
        settings.limits.cost = 10_000_000;
    })
    .await;
    let schema = Schema::of(&bench).await;
    (bench, schema)
}

#[tokio::test]
async fn no_field_leads_to_another_organization() {
    let (bench, schema) = alpine().await;
    let (theirs, own) = (
        ids(&bench, "northwind", None).await,
        ids(&bench, "alpine", None).await,
    );
    let forbidden = all(&theirs);
    for (field, answer) in crawl(&bench, &schema, &bench.token).await {
        let answer = answer.to_string();
        let found: Vec<_> = forbidden.iter().filter(|id| answer.contains(*id)).collect();
        assert!(
            found.is_empty() && !answer.to_lowercase().contains("northwind"),
            "Query.{field}: {found:?}"
        );
    }
    let tally = attack_fields(&bench, &schema, &bench.token, &theirs, &own).await;
    println!(
        "{} fields and {} ways through filters attacked, {} of them answer the owner",
        tally.fields, tally.filters, tally.hits
    );
    assert!(
        tally.hits * 3 > (tally.fields + tally.filters) * 2,
        "too few of the attacks would work: {}",
        tally.hits
    );
}

#[tokio::test]
async fn not_even_rows_that_refer_to_another_organization_lead_there() {
    let (bench, schema) = alpine().await;
    let theirs = all(&ids(&bench, "northwind", None).await);
    // References that no foreign key would allow: all of theirs lead to ours, and half of ours lead to theirs.
    bench.arrange(include_str!("tenancy/crossed.sql")).await;
    let crossed: i64 = value(
        &bench.superuser,
        "SELECT count(*) FROM detections JOIN photos ON photos.id = photo_id WHERE photos.organization_id <> detections.organization_id",
    )
    .await;
    assert!(crossed > 20, "{crossed}");
    let mut seen = BTreeSet::new();
    for (field, answer) in crawl(&bench, &schema, &bench.token).await {
        let mut found = BTreeSet::new();
        objects(&answer, &mut found);
        let foreign: Vec<_> = found.intersection(&theirs).collect();
        assert!(foreign.is_empty(), "Query.{field}: {foreign:?}");
        seen.extend(found);
    }
    assert!(seen.len() > 50, "{}", seen.len());
}

#[tokio::test]
async fn no_mutation_touches_another_organization() {
    let (bench, schema) = alpine().await;
    let (theirs, own) = (
        ids(&bench, "northwind", None).await,
        ids(&bench, "alpine", None).await,
    );
    let attacked = attack_mutations(&bench, &schema, &bench.token, &theirs, &own).await;
    println!(
        "{attacked} ids of inputs attacked with rows of {} tables",
        theirs.len()
    );
    assert!(attacked > 10, "{attacked}");
}

/// Somebody who may do everything, but is a member of Harbor View and not of Maple Street.
async fn stranger(bench: &Bench) -> String {
    let who = rows(
        &bench.superuser,
        "SELECT organization_id, id FROM users WHERE username = 'northwind.contractor_2'",
    )
    .await;
    let (organization, user): (Uuid, Uuid) = (
        who[0].try_get_by_index(0).unwrap(),
        who[0].try_get_by_index(1).unwrap(),
    );
    bench.gateway.token_of(
        organization,
        user,
        vec!["contractor".to_owned(), "worker".to_owned()],
    )
}

#[tokio::test]
async fn who_is_no_member_of_a_project_finds_and_changes_nothing_of_it() {
    let (bench, schema) = alpine().await;
    let token = stranger(&bench).await;
    let told = bench
        .gateway
        .query(&token, "{ viewer { permissions } }", json!({}))
        .await;
    let may = serde_json::from_value(told.data()["viewer"]["permissions"].clone()).unwrap();
    let schema = schema.narrowed(&may);
    let hidden = ids(&bench, "northwind", Some("Maple Street Reroof")).await;
    let mut own = ids(&bench, "northwind", Some("Harbor View Apartments")).await;
    assert!(hidden["photos"].len() > 10 && own["photos"].len() > 10);
    let forbidden = all(&hidden);
    for (field, answer) in crawl(&bench, &schema, &token).await {
        let answer = answer.to_string();
        let found: Vec<_> = forbidden.iter().filter(|id| answer.contains(*id)).collect();
        assert!(found.is_empty(), "Query.{field}: {found:?}");
    }
    let all_of_it = ids(&bench, "northwind", None).await;
    let everybodys = |table: &str| (table.to_owned(), all_of_it[table].clone());
    own.extend(["workflows", "buckets", "criteria"].map(everybodys));
    let mut reachable = own.clone();
    reachable.extend(["users", "roles", "agent_configs"].map(everybodys));
    let fields = attack_fields(&bench, &schema, &token, &hidden, &reachable).await;
    let inputs = attack_mutations(&bench, &schema, &token, &hidden, &own).await;
    println!(
        "{} fields, {} ways through filters, {inputs} ids of inputs attacked",
        fields.fields, fields.filters
    );
}

/// A token for an organization that is not there, or for a user of another: it is nobody's, and no hint why.
#[tokio::test]
async fn claims_that_do_not_fit_together_are_nobodys() {
    let (bench, _) = alpine().await;
    let organization = async |slug: &str| -> Uuid {
        value(
            &bench.superuser,
            &format!("SELECT id FROM organizations WHERE slug = '{slug}'"),
        )
        .await
    };
    let stranger: Uuid = value(
        &bench.superuser,
        "SELECT id FROM users WHERE username = 'northwind.contractor'",
    )
    .await;
    for (organization, roles) in [
        (Uuid::from_u128(1), vec!["admin".to_owned()]),
        (organization("alpine").await, vec!["contractor".to_owned()]),
    ] {
        let token = bench.gateway.token_of(organization, stranger, roles);
        let document = "{ photos { totalCount } viewer { user { id } } }";
        let answer = bench.gateway.query(&token, document, json!({})).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (401, "UNAUTHENTICATED")
        );
        assert_eq!(answer.message(), "the token is not valid: get a new one");
    }
}
