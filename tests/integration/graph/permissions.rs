//! What a caller may do is what the schema's descriptions say: "Needs photos:read." Each role of the demo, and for each permission
//! a caller who has all but that one, against every field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use support::{Answer, column, execute, rows};
use uuid::Uuid;

use super::bench::Bench;
use super::inputs::Inputs;
use super::schema::{Field, Schema};
use super::tenancy::table_of;

/// Fields that lead to an object and need nothing: what they answer is known from the token, or from the parent.
const FREE: [&str; 6] = [
    "Query.viewer",
    // What each thing that is found needs is asked of itself.
    "Query.node",
    "Query.nodes",
    "Tag.label",
    "PhotoStats.label",
    "DetectionStats.label",
];

/// What needs no permission: to get in, to stay, to leave, and to have another password. How often is counted, so that trying them as
/// every role would be throttled: the tests of sessions ask them.
const SESSIONS: [&str; 4] = ["signIn", "refreshSession", "signOut", "changePassword"];

/// What the description says is needed.
fn needs(of: &str, field: &Field) -> Option<String> {
    let needed = field.needs().inspect(|name| {
        assert!(
            name.split_once(':')
                .is_some_and(|(subject, verb)| [subject, verb]
                    .iter()
                    .all(|word| word.bytes().all(|letter| letter.is_ascii_lowercase()))),
            "{of}.{}: {}",
            field.name,
            field.description
        );
    });
    let free = FREE.contains(&&*format!("{of}.{}", field.name));
    assert_ne!(
        needed.is_some(),
        free,
        "{of}.{} does not say what it needs: {}",
        field.name,
        field.description
    );
    needed
}

/// Every object with the fields of it that lead to others.
fn relations(schema: &Schema) -> Vec<(&str, &Field)> {
    let mut found = Vec::new();
    for (name, object) in &schema.0 {
        if schema.is_node(name) || name == "Query" {
            found.extend(
                object
                    .fields
                    .iter()
                    .filter(|field| schema.leads_to(field).is_some())
                    // Numbers, not rows.
                    .filter(|field| !["NumberStats", "Quota"].contains(&field.result.name.as_str()))
                    .map(|field| (name.as_str(), field)),
            );
        }
    }
    found
}

fn forbidden(answer: &Answer) -> bool {
    let errors = answer.body["errors"].as_array();
    errors
        .into_iter()
        .flatten()
        .any(|error| error["extensions"]["code"] == "FORBIDDEN")
}

/// Asks for a root field with whatever arguments it must have.
fn asked(field: &Field, inner: &str) -> String {
    let arguments: Vec<String> = field
        .arguments
        .iter()
        .filter(|argument| argument.required)
        .map(|argument| match argument.shape.name.as_str() {
            "ID" => format!(
                "{}: \"018f0000-0000-7000-8000-000000000001\"",
                argument.name
            ),
            "String" => format!("{}: \"hail\"", argument.name),
            "DateTime" if argument.name == "to" => "to: \"2026-12-01T00:00:00Z\"".to_owned(),
            "DateTime" => format!("{}: \"2026-11-01T00:00:00Z\"", argument.name),
            other => panic!("no value for {other} of Query.{}", field.name),
        })
        .chain(
            field
                .result
                .name
                .ends_with("Hit")
                .then(|| "query: \"hail\"".to_owned()),
        )
        .collect();
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!("({})", arguments.join(", "))
    };
    format!("{}{arguments} {{ {inner} }}", field.name)
}

/// Rows that are nobody's, for inputs that must not do anything.
fn nobody(schema: &Schema) -> BTreeMap<String, Vec<String>> {
    schema
        .0
        .keys()
        .filter(|name| schema.is_node(name))
        .map(|name| {
            (
                table_of(name),
                vec!["018f0000-0000-7000-8000-000000000001".to_owned()],
            )
        })
        .collect()
}

#[tokio::test]
async fn each_role_of_the_demo_may_do_what_the_tables_say() {
    let bench = Bench::northwind().await;
    let schema = Schema::of(&bench).await;
    let roles: Vec<String> = column(
        &bench.superuser,
        "SELECT name FROM roles WHERE organization_id IS NULL ORDER BY name",
    )
    .await;
    let (nobody, mut cells, mut refused) = (nobody(&schema), 0, 0);
    for role in &roles {
        let allowed: BTreeSet<String> = column(
            &bench.superuser,
            &format!(
                "SELECT permissions.name FROM role_permissions JOIN roles ON roles.id = role_id JOIN permissions ON permissions.id = permission_id WHERE roles.name = '{role}'"
            ),
        )
        .await
        .into_iter()
        .collect();
        let token = bench
            .gateway
            .token("northwind", &format!("{role}@northwind.example"))
            .await;
        let told = bench
            .gateway
            .query(&token, "{ viewer { permissions } }", json!({}))
            .await;
        let told: BTreeSet<String> =
            serde_json::from_value(told.data()["viewer"]["permissions"].clone()).unwrap();
        assert_eq!(told, allowed, "{role}");
        for (kind, fields) in [
            ("Query", &schema.get("Query").fields),
            ("Mutation", &schema.get("Mutation").fields),
        ] {
            for field in fields
                .iter()
                .filter(|field| !SESSIONS.contains(&field.name.as_str()))
            {
                let answer = if kind == "Query" {
                    bench
                        .gateway
                        .query(
                            &token,
                            &format!("{{ {} }}", asked(field, "__typename")),
                            json!({}),
                        )
                        .await
                } else {
                    let inputs = Inputs::new(&schema, field, &nobody);
                    bench
                        .gateway
                        .query(
                            &token,
                            &inputs.document(),
                            json!({ "input": inputs.build(None) }),
                        )
                        .await
                };
                let may = needs(kind, field).is_none_or(|needed| allowed.contains(&needed));
                assert_eq!(
                    forbidden(&answer),
                    !may,
                    "{role}, {kind}.{}: {}",
                    field.name,
                    answer.text
                );
                assert!(
                    !may || answer.body["errors"].is_null(),
                    "{role}, {kind}.{}: {}",
                    field.name,
                    answer.text
                );
                assert!(
                    may || answer.body["data"].is_null()
                        || answer.body["data"][&field.name].is_null(),
                    "{}",
                    answer.text
                );
                cells += 1;
                refused += usize::from(!may);
            }
        }
    }
    println!("{} roles, {cells} cells, {refused} refused", roles.len());
    assert!(roles.len() >= 10 && refused > 20);
}

/// Tokens of people who have every permission but one, by that one; and one who has them all, by the empty string.
async fn all_but_one(bench: &Bench) -> BTreeMap<String, String> {
    let permissions: Vec<String> = column(&bench.superuser, "SELECT name FROM permissions").await;
    let who = rows(
        &bench.superuser,
        "SELECT organization_id, id FROM users WHERE username = 'northwind.worker'",
    )
    .await;
    let (organization, user): (Uuid, Uuid) = (
        who[0].try_get_by_index(0).unwrap(),
        who[0].try_get_by_index(1).unwrap(),
    );
    let mut tokens = BTreeMap::new();
    for missing in permissions.iter().map(String::as_str).chain([""]) {
        let role = format!("all but {missing}");
        execute(
            &bench.superuser,
            "INSERT INTO roles (name) VALUES ($1)",
            [role.clone().into()],
        )
        .await
        .unwrap();
        execute(
            &bench.superuser,
            "INSERT INTO role_permissions (role_id, permission_id)
             SELECT roles.id, permissions.id FROM roles, permissions WHERE roles.name = $1 AND permissions.name <> $2",
            [role.clone().into(), missing.into()],
        )
        .await
        .unwrap();
        tokens.insert(
            missing.to_owned(),
            bench.gateway.token_of(organization, user, vec![role]),
        );
    }
    tokens
}

/// The shortest way from the root to rows of an object that does not need a permission: what stands before and after its fields.
fn way_to(schema: &Schema, object: &str, without: &str) -> Option<(String, String)> {
    let mut known: BTreeMap<&str, (String, String)> =
        BTreeMap::from([("Query", ("{".to_owned(), "}".to_owned()))]);
    loop {
        let before = known.len();
        for (of, field) in relations(schema) {
            let to = schema.leads_to(field).unwrap();
            let with_arguments = field.arguments.iter().any(|argument| argument.required);
            if known.contains_key(to)
                || with_arguments
                || needs(of, field).is_some_and(|needed| needed == without)
            {
                continue;
            }
            if let Some((begin, end)) = known.get(of).cloned() {
                let (open, close) = if field.result.name.ends_with("Connection") {
                    ("(first: 25) { nodes {", "} }")
                } else {
                    ("{", "}")
                };
                known.insert(
                    to,
                    (
                        format!("{begin} {} {open}", field.name),
                        format!("{close} {end}"),
                    ),
                );
            }
        }
        if known.contains_key(object) || known.len() == before {
            return known.remove(object);
        }
    }
}

#[tokio::test]
async fn every_relation_needs_what_it_says() {
    let bench = Bench::northwind().await;
    // So that every reference leads somewhere.
    bench
        .arrange("UPDATE detections SET confirmed_by = (SELECT id FROM users WHERE username = 'northwind.engineer'), confirmed_at = now(), user_confirmed = true WHERE organization_id = (SELECT id FROM organizations WHERE slug = 'northwind')")
        .await;
    // First, because the gateway keeps what roles may do.
    let tokens = all_but_one(&bench).await;
    let schema = Schema::of(&bench).await;
    let (mut refused, mut allowed, mut unreachable) = (0, 0, Vec::new());
    for (of, field) in relations(&schema) {
        let Some(needed) = needs(of, field) else {
            continue;
        };
        for (missing, token) in &tokens {
            let inner = asked(field, "__typename");
            let Some((begin, end)) = way_to(&schema, of, missing) else {
                unreachable.push(format!("{of}.{} without {missing}", field.name));
                continue;
            };
            let answer = bench
                .gateway
                .query(token, &format!("{begin} {inner} {end}"), json!({}))
                .await;
            assert_eq!(
                forbidden(&answer),
                *missing == needed,
                "{of}.{} without {missing:?}: {begin} {inner} {end} {}",
                field.name,
                answer.text
            );
            if *missing == needed {
                assert_eq!(answer.message(), format!("this needs {needed}"));
                refused += 1;
            } else {
                assert!(
                    answer.body["errors"].is_null(),
                    "{of}.{}: {}",
                    field.name,
                    answer.text
                );
                allowed += 1;
            }
        }
    }
    println!(
        "{refused} relations refused, {allowed} allowed, {} out of reach",
        unreachable.len()
    );
    assert!(refused > 15, "{refused}, {unreachable:?}");
}

#[tokio::test]
async fn a_filter_needs_what_it_looks_at() {
    let bench = Bench::northwind().await;
    // First, because the gateway keeps what roles may do.
    let tokens = all_but_one(&bench).await;
    let schema = Schema::of(&bench).await;
    // What it takes to see rows of an object; all fields that lead there say the same.
    let mut needed_for: BTreeMap<String, String> = BTreeMap::new();
    for (of, field) in relations(&schema) {
        if let Some(needed) = needs(of, field) {
            let to = schema.leads_to(field).unwrap().to_owned();
            let said = needed_for.entry(to).or_insert_with(|| needed.clone());
            assert_eq!(*said, needed, "{of}.{}", field.name);
        }
    }
    let (mut refused, mut allowed) = (0, 0);
    for (of, field) in relations(&schema) {
        let Some(filter) = field
            .arguments
            .iter()
            .find(|argument| argument.name == "filter")
        else {
            continue;
        };
        for input in &schema.get(&filter.shape.name).inputs {
            let name = input.shape.name.as_str();
            let (looked_at, condition) = match name.strip_suffix("ListFilter") {
                Some(object) => (object, json!({ "none": {} })),
                None => (name.trim_end_matches("Filter"), json!({})),
            };
            let Some(needed) = needed_for
                .get(looked_at)
                .filter(|_| !["and", "or", "not"].contains(&&*input.name))
            else {
                continue;
            };
            // Wrapped as deep as one may think of.
            let plain = json!({ &input.name: condition });
            for filter_value in [
                plain.clone(),
                json!({ "not": plain }),
                json!({ "or": [{ "and": [plain] }] }),
            ] {
                for missing in [needed.as_str(), ""] {
                    let Some((begin, end)) = way_to(&schema, of, missing) else {
                        continue;
                    };
                    if needs(of, field).is_some_and(|own| own == missing) {
                        continue;
                    }
                    let document = format!(
                        "query($f: {}) {begin} {}(filter: $f) {{ __typename }} {end}",
                        filter.shape.name, field.name
                    );
                    let variables: Value = json!({ "f": filter_value });
                    let answer = bench
                        .gateway
                        .query(&tokens[missing], &document, variables)
                        .await;
                    assert_eq!(
                        forbidden(&answer),
                        !missing.is_empty(),
                        "{document} {filter_value}: {}",
                        answer.text
                    );
                    assert!(
                        !missing.is_empty() || answer.body["errors"].is_null(),
                        "{document} {filter_value}: {}",
                        answer.text
                    );
                    *(if missing.is_empty() {
                        &mut allowed
                    } else {
                        &mut refused
                    }) += 1;
                }
            }
        }
    }
    println!("{refused} filters refused, {allowed} allowed");
    assert!(refused > 20, "{refused}");
}
