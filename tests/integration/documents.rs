//! What becomes of a document before it is executed: every field once, conflicts found, conditions decided, nothing kept that
//! another request must not see.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_graphql::{EmptySubscription, Interface, Object, Schema, SimpleObject};
use serde_json::{Value, json};
use support::{Answer, Gateway, TestDatabase};

/// Counts what is resolved, which nothing of the answer would show.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU32>);

impl Counter {
    fn count(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn taken(&self) -> u32 {
        self.0.swap(0, Ordering::SeqCst)
    }
}

struct Query(Counter);
struct Mutation(Counter);

#[derive(SimpleObject)]
struct Cat {
    #[graphql(owned)]
    id: u32,
    #[graphql(owned)]
    name: String,
    lives: u32,
}

struct Dog(Counter);

#[Object]
impl Dog {
    async fn id(&self) -> u32 {
        2
    }
    async fn name(&self) -> String {
        "Rex".to_owned()
    }
    async fn friend(&self) -> Dog {
        self.0.count();
        Dog(self.0.clone())
    }
    async fn nickname(&self, short: bool) -> Option<String> {
        short.then(|| "R".to_owned())
    }
}

#[derive(Interface)]
#[graphql(field(name = "id", ty = "u32"), field(name = "name", ty = "String"))]
enum Pet {
    Cat(Cat),
    Dog(Dog),
}

#[Object]
impl Query {
    async fn dog(&self) -> Dog {
        self.0.count();
        Dog(self.0.clone())
    }
    async fn pets(&self) -> Vec<Pet> {
        self.0.count();
        let tom = Cat {
            id: 1,
            name: "Tom".to_owned(),
            lives: 9,
        };
        vec![Pet::Cat(tom), Pet::Dog(Dog(self.0.clone()))]
    }
    async fn echo(&self, text: String) -> String {
        text
    }
}

#[Object]
impl Mutation {
    async fn adopt(&self, name: String) -> Adopted {
        Adopted {
            number: self.0.count(),
            name,
        }
    }
}

#[derive(SimpleObject)]
struct Adopted {
    number: u32,
    name: String,
}

async fn kennel() -> (TestDatabase, Gateway, String, Counter) {
    let counter = Counter::default();
    let schema = Schema::new(
        Query(counter.clone()),
        Mutation(counter.clone()),
        EmptySubscription,
    );
    let database = TestDatabase::demo().await;
    let gateway = Gateway::start_schema(&database, schema, |_| {}).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    (database, gateway, token, counter)
}

#[tokio::test]
async fn a_mutation_in_two_fragments_happens_once() {
    let (_database, gateway, token, counter) = kennel().await;
    let answer = gateway
        .query(
            &token,
            r#"mutation { ...A ...B adopt(name: "Rex") { __typename } }
               fragment A on Mutation { adopt(name: "Rex") { number } }
               fragment B on Mutation { ... on Mutation { adopt(name: "Rex") { name number } } }"#,
            json!({}),
        )
        .await;
    assert_eq!(
        answer.data()["adopt"],
        json!({ "number": 1, "name": "Rex", "__typename": "Adopted" })
    );
    assert_eq!(counter.taken(), 1);
    // Under another name it is another mutation.
    gateway
        .query(
            &token,
            r#"mutation { adopt(name: "Rex") { number } again: adopt(name: "Rex") { number } }"#,
            json!({}),
        )
        .await;
    assert_eq!(counter.taken(), 2);
}

#[tokio::test]
async fn fields_below_each_other_are_merged_too() {
    let (_database, gateway, token, counter) = kennel().await;
    let answer = gateway
        .query(
            &token,
            "{ dog { friend { id } } ...A dog { ... { friend { friend { id } } } } }
             fragment A on Query { dog { friend { name friend { name } } id } }",
            json!({}),
        )
        .await;
    assert_eq!(
        *answer.data(),
        json!({ "dog": { "friend": { "id": 2, "name": "Rex", "friend": { "name": "Rex", "id": 2 } }, "id": 2 } })
    );
    assert_eq!(counter.taken(), 3, "dog, its friend, and that one's");
}

#[tokio::test]
async fn fragments_on_the_types_of_an_interface_are_merged_for_each_type() {
    let (_database, gateway, token, counter) = kennel().await;
    let answer = gateway
        .query(
            &token,
            "{ pets { __typename id ...D ... on Cat { lives id } ... on Dog { friend { name } id } ... on Pet { name } } }
             fragment D on Dog { friend { id } }",
            json!({}),
        )
        .await;
    assert_eq!(
        answer.data()["pets"],
        json!([
            { "__typename": "Cat", "id": 1, "name": "Tom", "lives": 9 },
            { "__typename": "Dog", "id": 2, "name": "Rex", "friend": { "id": 2, "name": "Rex" } },
        ])
    );
    assert_eq!(counter.taken(), 2, "the pets, and the dog's friend");
}

#[tokio::test]
async fn fields_that_cannot_be_merged_are_refused_wherever_they_stand() {
    let (_database, gateway, token, counter) = kennel().await;
    for document in [
        "{ a: __typename a: dog { id } }",
        // Beside a fragment, and in two fragments.
        "{ dog { a: id ... on Dog { a: name } } }",
        "{ dog { ...A ...B } } fragment A on Dog { a: id } fragment B on Dog { a: name }",
        // Below a field that stands twice.
        "{ dog { friend { a: id } } dog { friend { a: name } } }",
        // Also where one of them is skipped.
        "{ dog { a: id @skip(if: true) a: name } }",
        r#"{ echo(text: "a") echo(text: "b") }"#,
        r#"query($a: String = "a") { echo(text: $a) echo(text: "a") }"#,
        "{ dog { nickname(short: true) ... { nickname(short: false) } } }",
        // On different types a key may be of different fields, but not of different shapes.
        "{ pets { ... on Cat { a: lives } ... on Dog { a: name } } }",
        "{ pets { ... on Cat { a: name } ... on Dog { a: friend { id } } } }",
        "{ pets { a: id ... on Dog { a: name } } }",
    ] {
        let answer = gateway.query(&token, document, json!({})).await;
        assert_eq!(answer.status, 400, "{document}: {}", answer.text);
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{document}");
        assert!(
            answer.message().contains("conflict"),
            "{document}: {}",
            answer.text
        );
    }
    assert_eq!(counter.taken(), 0);
    let answer = gateway
        .query(
            &token,
            "{ pets { ... on Cat { a: lives } ... on Dog { a: id } } }",
            json!({}),
        )
        .await;
    assert_eq!(answer.data()["pets"], json!([{ "a": 9 }, { "a": 2 }]));
}

async fn ask(gateway: &Gateway, token: &str, document: &str, variables: Value) -> Answer {
    gateway.query(token, document, variables).await
}

#[tokio::test]
async fn a_kept_document_is_merged_anew_for_other_conditions() {
    let (_database, gateway, token, _) = kennel().await;
    let document = r#"query Dogs($a: Boolean!, $b: Boolean = true, $text: String!) {
        dog @include(if: $a) { id ...F @skip(if: $b) }
        echo(text: $text) @skip(if: $a)
    } fragment F on Dog { name friend @include(if: $a) { id } }"#;
    let all = json!({ "dog": { "id": 2, "name": "Rex", "friend": { "id": 2 } } });
    // Each twice, and in turn: what was kept must not be taken for the other.
    for _ in 0..2 {
        for (variables, expected) in [
            (
                json!({ "a": true, "text": "x" }),
                json!({ "dog": { "id": 2 } }),
            ),
            (json!({ "a": true, "b": false, "text": "x" }), all.clone()),
            (json!({ "a": false, "text": "y" }), json!({ "echo": "y" })),
            (json!({ "a": false, "text": "z" }), json!({ "echo": "z" })),
        ] {
            let answer = ask(&gateway, &token, document, variables).await;
            assert_eq!(*answer.data(), expected);
        }
    }
    for variables in [
        json!({ "text": "x" }),
        json!({ "a": "yes", "text": "x" }),
        json!({ "a": null, "text": "x" }),
        json!({ "a": true }),
    ] {
        let answer = ask(&gateway, &token, document, variables.clone()).await;
        assert_eq!(answer.status, 400, "{variables}: {}", answer.text);
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{variables}");
    }
}

#[tokio::test]
async fn an_object_of_which_all_is_skipped_is_empty() {
    let (_database, gateway, token, _) = kennel().await;
    let answer = ask(
        &gateway,
        &token,
        "{ dog { id @skip(if: true) ... @include(if: false) { name } } }",
        json!({}),
    )
    .await;
    assert_eq!(*answer.data(), json!({ "dog": {} }));
    let answer = ask(
        &gateway,
        &token,
        "{ dog @skip(if: true) { id } }",
        json!({}),
    )
    .await;
    assert_eq!(*answer.data(), json!({}));
}

#[tokio::test]
async fn the_operation_is_chosen_by_name_and_each_has_its_own_plan() {
    let (_database, gateway, token, _) = kennel().await;
    let document = "query A { dog { id } } query B { dog { name } }";
    let ask = async |name: Value| {
        gateway
            .post(
                Some(&token),
                &json!({ "query": document, "operationName": name }),
            )
            .await
    };
    for _ in 0..2 {
        assert_eq!(*ask(json!("A")).await.data(), json!({ "dog": { "id": 2 } }));
        assert_eq!(
            *ask(json!("B")).await.data(),
            json!({ "dog": { "name": "Rex" } })
        );
    }
    for name in [json!("C"), Value::Null, json!("")] {
        let answer = ask(name).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (400, "BAD_REQUEST")
        );
    }
}

#[tokio::test]
async fn what_is_invalid_in_a_fragment_or_a_variable_is_refused_though_it_would_be_merged_away() {
    let (_database, gateway, token, counter) = kennel().await;
    for document in [
        "{ dog { id } } fragment Unused on Dog { id }",
        "query($unused: Int) { dog { id } }",
        "{ dog { id ... on Dog @skip(if: true) { nonsense } } }",
        "{ dog { id ...F @include(if: false) } } fragment F on Dog { nonsense }",
        "{ dog { ...F } } fragment F on Nobody { id }",
        "{ dog { ... on Cat { id } } }",
        "{ dog { id @skip(if: $nobody) } }",
        "{ dog }",
        "{ echo }",
        "{ echo(text: 1) }",
        "{ dog { id @nobody } }",
        "{ dog { ...Nobody } }",
    ] {
        let answer = ask(&gateway, &token, document, json!({})).await;
        assert_eq!(answer.status, 400, "{document}: {}", answer.text);
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{document}");
        assert!(
            answer.body.get("data").is_none(),
            "{document}: {}",
            answer.text
        );
    }
    let answer = ask(
        &gateway,
        &token,
        "query($t: String!) { echo(text: $t) }",
        json!({ "t": 7 }),
    )
    .await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (400, "VALIDATION_FAILED")
    );
    assert_eq!(counter.taken(), 0);
}
